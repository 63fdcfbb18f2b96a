"""Scores by file and precision, and the speed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..markdown import paragraph, table


def scores(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    rows = [
        (
            file,
            kind.replace("int8", "INT8").replace("fp32", "FP32"),
            f"{one['questions']:,}",
            f"{one['exact_match']:.2f}",
            f"{one['f1']:.2f}",
            _if_known(one.get("answered"), ".1f"),
            _if_known(one.get("calibration_error"), ".3f"),
            f"{one['questions_per_second']:.1f}",
        )
        for file, kinds in scores.items()
        for kind, one in kinds.items()
    ]
    if not rows:
        return "Not measured yet."
    header = (
        "file",
        "precision",
        "questions",
        "exact match",
        "F1",
        "answered %",
        "calibration error",
        "questions/s",
    )
    note = paragraph(
        "Exact match and F1 take the best span whatever its margin; answered is the "
        "share of questions whose best span reaches the threshold. Questions per "
        "second are those of the machine that measured, with whatever else it did; "
        "they compare nothing."
    )
    return f"{table(header, rows)}\n\n{note}"


def _if_known(figure: float | None, form: str) -> str:
    """A new threshold or calibration takes away what an earlier one had given."""
    return "–" if figure is None else format(figure, form)


def speed(speeds: Mapping[str, Any] | None) -> str:
    """`speeds`: kind of processor -> what answers.training.speed found on one."""
    if not speeds:
        return "Not measured yet; `python manage.py models` measures on your machine."
    rows = [
        (
            processor,
            str(figures["threads"]),
            name.removeprefix("batch_"),
            f"{one['int8_openvino_ms']:.1f}",
            f"{one['fp32_pytorch_ms']:.1f}",
            f"{one['pytorch_over_openvino']:.2f}",
        )
        for processor, figures in speeds.items()
        for name, one in figures.items()
        if name.startswith("batch_")
    ]
    header = (
        "processor",
        "threads",
        "windows at once",
        "ms a window, INT8 in OpenVINO",
        "ms a window, FP32 in PyTorch",
        "PyTorch / OpenVINO",
    )
    tokens = next(iter(speeds.values()))["tokens"]
    note = paragraph(
        f"Windows of {tokens} tokens on shared machines; both in one run, taking "
        "turns, medians. The ratio is what counts."
    )
    return f"{table(header, rows)}\n\n{note}"
