"""Unanswerable questions: each question with a passage that does not answer it.

The passage is another one of the same article, or, where an article has only one
paragraph, any of the file; those that share rare words with the question come
first. That is what a retriever hands the reader: passages on the subject.
"""

from __future__ import annotations

import functools
import itertools
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from answers.squad import Article, Example, normalize_answer

from .features import Titled

NEAREST = 8  # drawn from so many of the passages that share most with the question
# In a large pool, words in more than this share of the passages are passed over: they
# say next to nothing and cost most of the time.
COMMON = 0.1
LARGE = 200  # passages


class Pool:
    """The passages of articles, each text once, with an index of their words."""

    def __init__(self, articles: Sequence[Article]) -> None:
        unique: dict[str, Titled] = {}
        for article in articles:
            for paragraph in article.paragraphs:
                titled = Titled(paragraph.text, article.title)
                unique.setdefault(paragraph.text, titled)
        self.passages = list(unique.values())
        self.normal = [f" {normalize_answer(one.text)} " for one in self.passages]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self.normal):
            for word in set(text.split()):
                self._postings[word].append(number)

    def nearest(self, question: str) -> list[int]:
        """Numbers of the passages that share words with the question, best first."""
        total = len(self.passages)
        most = COMMON * total if total > LARGE else total
        weights: defaultdict[int, float] = defaultdict(float)
        # In the order of the question: floats added in another give other ties.
        for word in dict.fromkeys(normalize_answer(question).split()):
            found = self._postings.get(word, ())
            if 0 < len(found) <= most:
                rarity = math.log(total / len(found))
                for number in found:
                    weights[number] += rarity
        return sorted(weights, key=lambda number: (-weights[number], number))

    def beside(
        self, example: Example, most: int, *, without: Sequence[str] = ()
    ) -> list[Titled]:
        """Other passages than the example's that are nearest to its question.

        None that holds one of the normalised golds `without`.
        """
        near = (
            titled
            for number in self.nearest(example.question)
            if (titled := self.passages[number]).text != example.passage
            and not holds(self.normal[number], without)
        )
        return list(itertools.islice(near, most))


class Distractors:
    """Finds a passage that does not hold the answer, for questions of one file."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        # Each article's pool when it is first asked for: there may be 100,000 passages.
        self._article = {
            p.text: n for n, a in enumerate(articles) for p in a.paragraphs
        }
        self._pools: dict[int, Pool] = {}

    @functools.cached_property
    def _everything(self) -> Pool:
        return Pool(self._articles)

    def _own(self, example: Example) -> Pool:
        """The passages of the example's article; of the file, if it is of none."""
        number = self._article.get(example.passage)
        # A file without titles is one huge article: no second index of it.
        if number is None or len(self._articles) == 1:
            return self._everything
        if number not in self._pools:
            self._pools[number] = Pool([self._articles[number]])
        return self._pools[number]

    def draw(self, example: Example, rng: random.Random) -> Titled | None:
        """A passage other than the example's, without any of its golds' texts."""
        drawn = self.draw_several(example, 1, rng)
        return drawn[0] if drawn else None

    def draw_several(
        self, example: Example, most: int, rng: random.Random
    ) -> list[Titled]:
        """Up to `most` such passages, no two the same."""
        fitting = self._fitting(example)
        return rng.sample(fitting, min(most, len(fitting)))

    def _own_first(self, example: Example) -> Iterator[Pool]:
        own = self._own(example)
        yield own
        if own is not self._everything:
            yield self._everything

    def _fitting(self, example: Example) -> list[Titled]:
        """The nearest of them; of the example's own article if that has any."""
        golds = [normalize_answer(gold.text) for gold in example.golds]
        for pool in self._own_first(example):
            # More than NEAREST, because the nearest of all often hold the answer.
            near = pool.nearest(example.question)[: 4 * NEAREST]
            fitting = [
                number
                for number in near
                if pool.passages[number].text != example.passage
                and not holds(pool.normal[number], golds)
            ]
            if fitting:
                return [pool.passages[number] for number in fitting[:NEAREST]]
        return []


def holds(normal_passage: str, normal_golds: Sequence[str]) -> bool:
    """Whether a normalised passage contains a gold, even inside a longer word.

    A gold that normalises to nothing is in every passage.
    """
    return any(gold in normal_passage for gold in normal_golds)
