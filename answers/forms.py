"""The one validation of what people send, by form or by websocket."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from answers import asking, runtime
from answers.library import NewPassage, add, checked
from answers.models import Conversation, Library, Passage, Question, User, text_hash
from answers.reader import EmptyQuestion, QuestionTooLong
from answers.texts import UnacceptableText, clean


class CleanTextField(forms.CharField):
    """A text field whose value is text as it is saved."""

    def __init__(self, **options: Any) -> None:
        # Django's own check would refuse NUL with a sentence nobody understands, and
        # stripping would change a text before its offsets are taken.
        super().__init__(**{"strip": False, **options})
        self.validators = [
            validator
            for validator in self.validators
            if type(validator).__name__ != "ProhibitNullCharactersValidator"
        ]

    def to_python(self, value: Any) -> str:
        try:
            text = clean(super().to_python(value) or "")
        except UnacceptableText as error:
            raise ValidationError(str(error), code="invalid") from error
        return text


class Refused(Exception):
    """What was sent is not taken: a code of the protocol, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LibrariesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """One library or several: `library=1&library=2`, or 1 or [1, 2] in JSON."""

    def clean(self, value: Any) -> Any:
        given = value if isinstance(value, list | tuple) else [value]
        return super().clean([one for one in given if one not in ("", None)])


class AskForm(forms.Form):
    """A question: checked, and saved once however often it is sent."""

    id = forms.UUIDField()
    question = CleanTextField(
        widget=forms.Textarea, error_messages={"required": "Please type a question."}
    )
    library = LibrariesField(
        Library.objects.none(),
        error_messages={"required": "Please choose a library."},
    )
    passage = forms.ModelChoiceField(Passage.objects.none(), required=False)
    conversation = forms.ModelChoiceField(Conversation.objects.none(), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self._choose("library", Library.objects.visible_to(user))
        self._choose("passage", Passage.objects.visible_to(user).current())
        self._choose("conversation", Conversation.objects.visible_to(user))

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for mypy
        field.queryset = rows
        for code in ("invalid_choice", "invalid_pk_value"):
            field.error_messages[code] = (
                f"There is no such {name}, or it is not shared with you."
            )

    def clean_question(self) -> str:
        text = " ".join(str(self.cleaned_data["question"]).split())
        if not text:
            raise ValidationError("Please type a question.", code="invalid")
        if len(text) > settings.QUESTION_CHARACTERS:
            raise ValidationError(
                f"The question has {len(text):,} characters; the limit is "
                f"{settings.QUESTION_CHARACTERS:,}.",
                code="invalid",
            )
        try:
            asking.check_question(text)
        except (EmptyQuestion, QuestionTooLong) as error:
            raise ValidationError(str(error), code="invalid") from error
        except runtime.NoReader:
            pass  # the question is saved and closed with an error that says so
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        libraries, passage = data.get("library"), data.get("passage")
        if libraries and passage and passage.library not in libraries:
            self.add_error("passage", "This passage is not in that library.")
        return data

    def accept(self) -> Question:
        """Save the question, or return the one that was saved under its id before.

        Raises Refused. The conversation is made when the question is its first.
        """
        if earlier := self._earlier():
            return earlier
        if not self.is_valid():
            raise self._refusal()
        try:
            return self._save()
        except IntegrityError:  # the same id came in twice at once
            if earlier := self._earlier():
                return earlier
            raise

    def _earlier(self) -> Question | None:
        try:
            key = self.fields["id"].clean(self.data.get("id"))
        except ValidationError:
            return None
        if not Question.objects.filter(pk=key).exists():
            return None
        mine = Question.objects.with_answers(self.user).visible_to(self.user)
        if question := mine.filter(pk=key).first():
            return question
        raise Refused("denied", "There is no such question.")

    def _refusal(self) -> "Refused":
        for errors in self.errors.as_data().values():
            for error in errors:
                missing = ("invalid_choice", "invalid_pk_value")
                code = "denied" if error.code in missing else "invalid"
                return Refused(code, str(error.messages[0]))
        return Refused("invalid", "This is not a question.")

    def _save(self) -> Question:
        data = self.cleaned_data
        with transaction.atomic():
            conversation = data["conversation"] or Conversation.objects.create(
                user=self.user, title=data["question"][:200]
            )
            question = Question.objects.create(
                pk=data["id"],
                conversation=conversation,
                text=data["question"],
                passage=data["passage"],
            )
            question.libraries.set(data["library"])
        return Question.objects.with_answers(self.user).get(pk=data["id"])


class LibraryForm(forms.ModelForm[Library]):
    """A library's title and description."""

    title = CleanTextField(
        max_length=200,
        error_messages={"required": "Please give the library a title."},
    )
    description = CleanTextField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What its passages are about. Optional.",
    )

    class Meta:
        model = Library
        fields = ("title", "description")

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"], "Please give the library a title.")

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).strip()


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


def one_line(text: str, otherwise: str) -> str:
    """Return the text on one line; raises a ValidationError where nothing is left."""
    if line := " ".join(text.split()):
        return line
    raise ValidationError(otherwise)
