"""How a confirmed answer is shown. Nothing here queries: sockets render on the loop."""

import uuid

from django import template

from answers.models import Answer, Question
from answers.reviewing import Confirmation, confirmation_of

register = template.Library()


@register.filter
def confirmation(answer: Answer) -> Confirmation | None:
    """Who confirmed the answer, and whether that stands; None where a model read it."""
    return confirmation_of(answer)


@register.filter
def anyway_id(question: Question) -> uuid.UUID:
    """The id under which the question's passages are read though it was confirmed.

    Always the same: however often the form is sent, it is one more question.
    """
    return uuid.uuid5(question.pk, "read anyway")
