"""Tables whose values have two keys, a row and a column (matrices.toml).

What a day pass costs for students, who works at the desk on Mondays: mostly with a
column for each head, now and then with a line for each pair.
"""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .asked import Asked
from .layouts import Cell, Page, Records, blocks, columns, grid, lines, turned_grid
from .values import Values

FILE: Final = Path(__file__).with_name("matrices.toml")
ROWS: Final = (3, 9)
HEADS: Final = (2, 7)
PAIRS: Final = 0.25  # how often each pair has a line of its own
MOST_PAIRS: Final = 14
WIDE: Final = ([grid, columns, turned_grid, blocks], [55, 15, 10, 20])
LONG: Final = ([grid, columns, lines], [65, 20, 15])


@dataclass(frozen=True, slots=True)
class Name:
    """What stands in a table, and the ways in which a question may say it."""

    written: str
    spoken: tuple[str, ...]

    @classmethod
    def of(cls, given: str) -> Name:
        written, *spoken = given.split("|")
        return cls(written, tuple(spoken) or (written,))


@dataclass(frozen=True, slots=True)
class Matrix:
    titles: Sequence[str]
    row: Sequence[str]  # what may stand above the rows
    head: Sequence[str]  # and above the heads, if they are a column
    cell: Sequence[str]
    rows: Sequence[Name]
    heads: Sequence[Name]
    value: str | Sequence[str]
    ask: Sequence[str]
    find: Sequence[str] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Matrix:
        rows, heads = (
            [Name.of(one) for one in given[key]] for key in ("rows", "heads")
        )
        return cls(**{**given, "rows": rows, "heads": heads})


@functools.cache
def matrices() -> Sequence[Matrix]:
    found = tomllib.loads(FILE.read_text("utf-8"))
    return [Matrix.of(each) for each in found["matrix"]]


@dataclass(frozen=True, slots=True)
class AskedMatrix(Asked):
    """A matrix that is written down: of each pair of row and head, the cell."""

    matrix: Matrix
    pairs: Mapping[tuple[Name, Name], Cell]

    def question(self, rng: random.Random) -> tuple[str, Cell]:
        row, head = rng.choice(list(self.pairs))
        record, column = self.pairs[row, head]
        value = self.records.cell(record, column)
        if self.matrix.find and rng.random() < 0.2:
            alike = sum(
                self.records.cell(*cell) == value
                for (_, other), cell in self.pairs.items()
                if other is head
            )
            if alike == 1:
                question = rng.choice(self.matrix.find).replace("{v}", value)
                return _naming(question, row, head, rng), (record, -1)
        question = rng.choice(self.matrix.ask)
        return _naming(question, row, head, rng), (record, column)

    def unanswerable(self, rng: random.Random) -> str:
        told = {name for pair in self.pairs for name in pair}
        row, head = rng.choice(self.matrix.rows), rng.choice(self.matrix.heads)
        if (row, head) in self.pairs:
            others = [one for one in self.matrix.rows if one not in told]
            if not others:
                return ""
            row = rng.choice(others)
        return _naming(rng.choice(self.matrix.ask), row, head, rng)


def asked_matrix(
    matrix: Matrix, values: Values, rng: random.Random, heading: str, title: str
) -> AskedMatrix:
    """The matrix below the heading, filled and written down in one of the ways."""
    rows = _some(matrix.rows, ROWS, rng)
    heads = _some(matrix.heads, HEADS, rng)
    filled = {
        (row, head): values.draw(matrix.value)
        if isinstance(matrix.value, str)
        else rng.choice(matrix.value)
        for row in rows
        for head in heads
    }
    page = Page(heading)
    if rng.random() < PAIRS:
        chosen = sorted(
            rng.sample(list(filled), min(len(filled), MOST_PAIRS)),
            key=list(filled).index,
        )
        records = Records(
            title,
            rng.choice([one for one in matrix.row if one] or ["Name"]),
            [row.written for row, _ in chosen],
            [rng.choice(matrix.head), rng.choice(matrix.cell)],
            [[head.written, filled[row, head]] for row, head in chosen],
            alike=True,
        )
        rng.choices(*LONG)[0](records, page, rng)
        pairs = {pair: (number, 1) for number, pair in enumerate(chosen)}
    else:
        records = Records(
            title,
            rng.choice(matrix.row),
            [row.written for row in rows],
            [head.written for head in heads],
            [[filled[row, head] for head in heads] for row in rows],
            alike=True,
        )
        layouts, weights = WIDE
        rng.choices(layouts, weights)[0](records, page, rng)
        pairs = {
            (row, head): (rows.index(row), heads.index(head)) for row, head in filled
        }
    return AskedMatrix(records, page, matrix, pairs)


def _some(
    names: Sequence[Name], bounds: tuple[int, int], rng: random.Random
) -> list[Name]:
    """Some of them, in their order."""
    count = min(len(names), rng.randint(*bounds))
    return sorted(rng.sample(names, count), key=names.index)


def _naming(question: str, row: Name, head: Name, rng: random.Random) -> str:
    return question.replace("{r}", rng.choice(row.spoken)).replace(
        "{h}", rng.choice(head.spoken)
    )
