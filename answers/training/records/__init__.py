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

from answers.squad import Article, Example, Gold, Paragraph

from .layouts import LAYOUTS, Cell, Page, Records, bare_blocks, suits
from .values import Lists, Values

FOLDER: Final = Path(__file__).parent
ROWS: Final = (2, 9)
MOST_COLUMNS: Final = 5
TABLES: Final = ([1, 2, 3], [65, 25, 10])  # in a passage, and how often
QUESTIONS: Final = 3  # of a table
UNANSWERABLE: Final = 0.2  # of them
MOST_CHARS: Final = 1_600  # of a passage: more would not be read in one window


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
    drawn = rng.sample(schemas(), number)
    title = ""
    for table, schema in enumerate(drawn):
        made = _table(schema, values, rng, headed=number > 1 or rng.random() < 0.3)
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
class Table:
    """Records that are written down, and what of their schema they tell."""

    schema: Schema
    records: Records
    columns: Sequence[Column]
    page: Page
    strangers: Sequence[str]  # entities that are not among them
    values: Values

    def examples(self, name: str, before: str, rng: random.Random) -> list[Example]:
        """Questions, where the page stands behind the text `before`."""
        found: dict[str, tuple[Gold, ...]] = {}
        for _ in range(QUESTIONS):
            if rng.random() < UNANSWERABLE:
                if question := self._unanswerable(rng):
                    found[_spoken(question, rng)] = ()
            else:
                question, cell = self._question(rng)
                found[_spoken(question, rng)] = (self._gold(cell, len(before)),)
        return [
            Example(f"{name}-{number}", question, "", golds)
            for number, (question, golds) in enumerate(found.items())
        ]

    def _gold(self, cell: Cell, shift: int) -> Gold:
        start, end = self.page.places[cell]
        return Gold(self.page.text[start:end], start + shift)

    def _question(self, rng: random.Random) -> tuple[str, Cell]:
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

    def _unanswerable(self, rng: random.Random) -> str:
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


def _table(
    schema: Schema, values: Values, rng: random.Random, *, headed: bool
) -> Table:
    wanted = rng.randint(*ROWS)
    entities = values.several(schema.entity, wanted + 3)
    entities, strangers = entities[:-3], entities[-3:]
    columns = rng.sample(
        list(schema.columns), rng.randint(1, min(MOST_COLUMNS, len(schema.columns)))
    )
    layout = rng.choices(*zip(*LAYOUTS, strict=True))[0]
    if not suits(layout, len(columns)) or (layout is bare_blocks and _alike(columns)):
        columns = columns[:1]
    told = Records(
        values.filled(rng.choice(schema.titles)),
        rng.choice(schema.labels),
        entities,
        [rng.choice(column.labels) for column in columns],
        [[values.draw(column.value) for column in columns] for _ in entities],
        alike=_alike(columns),
    )
    page = Page(_heading(told.title, rng) if headed else "")
    layout(told, page, rng)
    text = page.text.lower()
    absent = [one for one in strangers if one.lower() not in text]
    return Table(schema, told, columns, page, absent, values)


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


def _spoken(question: str, rng: random.Random) -> str:
    """As people type: now and then without capitals or the question mark."""
    if rng.random() < 0.15:
        question = question.rstrip("?")
    return (
        question.lower() if rng.random() < 0.15 else question[0].upper() + question[1:]
    )
