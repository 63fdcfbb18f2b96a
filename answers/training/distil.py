"""Trains a student to read as its teachers do, on SQuAD-format files.

    python -m answers.training.distil STUDENT OUT --teacher A --teacher B \\
        --data squad.json --data reddit.json,weight=0.2 --epochs 3
    python -m answers.training.distil A OUT --teacher A --layers 4 --data squad.json

STUDENT is a checkpoint or a model folder to go on from; with --layers (and --hidden,
--heads, --intermediate) a smaller network is made of it first. Several teachers count
by the mean of their log-probabilities. Everything else is as in answers.training
.finetune: the data, what OUT gets, and that the same command goes on where a run was
broken off.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from answers.reader.tokens import VOCABULARY_FILE

from .features import vocabulary_of
from .finetune import add_options, finetune, options_of
from .network import save_network
from .recover import load_start
from .students import student_of
from .teaching import Teaching

FRESH = "student"  # folder in OUT for a student that was made here


def make_student(given: argparse.Namespace) -> Path:
    """The folder to start from: STUDENT, or a smaller network that is made of it."""
    checkpoint: Path = given.checkpoint
    if given.layers is None:
        return checkpoint
    folder: Path = given.out / FRESH
    if not folder.exists():  # a run that is resumed goes on with the same one
        torch.manual_seed(given.seed)
        student = student_of(
            load_start(checkpoint),
            layers=given.layers,
            hidden=given.hidden,
            heads=given.heads,
            intermediate=given.intermediate,
        )
        save_network(student, folder)
        shutil.copyfile(
            vocabulary_of(checkpoint) / VOCABULARY_FILE, folder / VOCABULARY_FILE
        )
    return folder


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.distil",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "--teacher",
        type=Path,
        action="append",
        required=True,
        help="checkpoint or model folder; may be given several times",
    )
    parser.add_argument(
        "--share", type=float, default=0.8, help="of the loss that is the teachers'"
    )
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument(
        "--states", type=float, default=0.0, help="weight of the layers' states"
    )
    shape = parser.add_argument_group("a smaller student, made of STUDENT")
    for name in ("layers", "hidden", "heads", "intermediate"):
        shape.add_argument(f"--{name}", type=int)
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    teaching = Teaching(
        teachers=tuple(folder.name for folder in given.teacher),
        share=given.share,
        temperature=given.temperature,
        states=given.states,
    )
    if given.threads:
        torch.set_num_threads(given.threads)
    finetune(
        make_student(given),
        given.out,
        replace(options_of(given), teaching=teaching),
        teachers=given.teacher,
        device=given.device,
        save_minutes=given.save_minutes,
        vocabulary=given.vocabulary,
        report=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
