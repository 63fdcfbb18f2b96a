"""Several files, each with its share, become the labelled windows of an epoch."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from answers.reader.config import ReaderConfig
from answers.squad import Article, Example, examples, load

from .features import (
    Encoder,
    Labelled,
    answerable,
    cropped,
    features,
    joined,
    without_answer,
)
from .negatives import Distractors
from .renaming import Renamer

HEAVIEST = 1000  # times in an epoch; more would not fit into memory


@dataclass(frozen=True, slots=True)
class Source:
    """One --data file: how often each of its questions is asked in an epoch."""

    path: Path
    weight: float = 1.0  # 0.25: a fresh quarter every epoch; 2: everything twice
    limit: int | None = None  # only so many questions, the same ones in every epoch
    negatives: float | None = None  # instead of the mixture's own share
    taught: bool = True  # False: by its labels alone, whatever teachers there are
    # Passages are read whole and alone, and asked only their own questions: part of a
    # table says nothing, and another table may have an answer of its own. What in the
    # file has no answer is then all the negatives.
    whole: bool = False

    @classmethod
    def parse(cls, text: str) -> Source:
        """'file.json,weight=0.5,limit=1000,negatives=0,taught=0'. Raises ValueError."""
        path, *options = text.split(",")
        values: dict[str, Any] = {}
        kinds: dict[str, Callable[[str], Any]] = {
            "weight": float,
            "limit": int,
            "negatives": float,
            "taught": _flag,
            "whole": _flag,
        }
        for option in options:
            name, _, value = option.partition("=")
            if name not in kinds:
                raise ValueError(f"{option!r}: know only {', '.join(kinds)}")
            values[name] = kinds[name](value)
        source = cls(Path(path), **values)
        if not 0 <= source.weight <= HEAVIEST or (source.limit or 0) < 0:
            raise ValueError(
                f"{text!r}: weight and limit must be numbers from 0, a weight at most "
                f"{HEAVIEST}"
            )
        if not 0 <= (source.negatives or 0) < 1:
            raise ValueError(f"{text!r}: negatives must be from 0 to below 1")
        return source


@dataclass(frozen=True, slots=True)
class Counts:
    """What one file gave to one epoch."""

    file: str
    questions: int
    skipped: int
    windows: int
    without_answer: int


class Mixture:
    """All files, opened once; every epoch draws its own sample from them."""

    def __init__(
        self,
        sources: Sequence[Source],
        encoder: Encoder,
        config: ReaderConfig,
        *,
        negatives: float,
        seed: int,
        crops: float = 0.0,
        rivals: int = 1,
        renamed: float = 0.0,
        joined: float = 0.0,
    ) -> None:
        self._encoder, self._config = encoder, config
        self._negatives, self._seed = negatives, seed
        self._crops, self._rivals = crops, rivals
        self._renamed, self._joined = renamed, joined
        self._files = [(source, load(source.path)) for source in sources]
        self._distractors = [Distractors(articles) for _, articles in self._files]
        self._renamers = [Renamer(articles) for _, articles in self._files]

    def epoch(self, number: int) -> tuple[list[Labelled], list[Counts]]:
        """Same seed and number, same windows in the same order."""
        rng = random.Random(f"{self._seed} {number}")
        windows: list[Labelled] = []
        counts: list[Counts] = []
        for (source, articles), distractors, renamer in zip(
            self._files, self._distractors, self._renamers, strict=True
        ):
            asked = self._sample(source, articles, rng)
            found, count = self._windows(source, asked, distractors, renamer, rng)
            windows += found
            counts.append(count)
        return windows, counts

    def _sample(
        self, source: Source, articles: Sequence[Article], rng: random.Random
    ) -> list[Example]:
        asked = examples(articles)
        if source.limit is not None:
            fixed = random.Random(f"{self._seed} limit")
            asked = fixed.sample(asked, min(source.limit, len(asked)))
        whole, part = divmod(source.weight, 1)
        return asked * int(whole) + rng.sample(asked, round(part * len(asked)))

    def _windows(
        self,
        source: Source,
        asked: Sequence[Example],
        distractors: Distractors,
        renamer: Renamer,
        rng: random.Random,
    ) -> tuple[list[Labelled], Counts]:
        found = [features(item, self._encoder, self._config) for item in asked]
        right = [window for windows in found for window in answerable(windows)]
        wrong = [w for windows in found for w in windows if not w.has_answer]
        if not source.whole:
            share = self._negatives if source.negatives is None else source.negatives
            wanted = round(share / (1 - share) * len(right))
            wrong = self._not_answering(asked, wrong, distractors, renamer, rng, wanted)
        drawn = [replace(one, taught=source.taught) for one in right + wrong]
        if not source.whole:
            drawn = [self._perhaps_cropped(one, rng) for one in drawn]
            drawn = list(self._some_joined(drawn, asked, distractors, rng))
        skipped = sum(not windows for windows in found)
        return drawn, Counts(
            source.path.name, len(asked), skipped, len(drawn), len(wrong)
        )

    def _not_answering(
        self,
        asked: Sequence[Example],
        beside: Sequence[Labelled],
        distractors: Distractors,
        renamer: Renamer,
        rng: random.Random,
        wanted: int,
    ) -> list[Labelled]:
        """`wanted` windows without the answer; `beside` are those of right passages."""
        others = self._named_otherwise(asked, renamer, rng, wanted)
        wanted -= len(others)
        # Slices of the right passage beside the answer are negatives for nothing, but
        # too easy to be more than half of them.
        wrong = rng.sample(beside, min(len(beside), wanted // 2))
        wrong += self._paired(asked, distractors, rng, wanted - len(wrong))
        return wrong + others

    def _perhaps_cropped(self, labelled: Labelled, rng: random.Random) -> Labelled:
        # Not asked without crops, so that older runs draw as they did.
        if self._crops and rng.random() < self._crops:
            return cropped(labelled, rng)
        return labelled

    def _some_joined(
        self,
        drawn: Sequence[Labelled],
        asked: Sequence[Example],
        distractors: Distractors,
        rng: random.Random,
    ) -> Iterator[Labelled]:
        """The windows; to their share of them comes a passage without the answer."""
        by_id = {example.id: example for example in asked}
        for one in drawn:
            example = by_id.get(one.question)
            # Not asked where none is wanted, so that older runs draw as they did.
            if not self._joined or not example or rng.random() >= self._joined:
                yield one
            elif other := distractors.draw(example, rng):
                tokens = self._encoder.encode_passage(other.text)
                yield joined(one, tokens, self._config, rng)
            else:
                yield one

    def _paired(
        self,
        asked: Sequence[Example],
        distractors: Distractors,
        rng: random.Random,
        wanted: int,
    ) -> list[Labelled]:
        """`wanted` windows of questions with passages that do not answer them.

        As many for a question as it is to have rivals, one for each passage.
        """
        windows: list[Labelled] = []
        answerable_ones = [example for example in asked if example.golds]
        for example in rng.sample(answerable_ones, len(answerable_ones)):
            if len(windows) >= wanted:
                break
            for passage in distractors.draw_several(example, self._rivals, rng):
                asked_of = without_answer(example, passage)
                if cuts := features(asked_of, self._encoder, self._config):
                    cut = rng.choice(cuts)
                    windows.append(replace(cut, question=example.id))
        return windows

    def _named_otherwise(
        self,
        asked: Sequence[Example],
        renamer: Renamer,
        rng: random.Random,
        negatives: int,
    ) -> list[Labelled]:
        """The share of them that are questions about another name."""
        wanted = round(self._renamed * negatives)
        if not wanted:  # not drawn from, so that older runs draw as they did
            return []
        mixed = rng.sample(asked, len(asked))
        others = (other for one in mixed if (other := renamer.renamed(one, rng)))
        made = (features(one, self._encoder, self._config) for one in others)
        cuts = (rng.choice(windows) for windows in made if windows)
        return list(itertools.islice(cuts, wanted))


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(f"{text} is neither 0 nor 1")
    return text == "1"


def totals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each file gave to all the epochs of a run, from what it gave to each."""
    summed: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        numbers = {k: v for k, v in row.items() if k not in {"file", "epoch"}}
        summed[row["file"]].update({"epochs": 1} | numbers)
    return [{"file": name, **numbers} for name, numbers in summed.items()]


def describe(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """For train.json: names without folders, so that it says nothing of a machine."""
    return [{**asdict(source), "path": source.path.name} for source in sources]
