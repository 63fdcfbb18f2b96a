"""Unanswerable questions: each question with a passage that does not answer it.

The passage is another one of the same article, or, where an article has only one
paragraph, any of the file; those that share rare words with the question come
first. That is what a retriever hands the reader: passages on the subject.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from answers.squad import Article, Example, normalize_answer

NEAREST = 8  # drawn from so many of the passages that share most with the question
# In a large pool, words in more than this share of the passages are passed over: they
# say next to nothing and cost most of the time.
COMMON = 0.1
LARGE = 200  # passages


class Pool:
    """Passages with an index of their words."""

    def __init__(self, passages: Sequence[str]) -> None:
        self.passages = list(dict.fromkeys(passages))
        self.normal = [f" {normalize_answer(text)} " for text in self.passages]
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
    ) -> list[str]:
        """Other passages than the example's that are nearest to its question.

        None that holds one of the normalised golds `without`.
        """
        near = (
            text
            for number in self.nearest(example.question)
            if (text := self.passages[number]) != example.passage
            and not holds(self.normal[number], without)
        )
        return list(islice(near, most))


class Distractors:
    """Finds a passage that does not hold the answer, for questions of one file."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._everything = Pool([p.text for a in articles for p in a.paragraphs])
        self._of_passage: dict[str, Pool] = {}
        for article in articles:
            texts = [paragraph.text for paragraph in article.paragraphs]
            # A file without titles is one huge article: no second index of it.
            pool = Pool(texts) if len(articles) > 1 else self._everything
            self._of_passage |= dict.fromkeys(texts, pool)

    def draw(self, example: Example, rng: random.Random) -> str | None:
        """A passage other than the example's, without any of its golds' texts."""
        drawn = self.draw_several(example, 1, rng)
        return drawn[0] if drawn else None

    def draw_several(
        self, example: Example, most: int, rng: random.Random
    ) -> list[str]:
        """Up to `most` such passages, no two the same."""
        fitting = self._fitting(example)
        return rng.sample(fitting, min(most, len(fitting)))

    def _fitting(self, example: Example) -> list[str]:
        """The nearest of them; of the example's own article if that has any."""
        golds = [normalize_answer(gold.text) for gold in example.golds]
        own = self._of_passage.get(example.passage, self._everything)
        pools = [own] if own is self._everything else [own, self._everything]
        for pool in pools:
            # More than NEAREST, because the nearest of all often hold the answer.
            near = pool.nearest(example.question)[: 4 * NEAREST]
            fitting = [
                number
                for number in near
                if pool.passages[number] != example.passage
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
