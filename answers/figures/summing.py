"""A day is summed up: its rows read in order of time, its figures written in one go."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from answers.figures.bins import time_bin
from answers.figures.tallying import BY_STATUS, BY_VERDICT, Tally
from answers.models import (
    Answer,
    Feedback,
    Figures,
    FiguresBin,
    FiguresTop,
    Pace,
    Question,
    Review,
    ReviewItem,
    Scope,
    SummedDay,
    Verdict,
)

LOT = 1000  # questions at once
ANSWERED = Question.Status.ANSWERED
READ = {Question.Status.ANSWERED, Question.Status.NO_ANSWER}


def beginning(day: date) -> datetime:
    """Return when the day begins where this installation stands (QAWEB_TIME_ZONE)."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


class _Scopes:
    """Finds the key of a scope, and makes it where it is missing."""

    def __init__(self) -> None:
        self._saved = dict(Scope.objects.values_list("key", "pk"))
        self._known: dict[tuple[tuple[int, ...], bool], int] = {}

    def of(self, libraries: Sequence[tuple[int, bool]]) -> tuple[int | None, bool]:
        """Return the scope, and whether nothing but libraries was asked."""
        shelves = tuple(sorted(key for key, is_pasted in libraries if not is_pasted))
        is_whole = bool(shelves) and len(shelves) == len(libraries)
        if not shelves:
            return None, False
        known = self._known.get((shelves, is_whole))
        if known is None:
            known = self._known[shelves, is_whole] = self._find(shelves, is_whole)
        return known, is_whole

    def _find(self, shelves: tuple[int, ...], is_whole: bool) -> int:
        named = f"{' '.join(map(str, shelves))}{'' if is_whole else '+'}"
        key = blake2b(named.encode(), digest_size=16).hexdigest()
        return self._saved.get(key) or _make_scope(key, shelves, is_whole)


def _make_scope(key: str, shelves: tuple[int, ...], is_whole: bool) -> int:
    with transaction.atomic():
        scope, made = Scope.objects.get_or_create(
            key=key, defaults={"is_whole": is_whole}
        )
        if made:
            scope.libraries.set(shelves)
    return scope.pk


def sum_up(day: date) -> None:
    """Make the day's figures, anew where there are some.

    What is said today of an answer of last week counts today: a day that is over
    stays as it is.
    """
    now = timezone.now()
    start, end = beginning(day), beginning(day + timedelta(days=1))
    tally, scopes = Tally(), _Scopes()
    _count_questions(tally, scopes, start, end)
    _count_feedback(tally, scopes, start, end)
    _count_verdicts(tally, scopes, start, end)
    paces = _paces(day, start, end)
    with transaction.atomic():
        _forget(day)
        _write(tally, day)
        Pace.objects.bulk_create(paces)
        SummedDay.objects.update_or_create(day=day, defaults={"summed_at": now})


def _count_questions(
    tally: Tally, scopes: _Scopes, start: datetime, end: datetime
) -> None:
    """Count what people asked; what came from a file nobody did."""
    asked = Question.objects.filter(asked_at__gte=start, asked_at__lt=end)
    by_people = Q(review_item=None) | Q(review_item__external_id="")
    rows = asked.filter(by_people).order_by("-asked_at")
    fields = "pk model_hash model_name status took_ms words_key".split()
    for lot in _lots(rows.values_list(*fields).iterator(LOT)):
        keys = [row[0] for row in lot]
        libraries = _libraries_of(keys)
        passages = _passages_of(keys)
        for key, model_hash, model_name, status, took_ms, words_key in lot:
            scope, is_whole = scopes.of(libraries.get(key, []))
            for cell in tally.both(scope, model_hash, model_name):
                cell.counts["asked"] += 1
                if column := BY_STATUS.get(status):
                    cell.counts[column] += 1
                if status in READ and model_hash:
                    cell.add_time(took_ms)
                if is_whole:
                    cell.add_text(key, words_key, took_ms)
                    if status == ANSWERED and (passage := passages.get(key)):
                        cell.passages[passage] += 1


def _libraries_of(questions: Sequence[Any]) -> dict[Any, list[tuple[int, bool]]]:
    """Return what each asked: the library's key, and whether it is a pasted one."""
    found: dict[Any, list[tuple[int, bool]]] = {}
    rows = Question.libraries.through.objects.filter(question__in=questions)
    for question, library, conversation in rows.values_list(
        "question", "library", "library__conversation"
    ):
        found.setdefault(question, []).append((library, conversation is not None))
    return found


def _passages_of(questions: Sequence[Any]) -> dict[Any, int]:
    """Return the passage of each one's best answer, or nearest span.

    Without a join: SQLite would begin with the passages, and look at all answers.
    """
    best = Answer.objects.filter(question__in=questions, rank=1)
    return dict(best.values_list("question", "passage"))


def _count_feedback(
    tally: Tally, scopes: _Scopes, start: datetime, end: datetime
) -> None:
    said = Feedback.objects.filter(given_at__gte=start, given_at__lt=end)
    for helpful, library, conversation, model_hash, model_name in said.values_list(
        "helpful",
        "answer__passage__library",
        "answer__passage__library__conversation",
        "answer__question__model_hash",
        "answer__question__model_name",
    ).iterator(LOT):
        scope, _whole = scopes.of([(library, conversation is not None)])
        for cell in tally.both(scope, model_hash, model_name):
            cell.counts["helpful" if helpful else "unhelpful"] += 1


def _count_verdicts(
    tally: Tally, scopes: _Scopes, start: datetime, end: datetime
) -> None:
    """Count the verdicts that were settled, and what scores had promised.

    Not of what no model gave: golds of files, and confirmed answers.
    """
    settled = ReviewItem.objects.settled().filter(
        settled_at__gte=start,
        settled_at__lt=end,
        external_id="",
        answer__confirmation=None,
    )
    for verdict, library, score, model_hash, model_name in settled.values_list(
        "verdict", "library", "score", "model_hash", "question__model_name"
    ).iterator(LOT):
        scope, _whole = scopes.of([(library, False)])
        for cell in tally.both(scope, model_hash, model_name):
            cell.counts[BY_VERDICT[Verdict(verdict)]] += 1
            if verdict != Verdict.UNCLEAR:
                cell.add_score(score, right=verdict == Verdict.RIGHT)


def _paces(day: date, start: datetime, end: datetime) -> list[Pace]:
    given = Review.objects.standing().filter(
        reviewed_at__gte=start, reviewed_at__lt=end
    )
    counted = Counter(
        (library, reviewer, None if seconds is None else time_bin(seconds))
        for library, reviewer, seconds in given.values_list(
            "item__library", "reviewer", "seconds"
        ).iterator(LOT)
    )
    return [
        Pace(
            day=day,
            library_id=library,
            reviewer_id=reviewer,
            bin=number,
            reviews=reviews,
        )
        for (library, reviewer, number), reviews in counted.items()
    ]


def _forget(day: date) -> None:
    for part in (FiguresBin, FiguresTop):
        part.objects.filter(figures__day=day).delete()
    Figures.objects.filter(day=day).delete()
    Pace.objects.filter(day=day).delete()


def _write(tally: Tally, day: date) -> None:
    made = []
    for (scope, model_hash), cell in tally.cells.items():
        figures = Figures(
            day=day,
            scope_id=scope,
            model_hash=model_hash,
            model_name=cell.model_name,
            **cell.counts,
        )
        made.append((figures, cell))
    # SQLite gives keys back in the order of the rows.
    Figures.objects.bulk_create(figures for figures, _cell in made)
    FiguresBin.objects.bulk_create(
        b for figures, cell in made for b in cell.bins(figures)
    )
    FiguresTop.objects.bulk_create(
        t for figures, cell in made for t in cell.tops(figures)
    )


def _lots(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while lot := list(islice(rows, LOT)):
        yield lot
