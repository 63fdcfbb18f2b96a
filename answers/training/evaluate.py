"""Measures a model folder, or an FP32 checkpoint, on SQuAD-format files.

    python -m answers.training.evaluate MODEL_FOLDER FILE [--limit N]
    python -m answers.training.evaluate MODEL_FOLDER FILE --fp32 CHECKPOINT
    python -m answers.training.evaluate MODEL_FOLDER FILE --passages 10 [--limit N]
    python -m answers.training.evaluate MODEL_FOLDER FILE --failures 12 --record
    python -m answers.training.evaluate MODEL_FOLDER FILE --renamed --record

Exact match and F1 are those of SQuAD v1.1: the best span counts, whatever its margin,
and questions without an answer in the file are left out. Everything runs through the
reader that serves; with --fp32 only the engine below it is another one. With
--passages each question is read in its own passage and in those of the file that share
most words with it, as after a search: what that costs says whether margins compare.
With --failures the wrong answers that the reader is surest of go into the card, word
for word: only for files that may be published with the model. With --renamed the
questions ask for another name than their passage tells of (answers.training.renaming):
they have no answer, and what counts is how many are refused.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from answers.calibrating import (
    RIGHT,
    Flags,
    Mixed,
    calibration_error,
    percent,
    reliability_points,
)
from answers.reader import Reader, ReaderConfig
from answers.squad import Article, Example, examples, load, score

from .argtypes import count, device, whole
from .card import write_card
from .honesty import mixed_of
from .negatives import Pool
from .outcomes import Crowd, Outcome, fp32_reader, int8_reader, outcomes
from .renaming import Renamer
from .telling import told

PROGRESS = 15.0  # seconds between two lines
RENAMED: Final = "renamed"  # in reader.json
# Of the figures of measure(), those that threshold and calibration decide.
FITTED: Final = ("answered", "calibration_error", "reliability")


def measure(
    read: Sequence[Outcome], config: ReaderConfig, seconds: float
) -> dict[str, Any]:
    """The figures of answerable examples, in percent but for the calibration error.

    The score is the config's calibration of the margin, `answered` the share of
    questions whose best span reaches the config's threshold.
    """
    mixed = mixed_of(read)
    predictions = {one.example.id: one.text for one in read}
    scores = score(predictions, [one.example for one in read])
    return {
        "exact_match": round(scores.exact_match, 2),
        "f1": round(scores.f1, 2),
        "questions": scores.questions,
        "questions_per_second": round(len(read) / seconds, 2),
        "answered": percent(_answered(read, config)),
        "calibration_error": round(
            calibration_error(mixed.scores(config.calibration), mixed.right), 4
        ),
        "reliability": reliability(mixed, config),
    }


def _answered(read: Sequence[Outcome], config: ReaderConfig) -> Flags:
    """(questions,) whether the best span, if there is any, reaches the threshold."""
    return np.array([one.margin >= config.no_answer_threshold for one in read], bool)


def reliability(mixed: Mixed, config: ReaderConfig) -> list[dict[str, float]]:
    """In bins of a tenth: what the score said and how often it was right, percent."""
    points = reliability_points(mixed.scores(config.calibration), mixed.right)
    return [
        {
            "said": round(100 * point.score, 1),
            "right": round(100 * point.share, 1),
            "questions": point.count,
        }
        for point in points
    ]


def failures(
    read: Sequence[Outcome], config: ReaderConfig, *, most: int
) -> dict[str, Any]:
    """The wrong answers (F1 below a half), the surest first, and how many there are."""
    wrong = [one for one in read if one.f1 < RIGHT and one.best]
    surest = sorted(wrong, key=lambda one: -one.margin)[:most]
    return {
        "questions": len(read),
        "wrong": len(wrong),
        "examples": [
            {
                "question": one.example.question,
                "said": one.text,
                "wanted": one.example.golds[0].text,
                "score": round(config.calibration.score(one.margin), 2),
            }
            for one in surest
        ],
    }


def with_other_names(
    path: Path, asked: Sequence[Example], *, seed: int = 0
) -> list[tuple[Example, Example]]:
    """Those of the questions that have a name, and what they become with another.

    Names come from the questions of the whole file.
    """
    paragraphs = [p for article in load(path) for p in article.paragraphs]
    renamer = Renamer([Article("", tuple(paragraphs))])
    rng = random.Random(seed)
    made = ((one, renamer.renamed(one, rng)) for one in asked)
    return [(one, other) for one, other in made if other]


def measure_renamed(
    before: Sequence[Outcome], after: Sequence[Outcome], config: ReaderConfig
) -> dict[str, Any]:
    """How many questions are refused for their name alone, and their mean score.

    Percent. `before`: the same questions with the names that their passages have.
    """
    was, became = mixed_of(before), mixed_of(after)
    return {
        "questions": len(after),
        "refused": percent(~_answered(after, config)),
        "refused_before": percent(~_answered(before, config)),
        "mean_score": percent(became.scores(config.calibration)),
        "mean_score_before": percent(was.scores(config.calibration)),
    }


def read_all(
    reader: Reader, asked: Sequence[Example], crowd: Crowd | None = None
) -> tuple[list[Outcome], float]:
    """What the reader says to all examples, and the seconds it took.

    Tells on standard error how far it is, and the F1 until there.
    """
    started = told = time.monotonic()
    read: list[Outcome] = []
    for outcome in outcomes(reader, asked, crowd):
        read.append(outcome)
        now = time.monotonic()
        if now - told >= PROGRESS:
            told = now
            _tell(read, len(asked), now - started)
    return read, time.monotonic() - started


def _tell(read: Sequence[Outcome], total: int, seconds: float) -> None:
    known = [one.f1 for one in read if one.example.is_answerable]
    f1 = 100 * sum(known) / max(len(known), 1)
    speed = len(read) / seconds
    left = (total - len(read)) / speed / 60
    print(
        f"{len(read)} of {total}  F1 {f1:.2f}  {speed:.1f} questions/s  "
        f"{left:.0f} min left",
        file=sys.stderr,
        flush=True,
    )


def choose(path: Path, *, limit: int | None = None, seed: int = 0) -> list[Example]:
    """The answerable examples of a file, or a fixed random choice of `limit`.

    In the order of the file, so that the reader still knows a passage's tokens when
    its next question comes.
    """
    asked = [example for example in examples(load(path)) if example.is_answerable]
    if limit is None or limit >= len(asked):
        return asked
    chosen = sorted(random.Random(seed).sample(range(len(asked)), limit))
    return [asked[number] for number in chosen]


def nearest(path: Path, passages: int) -> Crowd:
    """Puts the passages of a file beside a question that share most words with it.

    With the question's own they are `passages`; other places of its answer may be
    among them.
    """
    pool = Pool(load(path))

    return lambda example: pool.beside(example, passages - 1)


def record(
    folder: Path,
    file: str,
    key: str,
    values: Mapping[str, Any],
    *,
    kind: str = "scores",
) -> None:
    """Writes a measurement into reader.json's metrics and the card."""
    config = ReaderConfig.load(folder)
    known = dict(config.metrics.get(kind, {}))
    known[file] = {**known.get(file, {}), key: dict(values)}
    replace(config, metrics={**config.metrics, kind: known}).save(folder)
    write_card(folder)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder with reader.json")
    parser.add_argument("file", type=Path, help="SQuAD-format JSON")
    parser.add_argument(
        "--limit", type=at_least_one, help="a fixed random choice of so many"
    )
    parser.add_argument(
        "--passages",
        type=at_least_one,
        default=1,
        help="read so many for each question",
    )
    parser.add_argument(
        "--failures",
        type=whole,
        default=0,
        metavar="N",
        help="keep so many wrong answers",
    )
    parser.add_argument(
        "--renamed", action="store_true", help="ask for names that no passage tells of"
    )
    parser.add_argument("--fp32", type=Path, metavar="CHECKPOINT")
    parser.add_argument(
        "--device", type=device, default="cpu", help="for --fp32: cpu or cuda"
    )
    parser.add_argument("--threads", type=count)
    parser.add_argument(
        "--record", action="store_true", help="write the result into the folder"
    )
    return parser


def at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


@told
def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments()
    given = parser.parse_args(argv)
    if given.renamed and (given.passages > 1 or given.failures):
        parser.error(
            "--renamed: other passages may tell of the other name, and none "
            "of the answers is right"
        )
    asked = choose(given.file, limit=given.limit)
    if not asked:
        raise SystemExit(f"{given.file}: no question in it has an answer")
    if given.fp32:
        if given.threads:
            torch.set_num_threads(given.threads)
        reader = fp32_reader(given.folder, given.fp32, device=given.device)
    else:
        reader = int8_reader(given.folder, threads=given.threads)
    try:
        found = _measured(given, reader, asked)
    finally:
        reader.close()
    if given.record:
        key = "fp32" if given.fp32 else "int8"
        if given.passages > 1:
            key = f"{key}, {given.passages} passages"
        for kind, values in found.items():
            record(given.folder, given.file.name, key, values, kind=kind)
    name = given.fp32.name if given.fp32 else reader.config.name
    # What was measured, and beside it the failures, if they are kept.
    first, *_ = found
    said = {"file": given.file.name, "model": name, **found.pop(first), **found}
    print(json.dumps(said))


def _measured(
    given: argparse.Namespace, reader: Reader, asked: Sequence[Example]
) -> dict[str, Any]:
    """What is to be recorded, by its kind."""
    if given.renamed:
        pairs = with_other_names(given.file, asked)
        if not pairs:
            raise SystemExit(f"{given.file}: no question has a name to exchange")
        before, _ = read_all(reader, [one for one, _ in pairs])
        after, _ = read_all(reader, [other for _, other in pairs])
        return {RENAMED: measure_renamed(before, after, reader.config)}
    crowd = nearest(given.file, given.passages) if given.passages > 1 else None
    read, seconds = read_all(reader, asked, crowd)
    found = {"scores": measure(read, reader.config, seconds)}
    if given.failures:
        found["failures"] = failures(read, reader.config, most=given.failures)
    return found


if __name__ == "__main__":
    main()
