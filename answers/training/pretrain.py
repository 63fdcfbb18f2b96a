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
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from .finetune import finetune
from .mixture import Source
from .prepare import add_cloze_options, clozed, described, write
from .run_options import add_options, options_of
from .telling import told

QUESTIONS = "cloze.json"


def make_questions(given: argparse.Namespace) -> Path:
    """The file of questions; one that is there, of a run broken off, is kept."""
    path: Path = given.out / QUESTIONS
    if not path.exists():
        made = clozed(given.text, given)
        given.out.mkdir(parents=True, exist_ok=True)
        write(made, path)
        print(described(path, made), flush=True)
    return path


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
