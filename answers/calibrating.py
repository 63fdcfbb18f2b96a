"""How well margins tell right from wrong: threshold, calibration, and their figures.

Plain numpy, shared by training and by the calibration from this installation's own
reviews. A fit looks good on what it was fitted to: `folds` and `held_out_scores`
measure it on questions that it has not seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from answers.plotting import Point
from answers.reader.config import Calibration

RIGHT: Final = 0.5  # F1 from which a span counts as right
LEAST_SLOPE: Final = 1e-6  # scores never fall with the margin
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mixed:
    """What the reader said, as arrays, one row a question."""

    margins: Floats  # (questions,)
    f1: Floats  # (questions,) 0..1, of the best span
    answerable: Flags  # (questions,)

    @classmethod
    def joined(cls, parts: Iterable[Mixed]) -> Mixed:
        """All of them, one after the other; of one part at least."""
        rows = [(one.margins, one.f1, one.answerable) for one in parts]
        return cls(*map(np.concatenate, zip(*rows, strict=True)))

    @property
    def right(self) -> Flags:
        return self.f1 >= RIGHT

    def part(self, rows: Flags) -> Mixed:
        return Mixed(self.margins[rows], self.f1[rows], self.answerable[rows])

    def f1_at(self, threshold: float) -> Floats:
        """(questions,) 0..1: a question without an answer is right when refused."""
        given = self.margins >= threshold
        return np.where(self.answerable, given * self.f1, ~given).astype(float)

    def as_if(self, answerable: float) -> Floats:
        """(questions,) weights with which such a share of them has an answer."""
        found = float(self.answerable.mean())
        if not 0 < found < 1:
            return np.ones_like(self.margins)
        return np.where(
            self.answerable, answerable / found, (1 - answerable) / (1 - found)
        )

    def scores(self, calibration: Calibration) -> Floats:
        """(questions,) what people are shown, 0..1."""
        return sigmoid(calibration.slope * self.margins + calibration.intercept)


def fit_calibration(
    margins: Floats, right: Flags, weights_of: Floats | None = None
) -> Calibration:
    """Logistic regression with one feature, by Newton's method.

    `weights_of`: (questions,) how much each counts, 1 where it is not given. A little
    of each outcome is mixed in (Platt 1999), so that a perfect separation still has a
    finite slope. Where scores would fall with the margin, all are the share of right
    ones.
    """
    counts = np.ones_like(margins) if weights_of is None else weights_of
    good, bad = float(counts[right].sum()), float(counts[~right].sum())
    target = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    scale = float(margins.std()) or 1.0
    x = np.stack([margins / scale, np.ones_like(margins)])  # (2, questions)
    weights = np.array([1.0, 0.0])
    for _ in range(100):
        p = sigmoid(weights @ x)
        gradient = x @ (counts * (p - target)) + np.array([1e-3, 0.0]) * weights
        hessian = (x * (counts * p * (1 - p))) @ x.T + np.diag([1e-3, 1e-9])
        step = np.linalg.solve(hessian, gradient)
        # Full Newton steps can run away from a bad start.
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    slope, intercept = float(weights[0]) / scale, float(weights[1])
    if slope < LEAST_SLOPE:  # the intercept is that of the falling line
        share = float(np.average(target, weights=counts))
        slope, intercept = LEAST_SLOPE, math.log(share / (1 - share))
    return Calibration(slope=round(slope, 6), intercept=round(intercept, 6))


def sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))  # never overflows


def best_threshold(mixed: Mixed, *others: Mixed, tolerance: float = 0.0) -> float:
    """The margin from which answering gives the best F1 over the mixture.

    Between two neighbouring margins, or just outside of all. Other mixtures count as
    much as the first one, whatever their sizes. `tolerance`: the lowest of those whose
    F1 is no more points below the best; where many are nearly as good, it answers most.
    """
    every = (mixed, *others)
    margins = np.concatenate([one.margins for one in every])
    order = np.argsort(-margins, kind="stable")
    margins = margins[order]
    # Answering the k surest: their F1, and 1 for each unanswerable one that is left.
    size = len(mixed.margins)
    gain = np.concatenate(
        [(one.f1 - ~one.answerable) * (size / len(one.margins)) for one in every]
    )[order]
    totals = np.concatenate([[0.0], np.cumsum(gain)])  # (questions + 1,)
    cuts = np.concatenate([[margins[0] + 1], margins, [margins[-1] - 1]])
    between = np.round((cuts[:-1] + cuts[1:]) / 2, 4)  # (questions + 1,)
    # Margins may be equal, or nearer to each other than a threshold is written.
    possible = (cuts[:-1] >= between) & (between > cuts[1:])
    reached = np.where(possible, totals, -np.inf)
    chosen = int(np.argmax(reached))
    if tolerance:
        enough = reached[chosen] - tolerance / 100 * size * len(every)
        chosen = int(np.flatnonzero(reached >= enough)[-1])
    return float(between[chosen])


def no_answer_figures(mixed: Mixed, threshold: float) -> dict[str, float]:
    """How good the reader is at saying nothing, in percent unless said otherwise."""
    given = mixed.margins >= threshold
    return {
        "questions": len(mixed.margins),
        "threshold": threshold,
        "f1_at_threshold": percent(mixed.f1_at(threshold)),
        "answerable_answered": percent(given[mixed.answerable]),
        "unanswerable_refused": percent(~given[~mixed.answerable]),
        "area_under_risk_coverage": round(area_under_risk_coverage(mixed), 4),
    }


def area_under_risk_coverage(mixed: Mixed) -> float:
    """Mean share of wrong answers (0..1) over all coverages; lower is better."""
    order = np.argsort(-mixed.margins, kind="stable")
    wrong = np.cumsum(~mixed.right[order])
    return float(np.mean(wrong / np.arange(1, len(order) + 1)))


def calibration_error(scores: Floats, right: Flags, *, bins: int = 15) -> float:
    """Expected calibration error: bins of equal width, weighted by size (0..1)."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = place == number
        if inside.any():
            gap = abs(float(scores[inside].mean()) - float(right[inside].mean()))
            error += gap * float(inside.mean())
    return error


def calibration_figures(mixed: Mixed, calibration: Calibration) -> dict[str, float]:
    scores = mixed.scores(calibration)
    known = mixed.answerable
    return {
        "questions": len(scores),
        "right_means_f1_from": RIGHT,
        "expected_calibration_error": round(calibration_error(scores, mixed.right), 4),
        "same_on_answerable_alone": round(
            calibration_error(scores[known], mixed.right[known]), 4
        ),
    }


def percent(values: npt.NDArray[Any]) -> float:
    """The mean of 0..1 in percent."""
    return round(100 * float(np.mean(values)), 2) if len(values) else 0.0


# -- what a fit is worth where it has not been ------------------------------------

FOLDS: Final = 5
CHOICES: Final = 15  # thresholds to choose from


def folds(groups: Sequence[str], count: int = FOLDS) -> npt.NDArray[np.int64]:
    """(questions,) the fold of each, all of one group in the same.

    The largest groups first, each into the smallest fold; fewer folds where there are
    fewer groups.
    """
    sizes = Counter(groups)
    filled = [0] * min(count, len(sizes))
    place: dict[str, int] = {}
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        place[group] = filled.index(min(filled))
        filled[place[group]] += sizes[group]
    return np.array([place[group] for group in groups], dtype=np.int64)


def held_out_scores(mixed: Mixed, fold: npt.NDArray[np.int64]) -> Floats:
    """(questions,) the score of each by a fit to the other folds. Needs two folds."""
    scores = np.empty_like(mixed.margins)
    for outside, inside in _rounds(fold):
        fitted = fit_calibration(mixed.margins[outside], mixed.right[outside])
        scores[inside] = mixed.part(inside).scores(fitted)
    return scores


def held_out_f1(mixed: Mixed, fold: npt.NDArray[np.int64]) -> float:
    """F1 in percent where each fold uses the threshold that is best for the others."""
    gained = np.empty_like(mixed.margins)
    for outside, inside in _rounds(fold):
        gained[inside] = mixed.part(inside).f1_at(best_threshold(mixed.part(outside)))
    return percent(gained)


def _rounds(fold: npt.NDArray[np.int64]) -> Iterator[tuple[Flags, Flags]]:
    if fold.max() < 1:
        raise ValueError("one fold alone leaves nothing to fit to")
    for number in range(int(fold.max()) + 1):
        yield fold != number, fold == number


def reliability_points(scores: Floats, right: Flags, *, bins: int = 10) -> list[Point]:
    """Scores in bins of equal width, those without any left out."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        Point(float(scores[inside].mean()), int(right[inside].sum()), int(inside.sum()))
        for inside in (place == number for number in range(bins))
        if inside.any()
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold costs, in percent."""

    threshold: float
    answered: float  # of all questions
    right: float | None  # of those answered; None where there are none
    refused: float | None  # of those without an answer
    f1: float  # of all


def cost_of(mixed: Mixed, threshold: float) -> Choice:
    given = mixed.margins >= threshold
    return Choice(
        threshold=threshold,
        answered=percent(given),
        right=_share(mixed.right[given]),
        refused=_share(~given[~mixed.answerable]),
        f1=percent(mixed.f1_at(threshold)),
    )


def _share(values: Flags) -> float | None:
    return percent(values) if len(values) else None


def choices(
    mixed: Mixed, wanted: Iterable[float] = (), *, count: int = CHOICES
) -> list[Choice]:
    """Thresholds that answer from all questions to none, with those wanted, ascending.

    At most `count`, but never without those wanted.
    """
    asked = {round(one, 4) for one in wanted}
    margins = np.sort(mixed.margins)
    edges = np.concatenate([[margins[0] - 1], margins, [margins[-1] + 1]])
    between = (edges[:-1] + edges[1:]) / 2
    steps = max(count - len(asked), 2)
    chosen = between[np.linspace(0, len(between) - 1, steps).round().astype(int)]
    found = asked | {round(float(one), 4) for one in chosen}
    return [cost_of(mixed, threshold) for threshold in sorted(found)]
