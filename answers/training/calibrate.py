"""Fits the no-answer threshold and the score's calibration of a model folder.

    python -m answers.training.calibrate MODEL_FOLDER DEVELOPMENT_FILE

Every question of the file is read twice, through the reader that serves: in its own
passage, and in one that does not answer it. On this mixture, half answerable:

* the threshold is the margin that gives the best F1, where saying nothing is right
  for the unanswerable half and wrong for the other;
* slope and intercept are the logistic regression of "the best span is right" on its
  margin. Right means F1 >= 0.5 with a gold: "in 1858" for "1858" is right to a person,
  though it is no exact match. A span for an unanswerable question is never right.
  With --answerable the two halves count as if they were of other sizes: half and half
  makes the score of a question that does have an answer too modest.

The file must not have been trained on.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from answers.reader import Reader, ReaderConfig
from answers.squad import Article, Example, examples, load

from .evaluate import measure, read_all, record
from .features import without_answer
from .honesty import fit, mixed_of
from .negatives import Distractors
from .outcomes import fp32_reader, int8_reader

# What a model that others trained says of itself until this step has run.
UNTIL_NOW: Final = ("calibrated", "note")


def mixture(articles: Sequence[Article], *, seed: int = 0) -> list[Example]:
    """Each answerable question in its passage, then in one that does not answer it."""
    rng = random.Random(seed)
    distractors = Distractors(articles)
    mixed: list[Example] = []
    for example in examples(articles):
        if not example.is_answerable:
            continue
        mixed.append(example)
        passage = distractors.draw(example, rng)
        if passage is not None:
            mixed.append(without_answer(example, passage))
    return mixed


def fitted(
    reader: Reader, config: ReaderConfig, file: Path, *, answerable: float
) -> tuple[ReaderConfig, dict[str, Any]]:
    """The config with threshold and calibration, and the answerable half's figures."""
    read, seconds = read_all(reader, mixture(load(file)))
    config = fit(config, mixed_of(read), file.name, answerable=answerable)
    known = [one for one in read if one.example.is_answerable]
    share = len(known) / max(len(read), 1)
    return config, measure(known, config, seconds * share)


def calibrate(
    folder: Path, file: Path, *, answerable: float = 0.5, threads: int | None = None
) -> ReaderConfig:
    """Fits both, writes them into the folder's reader.json and card."""
    reader = int8_reader(folder, threads=threads)
    try:
        config, figures = fitted(reader, reader.config, file, answerable=answerable)
    finally:
        reader.close()
    known = {name: one for name, one in config.metrics.items() if name not in UNTIL_NOW}
    replace(config, metrics=known).save(folder)
    record(folder, file.name, "int8", figures)
    return ReaderConfig.load(folder)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder with reader.json")
    parser.add_argument("file", type=Path, help="SQuAD-format JSON, not trained on")
    parser.add_argument(
        "--answerable",
        type=float,
        default=0.5,
        help="share of questions that have an answer where scores are read (0..1)",
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--fp32", type=Path, metavar="CHECKPOINT", help="only tell what it would give"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.fp32:
        reader = fp32_reader(given.folder, given.fp32)
        try:
            config, figures = fitted(
                reader, reader.config, given.file, answerable=given.answerable
            )
        finally:
            reader.close()
    else:
        config = calibrate(
            given.folder,
            given.file,
            answerable=given.answerable,
            threads=given.threads,
        )
        figures = config.metrics["scores"][given.file.name]["int8"]
    told = {name: config.metrics[name] for name in ("no_answer", "calibration")}
    slope, intercept = config.calibration.slope, config.calibration.intercept
    told |= {"slope": slope, "intercept": intercept, "answerable": figures}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
