"""Something written down, and questions about what stands in it."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

from answers.squad import Example, Gold

from .layouts import Cell, Page, Records

QUESTIONS: Final = 3  # of a table
UNANSWERABLE: Final = 0.2  # of them


@dataclass(frozen=True, slots=True)
class Asked(ABC):
    records: Records
    page: Page

    def examples(self, name: str, before: str, rng: random.Random) -> list[Example]:
        """Questions, where the page stands behind the text `before`."""
        found: dict[str, tuple[Gold, ...]] = {}
        for _ in range(QUESTIONS):
            if rng.random() < UNANSWERABLE:
                if question := self.unanswerable(rng):
                    found[_spoken(question, rng)] = ()
            else:
                question, cell = self.question(rng)
                found[_spoken(question, rng)] = (self._gold(cell, len(before)),)
        return [
            Example(f"{name}-{number}", question, "", golds)
            for number, (question, golds) in enumerate(found.items())
        ]

    @abstractmethod
    def question(self, rng: random.Random) -> tuple[str, Cell]:
        """One with an answer, and the cell that it is."""

    @abstractmethod
    def unanswerable(self, rng: random.Random) -> str:
        """One that nothing on the page answers; "" if none was found."""

    def _gold(self, cell: Cell, shift: int) -> Gold:
        start, end = self.page.places[cell]
        return Gold(self.page.text[start:end], start + shift)


def _spoken(question: str, rng: random.Random) -> str:
    """As people type: now and then without capitals or the question mark."""
    if rng.random() < 0.15:
        question = question.rstrip("?")
    return (
        question.lower() if rng.random() < 0.15 else question[0].upper() + question[1:]
    )
