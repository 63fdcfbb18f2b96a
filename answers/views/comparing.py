"""Two answers to one question side by side: where they stand, where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from answers.comparing import Stretch
from answers.comparing import compare as compared
from answers.models import Answer, Question
from answers.views.scopes import number
from answers.views.signed_in import SignedInRequest


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a quote; the pieces join to the quote."""

    text: str
    shared: bool  # whether the other quote says it too


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers."""

    answer: Answer
    pieces: list[Piece]


@login_required
@require_safe
def compare(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """?a= and ?b=, or ?answer= twice, are the two; without them they can be chosen."""
    mine = Question.objects.with_answers(request.user).visible_to(request.user)
    question: Question = get_object_or_404(mine, pk=pk)
    answers = list(question.answers.all())
    chosen = _chosen(request, answers)
    context = {
        "question": question,
        "answers": answers,
        "chosen": chosen,
        "sides": _sides(*chosen) if len(chosen) == 2 else [],
    }
    return render(request, "answers/compare.html", context)


def _chosen(request: SignedInRequest, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers of the address, in its order; Http404 for one that is not."""
    given = [request.GET[name] for name in ("a", "b") if name in request.GET]
    given += request.GET.getlist("answer")
    by_number = {answer.pk: answer for answer in answers}
    chosen = [by_number.get(number(one) or 0) for one in dict.fromkeys(given)]
    if None in chosen:
        raise Http404
    return [answer for answer in chosen if answer]


def _sides(left: Answer, right: Answer) -> list[Side]:
    stretches = compared(left.text, right.text)
    return [
        Side(left, [_piece(one) for one in stretches if one.kind != "added"]),
        Side(right, [_piece(one) for one in stretches if one.kind != "removed"]),
    ]


def _piece(stretch: Stretch) -> Piece:
    return Piece(stretch.text, stretch.kind == "same")
