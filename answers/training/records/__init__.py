"""Questions about records: tables, lists, contact sheets, price lists, glossaries.

SQuAD asks about prose alone, and so a reader that has seen nothing else takes the next
best number of a table. What is kept in notes and manuals is to a good part of this
kind. Here records of some forty kinds (schemas.toml) are filled with words and numbers
(lists.toml, values.py), written down in the ways that people use (layouts.py), and
asked about: "What is the extension of Anna Berger?", "Who sits in room 4?", and,
without an answer, about somebody who is not there or something that is not told.
"""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from answers.squad import Article, Example, Paragraph

from .asked import Asked
from .layouts import LAYOUTS, Cell, Page, Records, bare_blocks, blocks, suits
from .matrices import Matrix, asked_matrix, matrices
from .values import Lists, Values

FOLDER: Final = Path(__file__).parent
ROWS: Final = (2, 10)
SINGLE: Final = 0.12  # tables with one record
MATRICES: Final = 0.3  # tables whose values have two keys
COLUMNS: Final = ([1, 2, 3, 4, 5, 6, 8], [16, 18, 20, 18, 14, 8, 6])
TABLES: Final = ([1, 2, 3], [65, 25, 10])  # in a passage, and how often
MOST_CHARS: Final = 1_600  # of a passage: about as much as a window holds


@dataclass(frozen=True, slots=True)
class Column:
    labels: Sequence[str]
    value: str
    ask: Sequence[str]
    find: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    titles: Sequence[str]
    entity: str
    labels: Sequence[str]
    columns: Sequence[Column]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Schema:
        columns = [Column(**column) for column in given["columns"]]
        return cls(**{**given, "columns": columns})


@functools.cache
def schemas() -> Sequence[Schema]:
    found = tomllib.loads((FOLDER / "schemas.toml").read_text("utf-8"))
    return [Schema.of(each) for each in found["schema"]]


@functools.cache
def lists() -> Lists:
    return tomllib.loads((FOLDER / "lists.toml").read_text("utf-8"))


def records(*, passages: int, seed: int) -> list[Article]:
    """So many passages of records, each an article, with their questions."""
    rng = random.Random(f"records {seed}")
    made = (_article(rng, f"records-{seed}-{number}") for number in range(passages))
    return list(made)


def _article(rng: random.Random, name: str) -> Article:
    values = Values(lists(), rng)
    text, asked = "", list[Example]()
    number = rng.choices(*TABLES)[0]
    title = ""
    for table in range(number):
        made = _asked(values, rng, headed=number > 1 or rng.random() < 0.3)
        if table and len(text) + len(made.page.text) > MOST_CHARS:
            break
        title = title or made.records.title
        asked += made.examples(f"{name}-{table}", text, rng)
        text += made.page.text.rstrip() + "\n\n"
    text = text.rstrip()
    return Article(title, (Paragraph(text, tuple(_in(text, asked, title))),))


def _in(text: str, asked: Sequence[Example], title: str) -> Iterator[Example]:
    for one in asked:
        yield Example(one.id, one.question, text, one.golds, title)


@dataclass(frozen=True, slots=True)
class Table(Asked):
    """Records that are written down, and what of their schema they tell."""

    schema: Schema
    columns: Sequence[Column]
    strangers: Sequence[str]  # entities that are not among them
    values: Values

    def question(self, rng: random.Random) -> tuple[str, Cell]:
        record = rng.randrange(len(self.records.rows))
        column = rng.randrange(len(self.columns))
        asked = self.columns[column]
        value = self.records.rows[record][column]
        all_of_it = [row[column] for row in self.records.rows]
        if asked.find and all_of_it.count(value) == 1 and rng.random() < 0.4:
            return rng.choice(asked.find).replace("{v}", value), (record, -1)
        return self._about(asked, self.records.entities[record], rng), (record, column)

    def _about(self, column: Column, entity: str, rng: random.Random) -> str:
        question = rng.choice(column.ask).replace("{e}", entity)
        return question.replace("{t}", self.records.title)

    def unanswerable(self, rng: random.Random) -> str:
        others = [one for one in self.schema.columns if one not in self.columns]
        if others and rng.random() < 0.4:
            return self._about(
                rng.choice(others), rng.choice(self.records.entities), rng
            )
        column = rng.randrange(len(self.columns))
        asked = self.columns[column]
        if asked.find and rng.random() < 0.3:
            value = self.values.draw(asked.value)
            told = self.page.text.lower()
            missing = value.lower() not in told
            return rng.choice(asked.find).replace("{v}", value) if missing else ""
        if not self.strangers:
            return ""
        return self._about(asked, rng.choice(self.strangers), rng)


def _asked(values: Values, rng: random.Random, *, headed: bool) -> Asked:
    kinds: Sequence[Matrix | Schema] = schemas()
    if rng.random() < MATRICES:
        kinds = matrices()
    kind = rng.choice(kinds)
    title = values.filled(rng.choice(kind.titles))
    heading = _heading(title, rng) if headed else ""
    if isinstance(kind, Matrix):
        return asked_matrix(kind, values, rng, heading, title)
    return _table(kind, values, rng, heading, title)


def _table(
    schema: Schema, values: Values, rng: random.Random, heading: str, title: str
) -> Table:
    alone = rng.random() < SINGLE
    wanted = 1 if alone else rng.randint(*ROWS)
    entities = values.several(schema.entity, wanted + 3)
    entities, strangers = entities[:-3], entities[-3:]
    several = max(rng.choices(*COLUMNS)[0], 3 if alone else 1)
    columns = rng.sample(list(schema.columns), min(several, len(schema.columns)))
    layout = blocks if alone else rng.choices(*zip(*LAYOUTS, strict=True))[0]
    if not suits(layout, len(columns)) or (layout is bare_blocks and _alike(columns)):
        columns = columns[:1]
    told = Records(
        title,
        rng.choice(schema.labels),
        entities,
        [rng.choice(column.labels) for column in columns],
        [[values.draw(column.value) for column in columns] for _ in entities],
        alike=_alike(columns),
    )
    page = Page(heading)
    layout(told, page, rng)
    text = page.text.lower()
    absent = [one for one in strangers if one.lower() not in text]
    return Table(told, page, schema, columns, absent, values)


def _alike(columns: Sequence[Column]) -> bool:
    """Of "12 m, 40 m" nobody can tell which is the height."""
    kinds = {column.value.split(":")[0] for column in columns}
    return len(kinds) < len(columns)


def _heading(title: str, rng: random.Random) -> str:
    return rng.choice(
        [
            f"{title}\n\n",
            f"{title}\n",
            f"## {title}\n\n",
            f"{title}:\n",
            f"**{title}**\n",
        ]
    )
