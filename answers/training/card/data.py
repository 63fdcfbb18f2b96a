"""What the model was trained, calibrated and measured on, and the licences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..markdown import table
from ..mixture import totals
from ..recipe import CHECKPOINTS, Run, fine_tunings, first_checkpoint

# file name -> (what it is, licence)
DATA: Final[dict[str, tuple[str, str]]] = {
    "squad_exact.json": ("SQuAD v1.1 training questions", "CC BY-SA 4.0"),
    "squad_recon.json": (
        "SQuAD v1.1 training questions, joined again to their paragraphs",
        "CC BY-SA 4.0",
    ),
    "squad_recon_tokenised.json": (
        "the same, paragraphs as separated words",
        "CC BY-SA 4.0",
    ),
    "squad_recon_wiki.json": (
        "the same, paragraphs in Wikipedia's version",
        "CC BY-SA 4.0",
    ),
    "reddit.json": ("SQuADShifts, Reddit posts", "CC BY 4.0"),
    "amazon.json": ("SQuADShifts, Amazon reviews", "CC BY 4.0"),
    "new_wiki.json": ("SQuADShifts, new Wikipedia", "CC BY 4.0"),
    "policy.json": ("PolicyQA, privacy policies", "MIT"),
    **dict.fromkeys(
        (
            "cloze_wiki.json",
            *(f"wiki-{n}.json" for n in range(6)),
            *(f"cloze_{n}.json" for n in range(6)),
        ),
        (
            "questions made of English Wikipedia (answers.training.cloze)",
            "CC BY-SA 3.0",
        ),
    ),
    "records.json": (
        "tables, lists and contact sheets of a program (answers.training.records)",
        "Apache-2.0",
    ),
    "records2.json": (
        "the same, values with two keys and tables made of blanks among them",
        "Apache-2.0",
    ),
    **{
        f"listed_{name}.json": (
            f"{name}.json, passages as lists of their sentences",
            "CC BY-SA 4.0",
        )
        for name in ("squad_exact", "squad_recon", "squad_recon_wiki")
    },
    "mlqa_en.json": ("MLQA, English", "CC BY-SA 3.0"),
    "questions.json": ("qaweb's demo questions", "Apache-2.0"),
}


def data(runs: Sequence[Run], metrics: Mapping[str, Any]) -> str:
    rows = []
    first = first_checkpoint(runs)
    if first in CHECKPOINTS:
        rows += [
            _data_row(name, f"training of {first} (28,102 questions together)", "")
            for name in ("squad_exact.json", "squad_recon.json")
        ]
    for number, run in fine_tunings(runs):
        rows += [_drawn_row(number, total) for total in totals(run.get("counts", []))]
    for name in metrics.get("quantisation", {}).get("data", []):
        rows.append(_data_row(name, "quantisation ranges", ""))
    if "calibration" in metrics:
        measured = metrics["calibration"]
        first = metrics["no_answer"]["file"]
        # Older folders name one file for both.
        files = measured.get("files", {first: measured["questions"]})
        rows += [
            _data_row(
                name,
                "threshold and calibration" if name == first else "calibration",
                f"{questions:,}",
            )
            for name, questions in files.items()
        ]
    for name in metrics.get("scores", {}):
        used = any(row[0] == name for row in rows)
        rows.append(_data_row(name, "measuring" if used else "measuring only", ""))
    header = ("file", "what it is", "licence", "used for", "questions")
    return table(header, list(dict.fromkeys(rows)))


def _drawn_row(run: int, total: Mapping[str, Any]) -> tuple[str, ...]:
    times = f" {total['epochs']:,} times" if total["epochs"] > 1 else ""
    use = (
        f"training (drawn{times} for run {run}: {total['windows']:,} windows, "
        f"{total['without_answer']:,} without answer)"
    )
    return _data_row(total["file"], use, f"{total['questions']:,}")


def _data_row(name: str, use: str, questions: str) -> tuple[str, ...]:
    what, licence = DATA.get(name, ("", "see its source"))
    return name, what, licence, use, questions
