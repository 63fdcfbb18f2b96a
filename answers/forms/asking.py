"""A question, sent by form or by websocket."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from answers import asking, runtime
from answers.forms.fields import CleanTextField
from answers.models import Conversation, Library, Passage, Question, User
from answers.reader import EmptyQuestion, QuestionTooLong


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
                user=self.user, title=Conversation.title_for(data["question"])
            )
            question = Question.objects.create(
                pk=data["id"],
                conversation=conversation,
                text=data["question"],
                passage=data["passage"],
            )
            question.libraries.set(data["library"])
        return Question.objects.with_answers(self.user).get(pk=data["id"])
