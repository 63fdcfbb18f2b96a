"""A passage to be added, or its next version."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from answers.forms.fields import CleanTextField, one_line
from answers.library import NewPassage, add, checked
from answers.models import Library, Passage, User, text_hash
from answers.texts import UnacceptableText


class PassageForm(forms.Form):
    """A passage to be added to a library, or the next version of one that is there."""

    title = CleanTextField(
        max_length=300,
        error_messages={"required": "Please give the passage a title."},
    )
    # No max_length: the attribute would make browsers cut a long paste in silence.
    text = CleanTextField(
        widget=forms.Textarea(attrs={"rows": 14, "dir": "auto"}),
        error_messages={"required": "Please paste the text."},
    )

    def __init__(
        self, data: Any = None, *, library: Library, passage: Passage | None = None
    ) -> None:
        initial = {"title": passage.title, "text": passage.text} if passage else None
        super().__init__(data, initial=initial)
        self.library = library
        self.passage = passage

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"], "Please give the passage a title.")

    def clean_text(self) -> str:
        title = self.cleaned_data.get("title", "The passage")
        try:
            text = checked(NewPassage(title, self.cleaned_data["text"])).text
        except UnacceptableText as error:
            raise ValidationError(str(error)) from error
        if twin := self._twin(text):
            raise ValidationError(
                f"The library holds this very text already, as “{twin.title}”."
            )
        return text

    def _twin(self, text: str) -> Passage | None:
        same = self.library.passages.current().filter(text_sha256=text_hash(text))
        if self.passage is not None:
            same = same.exclude(pk=self.passage.pk)
        return same.first()

    def save(self, *, by: User) -> Passage:
        """Save the passage. Raises PassageChanged when an edit came too late."""
        title, text = self.cleaned_data["title"], self.cleaned_data["text"]
        if self.passage is not None:
            return self.passage.replace(title=title, text=text, by=by)
        added = add(self.library, [NewPassage(title, text)], by=by)
        # None is new when the same form came in twice at once.
        return added.passages[0] if added.passages else self._saved_twin(text)

    def _saved_twin(self, text: str) -> Passage:
        return self.library.passages.current().get(text_sha256=text_hash(text))
