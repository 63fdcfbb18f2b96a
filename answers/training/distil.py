"""Trains a student to read as its teachers do, on SQuAD-format files.

    python -m answers.training.distil STUDENT OUT --teacher A --teacher B \\
        --data squad.json --data reddit.json,weight=0.2 --epochs 3
    python -m answers.training.distil A OUT --teacher A --layers 4 --data squad.json

STUDENT is a checkpoint or a model folder to go on from; with --layers, --hidden or
--intermediate a smaller network is made of it first, fitted to it on windows of the
data (answers.training.students says how; which layers stay matters most, TRIED.md tells
what was found). Several teachers count by the mean of their log-probabilities.
Everything else is as in answers.training.finetune: the data, what OUT gets, and that
the same command goes on where a run was broken off.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from answers.reader.config import file_digest
from answers.reader.tokens import Tokenizer

from .argtypes import above_nothing, explained, share, weight
from .batches import Batch
from .features import copy_vocabulary, vocabulary_of
from .finetune import NOTHING_TO_LEARN, finetune, mixture_of
from .inputs import weights_of
from .network import CheckpointError, save_network
from .recover import load_start, read_record, record_of, require_another
from .run_options import add_options, options_of
from .students import smaller, student_of
from .teaching import Teaching
from .telling import told
from .trainer import ASK, RECORD, Options
from .writing import write_text

FRESH = "student"  # folder in OUT for a student that was made here
SAMPLE = 96  # windows to fit it on; about 15,000 tokens
SHAPE = ("layers", "hidden", "intermediate")  # that a smaller student may have
MADE_BY = ("from", "from_sha256", "made_smaller", "layers")  # what its record compares

Record = Mapping[str, Any]


def make_student(given: argparse.Namespace) -> Path:
    """The folder to start from: STUDENT, or a smaller network that is made of it."""
    checkpoint: Path = given.checkpoint
    shape = {name: getattr(given, name) for name in SHAPE}
    if not any(size is not None for size in shape.values()):
        return checkpoint
    folder: Path = given.out / FRESH
    start = load_start(checkpoint)
    record = {
        "from": checkpoint.name,
        "from_sha256": file_digest(weights_of(checkpoint)),
        "from_record": record_of(checkpoint),
        "made_smaller": asdict(smaller(start.shape, **shape)),
    }
    if isinstance(given.layers, tuple):
        record["layers"] = list(given.layers)
    # The record is written last. A run that is resumed goes on with the same student.
    if (folder / RECORD).exists():
        _require_same(record, read_record(folder / RECORD), folder)
        return folder
    words = given.vocabulary or vocabulary_of(checkpoint)
    windows = sample_windows(options_of(given), Tokenizer.load(words))
    save_network(student_of(start, windows, **shape), folder)
    copy_vocabulary(words, folder)
    write_text(folder / RECORD, json.dumps(record, indent=1) + "\n")
    return folder


def _require_same(wanted: Record, made: Record, folder: Path) -> None:
    """Raises CheckpointError for a student of another network, or of another shape."""
    # One that an earlier version made does not tell its start's bytes.
    known = {"from_sha256": wanted["from_sha256"], **made}
    if any(known.get(name) != wanted.get(name) for name in MADE_BY):
        raise CheckpointError(
            f"{folder} holds a student that was made of another network, or with "
            f"another shape ({folder / RECORD} says which): name another folder to "
            "write"
        )


def sample_windows(options: Options, tokenizer: Tokenizer) -> Sequence[Tensor]:
    """Some windows of the data: input_ids, attention_mask and token_type_ids."""
    few = tuple(replace(one, weight=1.0, limit=SAMPLE) for one in options.sources)
    windows, _ = mixture_of(replace(options, sources=few), tokenizer).epoch(0)
    if not windows:
        raise SystemExit(NOTHING_TO_LEARN)
    chosen = random.Random(options.seed).sample(windows, min(SAMPLE, len(windows)))
    return Batch.of(chosen, tokenizer).inputs


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
        "--share", type=share, default=0.8, help="of the loss that is the teachers'"
    )
    parser.add_argument(
        "--share-negatives",
        type=share,
        metavar="SHARE",
        help="the same for windows without an answer; default: no other",
    )
    parser.add_argument("--temperature", type=above_nothing, default=2.0)
    parser.add_argument(
        "--states", type=weight, default=0.0, help="weight of the layers' states"
    )
    shape = parser.add_argument_group("a smaller student, made of STUDENT")
    shape.add_argument(
        "--layers",
        type=explained(_layers),
        metavar="4 | 1,2,3,4",
        help="how many, evenly apart, or which ones, the first being 0",
    )
    for name in ("hidden", "intermediate"):
        shape.add_argument(f"--{name}", type=int)
    return parser


def _layers(text: str) -> int | tuple[int, ...]:
    """'4' -> 4; '1,2,3,4' -> those; '4,' -> that one alone."""
    if "," not in text:
        return int(text)
    return tuple(int(part) for part in text.split(",") if part.strip())


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.task == ASK:
        raise SystemExit("--task ask: teachers tell how to read")
    teaching = Teaching(
        teachers=tuple(folder.name for folder in given.teacher),
        share=given.share,
        share_negatives=given.share_negatives,
        temperature=given.temperature,
        states=given.states,
    )
    require_another(given.out, given.checkpoint, *given.teacher)
    if given.threads:
        torch.set_num_threads(given.threads)
    finetune(
        make_student(given),
        given.out,
        replace(options_of(given), teaching=teaching),
        teachers=given.teacher,
        device=given.device,
        workers=given.workers,
        save_minutes=given.save_minutes,
        vocabulary=given.vocabulary,
        report=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
