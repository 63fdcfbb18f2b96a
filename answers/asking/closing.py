"""The end of a question, in the database."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from answers import reviewing, runtime
from answers.models import Answer, Conversation, Passage, Question
from answers.outages import is_outage
from answers.reader import (
    EmptyQuestion,
    PassagesTooLong,
    QuestionTooLong,
    ReaderBusy,
    ReaderClosed,
)


def what_went_wrong(error: Exception) -> tuple[str, dict[str, Any]]:
    """Return the code of the error, and the numbers that its sentence names.

    The sentences are those of models.conversations.WHAT_WENT_WRONG.
    """
    match error:
        case runtime.NoReader():
            return "no_reader", {}
        case ReaderBusy() | ReaderClosed():
            return "busy", {}
        case EmptyQuestion():
            return "empty_question", {}
        case QuestionTooLong():
            return "question_too_long", {"tokens": error.tokens, "limit": error.limit}
        case PassagesTooLong():
            numbers = {"windows": error.windows, "limit": error.limit}
            return "passages_too_long", numbers
    return "outage" if is_outage(error) else "failed", {}


def save(
    question: Question, status: Question.Status, answers: Sequence[Answer]
) -> Question:
    """Close the question with its answers, in one transaction.

    Returns the question as saved. Whoever closes it first wins; a second attempt, from
    another process, changes nothing. Raises Question.DoesNotExist when it was deleted.
    """
    with transaction.atomic():
        # A library may have been deleted while it was read.
        asked = Passage.objects.filter(pk__in=[a.passage_id for a in answers])
        there = {
            pk: (library, pasted_into)
            for pk, library, pasted_into in asked.values_list(
                "pk", "library", "library__conversation"
            )
        }
        answers = [answer for answer in answers if answer.passage_id in there]
        if status == Question.Status.ANSWERED and not answers:
            status = Question.Status.NO_ANSWER
        closed = Question.objects.filter(
            pk=question.pk, status=Question.Status.PENDING
        ).update(
            status=status,
            finished_at=timezone.now(),
            error_code=question.error_code,
            error_params=question.error_params,
            model_name=question.model_name,
            model_hash=question.model_hash,
            passages_read=question.passages_read,
            windows_read=question.windows_read,
            took_ms=question.took_ms,
        )
        if closed:
            saved = Answer.objects.bulk_create(answers)
            if saved and not saved[0].is_confirmed:  # else nothing new was said
                library, pasted_into = there[saved[0].passage_id]
                # It waits for a reviewer. What was pasted is nobody's business but its
                # owner's.
                if pasted_into is None:
                    reviewing.enqueue(question, saved[0], library)
            Conversation.objects.filter(pk=question.conversation_id).update(
                updated_at=timezone.now()
            )
    return as_it_is_now(question)


def as_it_is_now(question: Question) -> Question:
    """Return the question with the answers that its owner may read.

    The owner is looked up, too: a visitor's conversations become those of the person
    that they sign in as. Raises Question.DoesNotExist.
    """
    asked = Question.objects.select_related("conversation__user").get(pk=question.pk)
    mine = Question.objects.with_answers(asked.conversation.user)
    return mine.get(pk=question.pk)
