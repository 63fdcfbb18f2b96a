"""The text of a question, and why it is not taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from answers import asking, runtime
from answers.cleaning import cleaned
from answers.reader import EmptyQuestion, QuestionTooLong
from answers.texts import UnacceptableText


class Refused(Exception):
    """What was sent is not taken: a code of the protocol, and a sentence.

    `retry_after`: the seconds after which the same may be taken, if that is the reason.
    """

    def __init__(
        self, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question that is not saved yet."""

    id: UUID
    text: Any


def wanted(message: Mapping[str, Any]) -> Wanted:
    """Return the question of a message, its text not looked at. Raises Refused."""
    try:
        return Wanted(UUID(str(message.get("id"))), message.get("question"))
    except ValueError:
        sentence = _("This is not the id of a question.")
        raise Refused("invalid", sentence) from None


def one_question(text: str) -> str:
    """Return the text as a question is saved: on one line."""
    return " ".join(text.split())


def question_text(given: Any) -> str:
    """Return the question as it is saved. Raises Refused."""
    try:
        text = one_question(cleaned(given) if isinstance(given, str) else "")
    except UnacceptableText as error:
        raise Refused("invalid", str(error)) from error
    if not text:
        raise Refused("invalid", _("Please type a question."))
    if len(text) > settings.QUESTION_CHARACTERS:
        sentence = _(
            "The question has %(count)s characters; the limit is %(limit)s."
        ) % {
            "count": number_format(len(text), force_grouping=True),
            "limit": number_format(settings.QUESTION_CHARACTERS, force_grouping=True),
        }
        raise Refused("invalid", sentence)
    try:
        asking.check_question(text)
    except EmptyQuestion:
        raise Refused("invalid", _("Please type a question.")) from None
    except QuestionTooLong as error:
        sentence = _(
            "The question has %(tokens)d tokens (words and pieces of words); the limit "
            "is %(limit)d. Please ask a shorter one."
        )
        numbers = {"tokens": error.tokens, "limit": error.limit}
        raise Refused("invalid", sentence % numbers) from error
    except runtime.NoReader:
        pass  # the question is saved and closed with an error that says so
    return text
