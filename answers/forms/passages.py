"""A passage to be added, or its next version."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.forms.fields import CleanTextField, one_line
from answers.library import NewPassage, add, checked, twin_of
from answers.models import Library, Passage, Tag, User, text_hash
from answers.organising import give_tags
from answers.texts import UnacceptableText

TAG_CHARACTERS = Tag._meta.get_field("name").max_length or 0
MOST_TAGS = 50  # of one passage


class PassageForm(forms.Form):
    """A passage to be added to a library, or the next version of one that is there."""

    title = CleanTextField(
        label=_("Title"),
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("What the text is about: it is searched and read with the text."),
        error_messages={"required": _("Please give the passage a title.")},
    )
    # No max_length: the attribute would make browsers cut a long paste in silence.
    text = CleanTextField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 14, "dir": "auto"}),
        error_messages={"required": _("Please paste the text.")},
    )
    tags = CleanTextField(
        label=_("Tags"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("One on each line. Optional."),
    )

    def __init__(
        self, data: Any = None, *, library: Library, passage: Passage | None = None
    ) -> None:
        super().__init__(data, initial=_initial(passage) if passage else None)
        self.library = library
        self.passage = passage

    def clean_title(self) -> str:
        otherwise = gettext("Please give the passage a title.")
        return one_line(self.cleaned_data["title"], otherwise)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(gettext("The passage holds no text."))
        if len(text) > settings.PASSAGE_CHARACTERS:
            said = gettext(
                "The text has {count} characters; a passage holds at most {most}."
            )
            most = number_format(settings.PASSAGE_CHARACTERS, force_grouping=True)
            count = number_format(len(text), force_grouping=True)
            raise ValidationError(said.format(count=count, most=most))
        try:
            text = checked(NewPassage("x", text)).text
        except UnacceptableText as error:
            raise ValidationError(str(error)) from error
        if twin := self._twin(text):
            said = gettext("The library holds this very text already, as “{title}”.")
            raise ValidationError(said.format(title=twin.title))
        return text

    def clean_tags(self) -> list[str]:
        lines = str(self.cleaned_data["tags"]).split("\n")
        names = [" ".join(line.split()) for line in lines]
        tags = list(dict.fromkeys(name for name in names if name))
        for name in tags:
            check_tag(name)
        if len(tags) > MOST_TAGS:
            said = gettext("A passage has at most {most} tags; here are {count}.")
            raise ValidationError(said.format(most=MOST_TAGS, count=len(tags)))
        return tags

    def _twin(self, text: str) -> Passage | None:
        title = self.cleaned_data.get("title", "")
        now = Passage(library=self.library, title=title, text_sha256=text_hash(text))
        if (was := self.passage) is not None:
            now.pk, now.section, now.source = was.pk, was.section, was.source
        return twin_of(now)

    def save(self, *, by: User) -> Passage:
        """Save the passage. Raises PassageChanged when an edit came too late."""
        title, text = self.cleaned_data["title"], self.cleaned_data["text"]
        tags = self.cleaned_data["tags"]
        if self.passage is not None:
            saved = self.passage.replace(title=title, text=text, by=by)
            if "tags" in self.data:
                give_tags(saved, tags)
            return saved
        new = NewPassage(title, text, tags=tuple(tags))
        added = add(self.library, [new], by=by)
        # None is new when the same form came in twice at once.
        twin = None if added.passages else self._twin(text)
        return twin or added.passages[0]


def _initial(passage: Passage) -> dict[str, str]:
    tags = "\n".join(tag.name for tag in passage.tags.all())
    return {"title": passage.title, "text": passage.text, "tags": tags}


def check_tag(name: str) -> None:
    """Raise a ValidationError where the name is too long."""
    if len(name) > TAG_CHARACTERS:
        said = gettext("“{name}…” is too long: a tag has at most {most} characters.")
        raise ValidationError(said.format(name=name[:20], most=TAG_CHARACTERS))
