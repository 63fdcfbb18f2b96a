"""Saying that there is no answer, and what a score means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from answers.reader.config import ReaderConfig

from ..markdown import item, paragraph


def _among(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['questions']:,} of them read among {figures['passages']} passages, "
        "of which the first alone may answer: F1 at the threshold "
        f"{figures['f1_at_threshold']:.2f}; it answers "
        f"{figures['answerable_answered']:.1f} % of the answerable and refuses "
        f"{figures['unanswerable_refused']:.1f} % of the unanswerable. Both readings "
        "counted alike for the threshold."
    )


def _renamed(measured: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    return [
        f"{one['questions']:,} questions of {file} asked of their own passages with "
        "one name or number exchanged for another that the passage does not have: "
        f"{one['refused']:.1f} % are refused (with the right name "
        f"{one['refused_before']:.1f} %); the mean score falls from "
        f"{one['mean_score_before']:.0f} % to {one['mean_score']:.0f} %."
        for file, kinds in measured.items()
        for kind, one in kinds.items()
        if kind == "int8"
    ]


def honesty(config: ReaderConfig) -> str:
    none, score = config.metrics.get("no_answer"), config.metrics.get("calibration")
    if none is None or score is None:
        return "Not calibrated yet: the threshold and the score mean nothing."
    items = [
        f"Threshold {config.no_answer_threshold:g} on the margin (span logits minus "
        "null score); below it the reader says that there is no answer."
        f"{_tolerance(none)}",
        f"F1 at the threshold {none['f1_at_threshold']:.2f}; it answers "
        f"{none['answerable_answered']:.1f} % of the answerable and refuses "
        f"{none['unanswerable_refused']:.1f} % of the unanswerable.",
        f"Area under the risk-coverage curve {none['area_under_risk_coverage']}.",
        f"Score = sigmoid({config.calibration.slope:g} × margin "
        f"{config.calibration.intercept:+g}): the probability that the span is right, "
        f"that is F1 ≥ {score['right_means_f1_from']:g} with a reference. Expected "
        f"calibration error {score['expected_calibration_error']}; on the answerable "
        f"half alone {score['same_on_answerable_alone']}.{_fitted_with(score)}",
    ]
    if among := none.get("among"):
        items.insert(2, _among(among))
    items += _renamed(config.metrics.get("renamed", {}))
    share = score.get("as_if_answerable", 0.5)
    intro = paragraph(
        f"Measured on {none['questions']:,} questions of {none['file']}, half of them "
        "paired with a passage on the subject that does not answer them. The threshold "
        f"was fitted on the same questions, the calibration {_on_more(none, score)}, "
        f"so these figures are a little rosy. For the calibration {share:.0%} counted "
        "as answerable."
    )
    return "\n".join([intro, "", *map(item, items)])


def _on_more(none: Mapping[str, Any], score: Mapping[str, Any]) -> str:
    others = [
        f"{questions:,} of {file}"
        for file, questions in score.get("files", {}).items()
        if file != none["file"]
    ]
    return " and ".join(["on them", *others])


def _fitted_with(score: Mapping[str, Any]) -> str:
    model = score.get("fitted_with")
    if not model:
        return ""
    return f" Fitted to what the same weights, rounded otherwise, gave (model {model})."


def _tolerance(none: Mapping[str, Any]) -> str:
    points = none.get("tolerance")
    if not points:
        return ""
    return f" It is the lowest whose F1 is at most {points:g} points below the best."
