"""Trains on plain text, before anything annotated is seen.

    python -m answers.training.pretrain CHECKPOINT OUT --text wiki-0.txt.xz \\
        --questions 100000 --epochs 1

The network learns two things at once: to answer questions made of the text (those of
answers.training.cloze, written to OUT/cloze.json first), and to guess the words that
are hidden from it in them and their passages, by default 15 % (masked language
modelling; --mlm 0 leaves it out). Everything else is as in answers.training.finetune,
which goes on from OUT; more files may be mixed in with --data.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from answers.reader.config import file_digest
from answers.squad import SquadError, load

from .finetune import finetune
from .mixture import Source
from .network import CheckpointError
from .prepare import add_cloze_options, cloze_options, clozed, described, write
from .run_options import add_options, options_of
from .telling import told
from .writing import write_text

QUESTIONS = "cloze.json"
MADE_OF = "cloze-of.json"  # the texts and options that the questions were made with


def make_questions(given: argparse.Namespace) -> Path:
    """The file of questions; one that is there, of a run broken off, is kept.

    Raises CheckpointError for one that was made of other texts, or otherwise.
    """
    path: Path = given.out / QUESTIONS
    text = json.dumps(_made_of(given), indent=1) + "\n"
    if _is_readable(path):
        _require_same(path, text)
        return path
    made = clozed(given.text, given)
    given.out.mkdir(parents=True, exist_ok=True)
    write_text(given.out / MADE_OF, text)
    write(made, path)
    print(described(path, made), flush=True)
    return path


def _made_of(given: argparse.Namespace) -> dict[str, Any]:
    texts = [[path.name, file_digest(path)] for path in given.text]
    return {"texts": texts, **cloze_options(given)}


def _is_readable(path: Path) -> bool:
    try:
        load(path)
    except (FileNotFoundError, SquadError):
        return False
    return True


def _require_same(path: Path, made_of: str) -> None:
    record = path.with_name(MADE_OF)
    # Runs of earlier versions do not tell what theirs was made of.
    if record.exists() and record.read_text(encoding="utf-8") != made_of:
        raise CheckpointError(
            f"{path} was made of other texts, or otherwise ({record} says how): give "
            "the same ones, or another folder"
        )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.pretrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser, data_required=False)
    parser.set_defaults(masks=0.15, mlm=1.0)
    parser.add_argument(
        "--text",
        type=Path,
        action="append",
        required=True,
        help="plain text, `# Title` before each article; may be given several times",
    )
    add_cloze_options(parser, questions=100_000)
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.threads:
        torch.set_num_threads(given.threads)
    options = options_of(given)
    sources = (Source(make_questions(given)), *options.sources)
    finetune(
        given.checkpoint,
        given.out,
        replace(options, sources=sources),
        device=given.device,
        workers=given.workers,
        save_minutes=given.save_minutes,
        vocabulary=given.vocabulary,
        report=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
