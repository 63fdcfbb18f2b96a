"""How right an answer is, and the sums of it that become a replay's figures."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from answers.models import Replay, ReplayResult
from answers.reader import EmptyQuestion, QuestionTooLong, Reader
from answers.replaying.choosing import Case
from answers.squad import (
    exact_match_score,
    f1_score,
    metric_max_over_ground_truths,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to a question; silent: no answer, as it would be shown."""

    passage: int | None
    start: int
    text: str
    score: float  # of the best span, shown or not
    exact: bool
    f1: float  # 0..1
    right_passage: bool
    refused: bool  # the question is too long for this model, or empty
    ms: float

    @property
    def is_silent(self) -> bool:
        return not self.text


def read(reader: Reader, case: Case) -> Reply:
    """Have the model answer the question. Raises ReaderError."""
    began = time.perf_counter()
    refused, best, score = False, None, 0.0
    try:
        question = case.item.question.text
        ranking = reader.read(question, case.texts, titles=case.headings, top=1)
    except (EmptyQuestion, QuestionTooLong):
        refused = True
    else:
        best = next(iter(ranking.answers), None)
        score = max((span.score for span in ranking.spans), default=0.0)
    ms = (time.perf_counter() - began) * 1000
    exact, f1 = _rightness(best.text if best else "", case, refused=refused)
    passage = case.passages[best.passage].pk if best else None
    return Reply(
        passage=passage,
        start=best.start if best else 0,
        text=best.text if best else "",
        score=score,
        exact=exact == 1.0,
        f1=f1,
        right_passage=any(gold.passage == passage for gold in case.golds),
        refused=refused,
        ms=ms,
    )


def _rightness(text: str, case: Case, *, refused: bool) -> tuple[float, float]:
    """Return exact match and F1; to say nothing is right where nothing is to be said.

    A question that the model refuses was answered wrongly, whatever it was.
    """
    if not case.golds:
        right = float(not text and not refused)
        return right, right
    golds = [gold.text for gold in case.golds]
    exact = metric_max_over_ground_truths(exact_match_score, text, golds)
    return exact, metric_max_over_ground_truths(f1_score, text, golds)


@dataclass(slots=True)
class Sums:
    """Of one model, over all questions read so far."""

    exact: int = 0
    f1: float = 0.0
    silent: int = 0  # said that there is no answer
    answered: int = 0  # of the questions that have one
    right_passage: int = 0  # of the same, whose answer stands in a gold's passage
    silent_rightly: int = 0  # of the questions that have none
    refused: int = 0
    ms: float = 0.0

    def add(self, reply: Reply, case: Case) -> None:
        self.exact += reply.exact
        self.f1 += reply.f1
        self.silent += reply.is_silent
        self.refused += reply.refused
        self.ms += reply.ms
        if case.golds:
            self.answered += not reply.is_silent
            self.right_passage += reply.right_passage
        else:
            self.silent_rightly += reply.is_silent and not reply.refused


@dataclass(slots=True)
class Tally:
    """What is saved of a replay with its results, so that it can go on at any time."""

    last: int = 0  # key of the item that was read last
    questions: int = 0
    unanswerable: int = 0
    left_out: int = 0
    better: int = 0
    worse: int = 0
    serving: Sums = field(default_factory=Sums)
    other: Sums = field(default_factory=Sums)

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> "Tally":
        if not saved:
            return cls()
        both = {name: Sums(**saved[name]) for name in ("serving", "other")}
        return cls(**{**saved, **both})

    def leave_out(self, key: int) -> None:
        self.last = key
        self.left_out += 1

    def add(self, case: Case, serving: Reply, other: Reply) -> None:
        self.last = case.item.pk
        self.questions += 1
        self.unanswerable += not case.golds
        self.better += other.f1 > serving.f1
        self.worse += other.f1 < serving.f1
        self.serving.add(serving, case)
        self.other.add(other, case)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def result(replay: Replay, case: Case, serving: Reply, other: Reply) -> ReplayResult:
    """Return what both gave, not saved yet."""
    return ReplayResult(
        replay=replay,
        item=case.item,
        gain=other.f1 - serving.f1,
        serving_passage_id=serving.passage,
        serving_start=serving.start,
        serving_text=serving.text,
        serving_f1=serving.f1,
        serving_exact=serving.exact,
        serving_score=serving.score,
        other_passage_id=other.passage,
        other_start=other.start,
        other_text=other.text,
        other_f1=other.f1,
        other_exact=other.exact,
        other_score=other.score,
    )


# -- for people ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """Of one model, in percent; None where there is nothing that it could be of."""

    exact_match: float
    f1: float
    silent: float  # of all questions
    answered: float | None  # of those with an answer
    right_passage: float | None  # of the same
    silent_rightly: float | None  # of those without
    refused: int
    ms: float  # a question, on average


@dataclass(frozen=True, slots=True)
class Figures:
    questions: int
    unanswerable: int
    left_out: int
    better: int
    worse: int
    same: int
    serving: Side
    other: Side


def figures_of(replay: Replay) -> Figures | None:
    """Return how good both models were so far; None before the first question."""
    tally = Tally.of(replay.figures)
    if not tally.questions:
        return None
    return Figures(
        questions=tally.questions,
        unanswerable=tally.unanswerable,
        left_out=tally.left_out,
        better=tally.better,
        worse=tally.worse,
        same=tally.questions - tally.better - tally.worse,
        serving=_side(tally, tally.serving),
        other=_side(tally, tally.other),
    )


def _side(tally: Tally, sums: Sums) -> Side:
    every, without = tally.questions, tally.unanswerable
    return Side(
        exact_match=100 * sums.exact / every,
        f1=100 * sums.f1 / every,
        silent=100 * sums.silent / every,
        answered=_share(sums.answered, every - without),
        right_passage=_share(sums.right_passage, every - without),
        silent_rightly=_share(sums.silent_rightly, without),
        refused=sums.refused,
        ms=sums.ms / every,
    )


def _share(hits: int, of: int) -> float | None:
    return 100 * hits / of if of else None
