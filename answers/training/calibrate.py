"""Fits the no-answer threshold and the score's calibration of a model folder.

    python -m answers.training.calibrate MODEL_FOLDER DEVELOPMENT_FILE --passages 10

Every question of the file is read twice, through the reader that serves: in its own
passage, and in one that does not answer it. On this mixture, half answerable:

* the threshold is the margin that gives the best F1, where saying nothing is right
  for the unanswerable half and wrong for the other;
* slope and intercept are the logistic regression of "the best span is right" on its
  margin. Right means F1 >= 0.5 with a gold: "in 1858" for "1858" is right to a person,
  though it is no exact match. A span for an unanswerable question is never right.
  With --answerable the two halves count as if they were of other sizes: half and half
  makes the score of a question that does have an answer too modest.

With --passages 500 of them are read among so many passages, too, none of which answers
but perhaps the first: the best of several margins is higher than one, and a threshold
for one passage alone lets too much through after a search. The threshold is then the
best for both, each counting half.

Often many thresholds are nearly as good as the best. With --tolerance 0.3 the lowest
is taken whose F1 is at most 0.3 points below: it answers most.

With --also other files count for the score, question for question, but not for the
threshold: where few passages are on one subject, what does not answer is easily told,
and a threshold fitted to that would let too much through elsewhere.

The files must not have been trained on.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any, Final

import torch

from answers.reader import Reader, ReaderConfig
from answers.squad import (
    Article,
    Example,
    SquadError,
    examples,
    load,
    normalize_answer,
)

from .argtypes import count, share, weight
from .evaluate import (
    FITTED,
    RENAMED,
    at_least_one,
    measure,
    read_all,
    record,
)
from .features import without_answer
from .honesty import fit, mixed_of
from .negatives import Distractors, Pool
from .outcomes import Crowd, fp32_reader, int8_reader
from .telling import told

# What a model says of itself until this step has run: that others trained it, which
# answers it was surest of, and how many questions about other names it refused.
UNTIL_NOW: Final = ("calibrated", "note", "failures", RENAMED)
# Questions with an answer, and as many without one; fewer say nothing of a score.
LEAST_KNOWN: Final = 20
CROWDED: Final = 500  # questions that are read among other passages too


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


def unhelpful(articles: Sequence[Article], passages: int) -> Crowd:
    """Puts passages beside a question of `mixture` that share most words with it.

    With the one it has they are `passages`; none of them holds an answer of it.
    """
    pool = Pool(articles)
    golds = defaultdict[str, list[str]](list)  # of a question, wherever it is asked
    for example in examples(articles):
        golds[example.question] += [normalize_answer(g.text) for g in example.golds]

    return lambda example: pool.beside(
        example, passages - 1, without=golds[example.question]
    )


def some_of(asked: Sequence[Example]) -> list[Example]:
    """Both halves of CROWDED questions, one after the other.

    They are read among nearly the same passages: what the reader has just read it need
    not read again.
    """
    questions = list(dict.fromkeys(example.question for example in asked))
    chosen = set(random.Random(0).sample(questions, min(CROWDED, len(questions))))
    return [example for example in asked if example.question in chosen]


def fitted(
    reader: Reader,
    config: ReaderConfig,
    file: Path,
    *,
    also: Sequence[Path] = (),
    answerable: float,
    passages: int = 1,
    tolerance: float = 0.0,
) -> tuple[ReaderConfig, dict[str, dict[str, Any]]]:
    """The config with threshold and calibration, and the answerable halves' figures.

    The figures by the name of their file. Raises SquadError.
    """
    mixtures = _mixtures([file, *also])
    read = {name: read_all(reader, asked) for name, (_, asked) in mixtures.items()}
    crowded = None
    if passages > 1:
        articles, asked = mixtures[file.name]
        some, beside = some_of(asked), unhelpful(articles, passages)
        among, _ = read_all(reader, some, beside)
        crowded = mixed_of(among)
        # A small file has fewer that share a word with a question.
        passages = round(mean(1 + len(beside(example)) for example in some))
    config = fit(
        config,
        {name: mixed_of(one) for name, (one, _) in read.items()},
        answerable=answerable,
        crowded=crowded,
        passages=passages,
        tolerance=tolerance,
    )
    figures = {}
    for name, (one, seconds) in read.items():
        known = [outcome for outcome in one if outcome.example.is_answerable]
        figures[name] = measure(known, config, seconds * len(known) / len(one))
    return config, figures


def _mixtures(
    files: Sequence[Path],
) -> dict[str, tuple[Sequence[Article], list[Example]]]:
    """By the file's name its articles, and its questions as `mixture` has them."""
    found: dict[str, tuple[Sequence[Article], list[Example]]] = {}
    for file in files:
        articles = load(file)
        asked = mixture(articles)
        known = sum(example.is_answerable for example in asked)
        if not known:
            raise SquadError(f"{file.name}: no question in it has an answer")
        if known < LEAST_KNOWN:
            raise SquadError(
                f"{file.name}: {LEAST_KNOWN} questions with an answer are needed, "
                f"there are {known}"
            )
        if len(asked) - known < LEAST_KNOWN:
            raise SquadError(
                f"{file.name}: for {len(asked) - known} of its questions there is a "
                f"passage that does not answer it, {LEAST_KNOWN} are needed"
            )
        found[file.name] = articles, asked
    if len(found) < len(files):
        raise SquadError("two of the files have the same name")
    return found


def calibrate(
    folder: Path,
    file: Path,
    *,
    also: Sequence[Path] = (),
    answerable: float = 0.5,
    passages: int = 1,
    tolerance: float = 0.0,
    threads: int | None = None,
) -> ReaderConfig:
    """Fits both, writes them into the folder's reader.json and card."""
    reader = int8_reader(folder, threads=threads)
    try:
        config, figures = fitted(
            reader,
            reader.config,
            file,
            also=also,
            answerable=answerable,
            passages=passages,
            tolerance=tolerance,
        )
    finally:
        reader.close()
    replace(config, metrics=_still_true(config.metrics)).save(folder)
    for name, found in figures.items():
        record(folder, name, "int8", found)
    return ReaderConfig.load(folder)


def _still_true(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was measured with another threshold or calibration."""
    known = {name: one for name, one in metrics.items() if name not in UNTIL_NOW}
    scores = {
        file: {
            kind: {name: one for name, one in found.items() if name not in FITTED}
            for kind, found in kinds.items()
        }
        for file, kinds in metrics.get("scores", {}).items()
    }
    return known | {"scores": scores} if scores else known


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder with reader.json")
    parser.add_argument("file", type=Path, help="SQuAD-format JSON, not trained on")
    parser.add_argument(
        "--also",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="one more, that counts for the score alone",
    )
    parser.add_argument(
        "--answerable",
        type=share,
        default=0.5,
        help="share of questions that have an answer where scores are read (0..1)",
    )
    parser.add_argument(
        "--passages",
        type=at_least_one,
        default=1,
        help="the threshold is to be good for so many read at once, too",
    )
    parser.add_argument(
        "--tolerance",
        type=weight,
        default=0.0,
        metavar="POINTS",
        help="of F1, that a lower threshold may cost",
    )
    parser.add_argument("--threads", type=count)
    parser.add_argument(
        "--fp32", type=Path, metavar="CHECKPOINT", help="only tell what it would give"
    )
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.fp32:
        if given.threads:
            torch.set_num_threads(given.threads)
        reader = fp32_reader(given.folder, given.fp32)
        try:
            config, figures = fitted(
                reader,
                reader.config,
                given.file,
                also=given.also,
                answerable=given.answerable,
                passages=given.passages,
                tolerance=given.tolerance,
            )
        finally:
            reader.close()
    else:
        config = calibrate(
            given.folder,
            given.file,
            also=given.also,
            answerable=given.answerable,
            passages=given.passages,
            tolerance=given.tolerance,
            threads=given.threads,
        )
        scores = config.metrics["scores"]
        figures = {
            file.name: scores[file.name]["int8"] for file in [given.file, *given.also]
        }
    told = {name: config.metrics[name] for name in ("no_answer", "calibration")}
    slope, intercept = config.calibration.slope, config.calibration.intercept
    told |= {"slope": slope, "intercept": intercept, "answerable": figures}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
