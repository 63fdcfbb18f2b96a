"""The ways in which people write records down, and where each cell then stands."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

Cell = tuple[int, int]  # record, column; column -1 is the entity
Place = tuple[int, int]  # code points, half open


@dataclass(frozen=True, slots=True)
class Records:
    """A table: `rows[record][column]`, and what stands above each column."""

    title: str
    label: str  # of the entities
    entities: list[str]
    labels: list[str]
    rows: list[list[str]]
    alike: bool = False  # columns that only their labels tell apart

    def cell(self, record: int, column: int) -> str:
        return self.entities[record] if column < 0 else self.rows[record][column]

    def head(self, column: int) -> str:
        return self.label if column < 0 else self.labels[column]

    def order(self, rng: random.Random) -> Sequence[int]:
        """Of the columns in a table: what it is about mostly stands first."""
        order = list(range(-1, len(self.labels)))
        if not self.alike and rng.random() < 0.15:
            rng.shuffle(order)
        return order


@dataclass(slots=True)
class Page:
    """A text that grows, and where the cells stand in it."""

    text: str = ""
    places: dict[Cell, Place] = field(default_factory=dict)

    def write(self, text: str) -> None:
        self.text += text

    def cell(self, records: Records, record: int, column: int, mark: str = "") -> None:
        """Write a cell, between marks of emphasis if there are any."""
        text = records.cell(record, column)
        start = len(self.text) + len(mark)
        self.places[record, column] = (start, start + len(text))
        self.write(f"{mark}{text}{mark}")

    def cells(
        self, records: Records, record: int, between: str, order: Sequence[int]
    ) -> None:
        for column in order:
            if column != order[0]:
                self.write(between)
            self.cell(records, record, column)


Layout = Callable[[Records, Page, random.Random], None]


def grid(records: Records, page: Page, rng: random.Random) -> None:
    """A table with a row for each record, as Markdown or with bars between."""
    before, between, after = rng.choice(
        [
            ("| ", " | ", " |"),
            ("| ", " | ", " |"),
            ("", " | ", ""),
            ("", " | ", ""),
            ("", "\t", ""),
            ("", "   ", ""),
        ]
    )
    order = records.order(rng)
    numbered = rng.choice(["No.", "#", "Pos."]) if rng.random() < 0.12 else ""
    number = f"{numbered}{between}" if numbered else ""
    heads = between.join(records.head(column) for column in order)
    page.write(f"{before}{number}{heads}{after}\n")
    if before:
        page.write("|" + "---|" * (len(order) + bool(numbered)) + "\n")
    for record in range(len(records.rows)):
        page.write(before + (f"{record + 1}{between}" if numbered else ""))
        page.cells(records, record, between, order)
        page.write(after + "\n")


def columns(records: Records, page: Page, rng: random.Random) -> None:
    """A table whose columns are made of blanks, numbers perhaps at their right."""
    order = records.order(rng)
    gap = " " * rng.randint(2, 4)
    count = range(len(records.rows))
    widths = [
        max(len(records.head(at)), *(len(records.cell(one, at)) for one in count))
        for at in order
    ]
    to_right = [
        rng.random() < 0.5 and all(records.cell(one, at)[:1].isdigit() for one in count)
        for at in order
    ]
    heads = [
        records.head(at).rjust(width) if right else records.head(at).ljust(width)
        for at, width, right in zip(order, widths, to_right, strict=True)
    ]
    page.write(gap.join(heads).rstrip() + "\n")
    page.write(
        rng.choice(
            [
                "",
                "-" * len(gap.join(heads)) + "\n",
                gap.join("-" * width for width in widths) + "\n",
            ]
        )
    )
    for one in count:
        for at, width, right in zip(order, widths, to_right, strict=True):
            blanks = " " * (width - len(records.cell(one, at)))
            page.write(blanks if right else "")
            page.cell(records, one, at)
            page.write("" if at == order[-1] else gap if right else blanks + gap)
        page.write("\n")


def turned_grid(records: Records, page: Page, rng: random.Random) -> None:
    """A table with a column for each record."""
    before, between, after = rng.choice([("| ", " | ", " |"), ("", " | ", "")])
    for column in range(-1, len(records.labels)):
        label = records.label if column < 0 else records.labels[column]
        page.write(before + label)
        for record in range(len(records.rows)):
            page.write(between)
            page.cell(records, record, column)
        page.write(after + "\n")
        if before and column < 0:
            page.write("|" + "---|" * (len(records.rows) + 1) + "\n")


def blocks(records: Records, page: Page, rng: random.Random) -> None:
    """The entity on a line, and below it a line for each value with its label."""
    mark = rng.choice(["", "", "", "**"])
    named = rng.random() < 0.3  # "Name: Anna Berger"
    if len(records.rows) == 1:  # as a line of a CSV file is imported
        named = rng.random() < 0.8
    between = rng.choice(["\n", "\n", ""])
    colon = rng.choice([": ", ": ", ": ", " - ", " = ", ":  "])
    bullet = rng.choice(["", "", "", "- ", "  "])
    for record in range(len(records.rows)):
        page.write(f"{records.label}{colon}" if named else "")
        page.cell(records, record, -1, mark)
        page.write("\n")
        for column, label in enumerate(records.labels):
            page.write(f"{bullet}{label}{colon}")
            page.cell(records, record, column)
            page.write("\n")
        page.write(between)


def bare_blocks(records: Records, page: Page, rng: random.Random) -> None:
    """The entity on a line, its values below it or behind it, without labels."""
    mark = rng.choice(["", "", "**"])
    between = rng.choice(["\n", ", ", ", "])
    after = rng.choice(["\n", "\n\n"])
    for record in range(len(records.rows)):
        page.cell(records, record, -1, mark)
        page.write("\n")
        page.cells(records, record, between, range(len(records.labels)))
        page.write(after)


def lines(records: Records, page: Page, rng: random.Random) -> None:
    """A line for each record: "- Anna Berger: director, room 4"."""
    bullet = rng.choice(["- ", "- ", "* ", "• ", "", ""])
    colon = rng.choice([": ", ": ", ": ", " – ", ", ", " - ", " = "])
    labelled = records.alike or (len(records.labels) > 1 and rng.random() < 0.6)
    end = rng.choice(["", "", "", ".", ";"])
    for record in range(len(records.rows)):
        page.write(bullet)
        page.cell(records, record, -1)
        page.write(colon)
        for column, label in enumerate(records.labels):
            page.write(", " if column else "")
            page.write(f"{label} " if labelled else "")
            page.cell(records, record, column)
        page.write(f"{end}\n")


def value_first(records: Records, page: Page, rng: random.Random) -> None:
    """A line for each record, its one value in front: "500 g flour", "12:30 Lunch"."""
    bullet = rng.choice(["- ", "", "", "* "])
    between = rng.choice([" ", " ", ": ", " – "])
    for record in range(len(records.rows)):
        page.write(bullet)
        page.cell(records, record, 0)
        page.write(between)
        page.cell(records, record, -1)
        page.write("\n")


def by_column(records: Records, page: Page, rng: random.Random) -> None:
    """A list of the entities for each column, its label above it."""
    bullet = rng.choice(["- ", "- ", "• ", ""])
    heading = rng.choice(["", "", "## ", "**"])
    for column, label in enumerate(records.labels):
        page.write(f"{heading}{label}{heading if heading == '**' else ''}\n")
        for record in range(len(records.rows)):
            page.write(bullet)
            if column:
                page.write(records.entities[record])
            else:
                page.cell(records, record, -1)
            page.write(": ")
            page.cell(records, record, column)
            page.write("\n")
        page.write("\n")


def sentences(records: Records, page: Page, rng: random.Random) -> None:
    """In words, as a sentence or two for each record."""
    between = rng.choice([" ", "\n"])
    for record in range(len(records.rows)):
        page.cell(records, record, -1)
        for column, label in enumerate(records.labels):
            page.write(f"{'; ' if column else ': '}{label.lower()} ")
            page.cell(records, record, column)
        page.write(f".{between}")


# How often each is drawn; those at the end only suit some records.
LAYOUTS: Final[list[tuple[Layout, int]]] = [
    (grid, 32),
    (columns, 8),
    (turned_grid, 5),
    (blocks, 24),
    (bare_blocks, 14),
    (lines, 18),
    (by_column, 4),
    (sentences, 5),
    (value_first, 8),
]


def suits(layout: Layout, columns: int) -> bool:
    if layout is value_first:
        return columns == 1
    if layout in (lines, bare_blocks):
        return columns <= 4
    return True
