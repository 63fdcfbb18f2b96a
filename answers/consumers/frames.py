"""What a page is sent about a question. All on the event loop: nothing here queries."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string

from answers import asking
from answers.models import Answer, Question

Frame = dict[str, Any]
INVALID = ("empty_question", "question_too_long", "passages_too_long")


def about(question: Question, kind: str, **values: Any) -> Frame:
    return {
        "type": kind,
        "id": str(question.pk),
        "conversation": question.conversation_id,
        **values,
    }


def asked(question: Question) -> Frame:
    conversation = question.conversation
    libraries = list(question.libraries.all())
    pasted = [one.pk for one in libraries if one.conversation_id is not None]
    return about(
        question,
        "asked",
        url=conversation.get_absolute_url(),
        title=conversation.title,
        libraries=[one.pk for one in libraries],
        pasted=pasted[0] if pasted else None,
        html=_html("_exchange", question),
    )


def waiting(event: asking.Waiting) -> Frame:
    question, place = event.question, event.place
    html = _html("_answers", question, place=place)
    return about(question, "waiting", place=place, html=html)


def reading(event: asking.Reading, answers: Sequence[Answer]) -> Frame:
    return _answers(
        event.question,
        answers,
        read=event.read,
        total=event.total,
        best_stable=event.best_stable,
        final=False,
    )


def closed(question: Question, answers: Sequence[Answer]) -> Frame:
    """Return the last frame of a question, whatever came of it."""
    match question.status:
        case Question.Status.CANCELLED:
            return about(question, "cancelled")
        case Question.Status.FAILED:
            code = question.error_code or "failed"
            return about(
                question,
                "error",
                ids=[],
                code="invalid" if code in INVALID else code,
                message=question.error_text,
                retry_after=asking.seconds_for(1) if code == "busy" else None,
            )
    read = question.passages_read
    return _answers(
        question, answers, read=read, total=read, best_stable=True, final=True
    )


def _answers(question: Question, answers: Sequence[Answer], **progress: Any) -> Frame:
    html = _html("_answers", question, answers=answers, **progress)
    return about(question, "answers", html=html, status=question.status, **progress)


def _html(template: str, question: Question, **values: Any) -> str:
    context = {"answers": [], "read": 0, "total": 0, "final": False, **values}
    return render_to_string(
        f"answers/{template}.html", {"question": question, **context}
    )
