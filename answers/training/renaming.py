"""Unanswerable questions: each question about another name than its passage tells of.

"When did Poe marry Virginia Clemm?" becomes "When did Poe marry Sarah Royster?" where
another question of the article names her and this passage does not. All else fits, so
that only reading the name itself tells that the passage has no answer (rule-made, as
the exchanged entities of SQuAD 2.0: Rajpurkar et al. 2018).
"""

from __future__ import annotations

import functools
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from answers.squad import Article, Example

from .cloze import name_spans

POSSESSIVE = re.compile(r"['’]s?$")
DRAWS = 20  # names that are tried before the next place in the question is


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a question: `question[start:end]`, in code points."""

    start: int
    end: int
    # What a name in its place must have in common with it. After the same word ("in",
    # "did") names are mostly of one sort.
    is_number: bool
    words: int
    after: str


class Renamer:
    """Exchanges names and numbers in the questions of one file."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        # Each article's when it is first asked for.
        self._names: dict[int, dict[tuple[bool, int, str], list[str]]] = {}

    @functools.cached_property
    def _article(self) -> dict[str, int]:
        """Which article a passage is of. Made when it is first asked for."""
        return {
            p.text: n
            for n, article in enumerate(self._articles)
            for p in article.paragraphs
        }

    def renamed(self, example: Example, rng: random.Random) -> Example | None:
        """The question with a name exchanged, without an answer in the same passage.

        None where the question has no name that its passage has, or the questions of
        the article have no other that fits in its place.
        """
        question, passage = example.question, example.passage.casefold()
        own = [
            place
            for place in places(question)
            if question[place.start : place.end].casefold() in passage
        ]
        for place in rng.sample(own, len(own)):
            known = self._fitting(example, place)
            for name in rng.sample(known, min(DRAWS, len(known))):
                if name.casefold() not in passage:
                    other = question[: place.start] + name + question[place.end :]
                    return replace(
                        example, id=f"{example.id}-renamed", question=other, golds=()
                    )
        return None

    def _fitting(self, example: Example, place: Place) -> Sequence[str]:
        number = self._article.get(example.passage)
        if number is None:
            return ()
        if number not in self._names:
            self._names[number] = _names(self._articles[number])
        return self._names[number].get((place.is_number, place.words, place.after), ())


def places(question: str) -> Iterator[Place]:
    """Its names and numbers, but for its first word, which is always written large."""
    for start, end in name_spans(question):
        if start:
            name = POSSESSIVE.sub("", question[start:end])
            before = question[:start].split()
            yield Place(
                start,
                start + len(name),
                is_number=name[0].isdigit(),
                words=len(name.split()),
                after=before[-1].casefold() if before else "",
            )


def _names(article: Article) -> dict[tuple[bool, int, str], list[str]]:
    """The names of the article's questions, each once, by what they fit with."""
    names: dict[tuple[bool, int, str], dict[str, None]] = defaultdict(dict)
    for paragraph in article.paragraphs:
        for example in paragraph.examples:
            for place in places(example.question):
                name = example.question[place.start : place.end]
                names[place.is_number, place.words, place.after][name] = None
    return {kind: list(found) for kind, found in names.items()}
