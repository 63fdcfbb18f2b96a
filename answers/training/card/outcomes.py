"""What came of the questions: how often a score was right, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..markdown import cell, paragraph, table


def reliability(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """How often a span was right, by what its score said; a plot in letters."""
    parts = []
    for file, kinds in scores.items():
        points = kinds.get("int8", {}).get("reliability")
        if points:
            rows = [
                (
                    f"{one['said']:.0f} %",
                    f"{one['right']:.0f} %",
                    f"{one['questions']:,}",
                    f"`{_bar(one['said'], one['right'])}`",
                )
                for one in points
            ]
            header = ("score", "right", "questions", "0 to 100 %")
            parts.append(f"\nReliability on {file}:\n\n{table(header, rows)}\n")
    if not parts:
        return ""
    note = "In the plots `=` reaches as far as was right, `|` stands at the score."
    return "".join([*parts, f"\n{note}\n"])


def failures(kept: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The wrong answers that the reader is surest of, word for word."""
    parts = []
    for file, kinds in kept.items():
        for kind, one in kinds.items():
            rows = [
                (
                    cell(wrong["question"]),
                    cell(wrong["said"]),
                    cell(wrong["wanted"]),
                    f"{wrong['score']:.0%}",
                )
                for wrong in one["examples"]
            ]
            where = "in its own passage"
            if "passages" in kind:
                where = f"in {kind.split(', ')[-1]}"
            intro = paragraph(
                f"Of {one['questions']:,} questions of {file}, each read {where}, "
                f"{one['wrong']:,} are answered wrongly (F1 below a half). Those it is "
                "surest of:"
            )
            header = ("question", "it said", "wanted", "score")
            parts.append(f"\n{intro}\n\n{table(header, rows)}\n")
    return f"\n## Known failures\n{''.join(parts)}" if parts else ""


def _bar(said: float, right: float, *, width: int = 40) -> str:
    letters = ["=" if place < right / 100 * width else " " for place in range(width)]
    letters[min(round(said / 100 * width), width - 1)] = "|"
    return "".join(letters)
