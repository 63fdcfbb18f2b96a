"""Conversations as files: every quote with its citation, offsets and a selector.

Offsets are half open ranges into the text of the passage, counted three ways, each
named: Unicode code points (Python), UTF-16 code units (JavaScript, Java, C#) and UTF-8
bytes (Go, Rust, files). The selector (prefix, exact, suffix) is a TextQuoteSelector of
the W3C Web Annotation data model: it finds the quote again in a text that has moved.

A `Record` is what all formats write of a question; `WRITERS` names the formats. They
write piece by piece, so that a long conversation never stands in memory as a whole.
"""

from typing import Protocol

from answers.citing.csv_file import CsvWriter
from answers.citing.json_file import JsonWriter
from answers.citing.markdown_file import MarkdownWriter
from answers.citing.records import (
    Heading,
    Offsets,
    Record,
    batch_after,
    heading_of,
    offsets_of,
    record_of,
)

__all__ = [
    "WRITERS",
    "Heading",
    "Offsets",
    "Record",
    "Writer",
    "batch_after",
    "heading_of",
    "offsets_of",
    "record_of",
]


class Writer(Protocol):
    """A format: pieces of text that joined are the file."""

    media_type: str
    suffix: str

    def begin(self, heading: Heading) -> str: ...

    def write(self, record: Record, *, first: bool) -> str: ...

    def end(self) -> str: ...


WRITERS: dict[str, type[Writer]] = {
    "markdown": MarkdownWriter,
    "json": JsonWriter,
    "csv": CsvWriter,
}
