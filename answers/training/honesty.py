"""How well margins tell right from wrong: threshold, calibration, and their figures.

Plain numpy on what the reader said; no model, no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from answers.reader import ReaderConfig
from answers.reader.config import Calibration

from .outcomes import Outcome

RIGHT = 0.5  # F1 from which a span counts as right
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mixed:
    """The outcomes as arrays, one row a question."""

    margins: Floats  # (questions,)
    f1: Floats  # (questions,) 0..1, of the best span
    answerable: Flags  # (questions,)

    @property
    def right(self) -> Flags:
        return self.f1 >= RIGHT

    def scores(self, calibration: Calibration) -> Floats:
        """(questions,) what people are shown, 0..1."""
        return sigmoid(calibration.slope * self.margins + calibration.intercept)

    @classmethod
    def of(cls, read: Sequence[Outcome]) -> Mixed:
        # A passage without any span: so far below every threshold that it is refused,
        # and still a finite number for the regression.
        lowest = min((o.margin for o in read if o.best), default=0.0)
        return cls(
            np.array([o.margin if o.best else lowest for o in read]),
            np.array([o.f1 for o in read]),
            np.array([o.example.is_answerable for o in read]),
        )


def fit_calibration(margins: Floats, right: Flags) -> Calibration:
    """Logistic regression with one feature, by Newton's method.

    A little of each outcome is mixed in (Platt 1999), so that a perfect separation
    still has a finite slope.
    """
    good, bad = float(right.sum()), float((~right).sum())
    target = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    scale = float(margins.std()) or 1.0
    x = np.stack([margins / scale, np.ones_like(margins)])  # (2, questions)
    weights = np.array([1.0, 0.0])
    for _ in range(100):
        p = sigmoid(weights @ x)
        gradient = x @ (p - target) + np.array([1e-3, 0.0]) * weights
        hessian = (x * (p * (1 - p))) @ x.T + np.diag([1e-3, 1e-9])
        step = np.linalg.solve(hessian, gradient)
        # Full Newton steps can run away from a bad start.
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return Calibration(
        slope=round(max(float(weights[0]) / scale, 1e-6), 6),
        intercept=round(float(weights[1]), 6),
    )


def sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))  # never overflows


def best_threshold(mixed: Mixed) -> float:
    """The margin from which answering gives the best F1 over the mixture.

    Between two neighbouring margins, or just outside of all.
    """
    order = np.argsort(-mixed.margins, kind="stable")
    margins = mixed.margins[order]
    # Answering the k surest: their F1, and 1 for each unanswerable one that is left.
    gain = mixed.f1[order] - ~mixed.answerable[order]
    totals = np.concatenate([[0.0], np.cumsum(gain)])  # (questions + 1,)
    cuts = np.concatenate([[margins[0] + 1], margins, [margins[-1] - 1]])
    between = (cuts[:-1] + cuts[1:]) / 2  # (questions + 1,)
    possible = np.concatenate([[True], margins[:-1] > margins[1:], [True]])
    best = int(np.argmax(np.where(possible, totals, -np.inf)))
    return round(float(between[best]), 4)


def no_answer_figures(mixed: Mixed, threshold: float) -> dict[str, float]:
    """How good the reader is at saying nothing, in percent unless said otherwise."""
    given = mixed.margins >= threshold
    right = np.where(mixed.answerable, given * mixed.f1, ~given)
    return {
        "questions": len(mixed.margins),
        "threshold": threshold,
        "f1_at_threshold": percent(right),
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


def fit(config: ReaderConfig, mixed: Mixed, file: str) -> ReaderConfig:
    """The configuration with threshold and calibration for these outcomes."""
    threshold = best_threshold(mixed)
    calibration = fit_calibration(mixed.margins, mixed.right)
    metrics = {
        **config.metrics,
        "no_answer": {"file": file, **no_answer_figures(mixed, threshold)},
        "calibration": {"file": file, **calibration_figures(mixed, calibration)},
    }
    return replace(
        config,
        no_answer_threshold=threshold,
        calibration=calibration,
        metrics=metrics,
    )
