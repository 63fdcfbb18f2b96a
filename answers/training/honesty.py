"""Threshold and calibration of a model that was trained, from what its reader said.

The numerics are those of `answers.calibrating`; no model, no files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from answers.calibrating import (
    Mixed,
    best_threshold,
    calibration_figures,
    fit_calibration,
    no_answer_figures,
)
from answers.reader import ReaderConfig

from .outcomes import Outcome


def mixed_of(read: Sequence[Outcome]) -> Mixed:
    # A passage without any span: so far below every threshold that it is refused, and
    # still a finite number for the regression.
    lowest = min((o.margin for o in read if o.best), default=0.0)
    return Mixed(
        np.array([o.margin if o.best else lowest for o in read]),
        np.array([o.f1 for o in read]),
        np.array([o.example.is_answerable for o in read]),
    )


def fit(
    config: ReaderConfig,
    by_file: Mapping[str, Mixed],
    *,
    answerable: float = 0.5,
    crowded: Mixed | None = None,
    passages: int = 1,
    tolerance: float = 0.0,
) -> ReaderConfig:
    """The configuration with threshold and calibration for these outcomes.

    `by_file`: what the reader said of each file, by the file's name. The threshold is
    fitted to the first, and as much to `crowded`, questions of it read among
    `passages`; `tolerance` as for `best_threshold`. The calibration is fitted to all,
    every question counting alike but for `answerable`, the share of questions that
    have an answer where the score is read.
    """
    file, mixed = next(iter(by_file.items()))
    others = [crowded] if crowded else []
    threshold = best_threshold(mixed, *others, tolerance=tolerance)
    together = Mixed.joined(by_file.values())
    weights = together.as_if(answerable)
    calibration = fit_calibration(together.margins, together.right, weights)
    no_answer = {"file": file, **no_answer_figures(mixed, threshold)}
    if crowded:
        figures = no_answer_figures(crowded, threshold)
        no_answer["among"] = {"passages": passages, **figures}
    if tolerance:
        no_answer["tolerance"] = tolerance
    metrics = {
        **config.metrics,
        "no_answer": no_answer,
        "calibration": {
            "files": {name: len(one.margins) for name, one in by_file.items()},
            "as_if_answerable": answerable,
            **calibration_figures(together, calibration),
        },
    }
    return replace(
        config,
        no_answer_threshold=threshold,
        calibration=calibration,
        metrics=metrics,
    )
