"""Reviewed questions as SQuAD JSON, always in the same order, in pieces.

Sorted by title, text of the passage, and id: what one exports, imports into an empty
library, and exports again has the same bytes. What is to be sorted waits in a database
of its own on the disk, so memory stays flat however much was reviewed. A text stands
once, under the first of its titles, since a library holds a text once.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from answers.models import Passage, User
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing.examples import (
    Tally,
    batches,
    examples_of,
    names,
    passages_of,
)
from answers.squad import Example, Gold, Paragraph, Version, paragraph_as_json

TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, title TEXT, text TEXT
);
CREATE TABLE examples (
    id TEXT PRIMARY KEY, passage INTEGER, question TEXT, golds TEXT
);
CREATE INDEX examples_in_order ON examples (passage, id);
"""
PASSAGE = """
INSERT INTO passages (sha256, title, text) VALUES (?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET title = min(title, excluded.title)
RETURNING number"""
EXAMPLE = "INSERT INTO examples (passage, question, golds, id) VALUES (?, ?, ?, ?)"
SAME = "SELECT passage, question, golds FROM examples WHERE id = ?"
PASSAGES = "SELECT number, title, text FROM passages ORDER BY title, text"
EXAMPLES = "SELECT id, question, golds FROM examples WHERE passage = ? ORDER BY id"
PIECE = 1 << 16  # code points, about


def pieces(
    items: ReviewItemQuerySet, version: Version, *, user: User | None, tally: Tally
) -> Iterator[bytes]:
    """Yield the settled ones of the items, as far as the person may see their passages.

    None for `user`: all that is in a library. An empty piece says that work goes on.
    """
    yield f'{{"version":{_json(version.value)},"data":['.encode()
    # "" is a file that SQLite deletes by itself. Pieces are made in changing threads.
    with closing(sqlite3.connect("", check_same_thread=False)) as sorter:
        sorter.executescript(TABLES)
        for batch, golds in batches(items):
            passages = passages_of(batch, golds, user)
            for item in batch:
                mine = golds.get(item.pk, [])
                for passage, example in examples_of(item, mine, passages, tally):
                    if example.is_answerable or version is Version.V2:
                        _keep(sorter, passage, example, tally)
            yield b""
        yield from _grouped(_articles(sorter, version))
    yield b"\n]}\n"


def _keep(
    sorter: sqlite3.Connection, passage: Passage, example: Example, tally: Tally
) -> None:
    values = (passage.text_sha256, example.title, example.passage)
    (number,) = sorter.execute(PASSAGE, values).fetchone()
    # Two libraries may have imported the same question, and judged it differently.
    golds = _json([[gold.start, len(gold.text)] for gold in example.golds])
    row = (number, example.question, golds)
    for known in names(example.id):
        same = sorter.execute(SAME, [known]).fetchone()
        if same == row:
            tally.twins += 1
            return
        if same is None:
            sorter.execute(EXAMPLE, (*row, known))
            tally.questions += 1
            tally.unanswerable += not example.is_answerable
            return


def _articles(sorter: sqlite3.Connection, version: Version) -> Iterator[str]:
    """Yield the articles, one a title, passage by passage."""
    current: str | None = None
    for number, title, text in sorter.execute(PASSAGES):
        examples = tuple(
            Example(known, question, text, _golds(text, golds), title)
            for known, question, golds in sorter.execute(EXAMPLES, [number])
        )
        paragraph = _json(paragraph_as_json(Paragraph(text, examples), version))
        if title == current:
            yield f",\n{paragraph}"
        else:
            end = "\n" if current is None else "]},\n"
            yield f'{end}{{"title":{_json(title)},"paragraphs":[\n{paragraph}'
            current = title
    if current is not None:
        yield "]}"


def _golds(text: str, places: str) -> tuple[Gold, ...]:
    return tuple(
        Gold(text[start : start + length], start)
        for start, length in json.loads(places)
    )


def _grouped(texts: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
