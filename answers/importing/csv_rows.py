"""CSV: every row is a passage.

A column called title or text (or the like) is that; without a text column the row is
read out, "column: value", a line for each.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TextIO

from django.utils.translation import gettext as _

from answers.importing.decoding import open_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.parts import numbered
from answers.importing.records import (
    FIELDS,
    as_page,
    as_passages,
    as_section,
    as_tags,
)
from answers.library import NewPassage

DELIMITERS = {".csv": ",;\t|", ".tsv": "\t"}
NO_DELIMITER = "\x1f"  # stands in no text: the table has one column
LONGEST_FIELD = 4_000_000  # code points; a quote that is never closed runs on for ever


def read(file: Incoming) -> Iterator[NewPassage]:
    csv.field_size_limit(LONGEST_FIELD)
    with open_text(file, newline="") as stream:
        rows = csv.reader(stream, delimiter=_delimiter(stream, file))
        try:
            yield from _passages(rows, file)
        except csv.Error as error:
            raise UnreadableFile(
                _(
                    "Line %(line)d is damaged: %(error)s. A quotation mark may be "
                    "missing. Please save the table as CSV again."
                )
                % {"line": rows.line_num, "error": error}
            ) from error


def _delimiter(stream: TextIO, file: Incoming) -> str:
    """Return what separates the columns, and leave the stream before the header row."""
    start = stream.tell()
    lines = iter(lambda: stream.readline(LONGEST_FIELD), "")
    first = next(filter(str.strip, lines), "").strip()
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own way
        return first[4]
    stream.seek(start)
    bare = "".join(first.split('"')[0::2])  # without what is quoted
    best = max(DELIMITERS[file.suffix], key=bare.count)
    return best if best in bare else NO_DELIMITER


def _passages(rows: Iterator[list[str]], file: Incoming) -> Iterator[NewPassage]:
    filled = (row for row in rows if any(value.strip() for value in row))
    header = [name.strip() for name in next(filled, [])]
    columns = _columns(header)
    number = 0
    for number, row in enumerate(filled, 1):
        if "text" in columns and any(cell.strip() for cell in row[len(header) :]):
            raise csv.Error(_("it has more cells than the first row"))
        given = {key: row[at].strip() for key, at in columns.items() if at < len(row)}
        text = given.get("text", "") if "text" in columns else _read_out(header, row)
        title = given.get("title", "") or numbered(file.stem, number)
        yield from as_passages(
            NewPassage(
                title=title,
                text=text,
                page=as_page(given.get("page")),
                section=as_section(given.get("section")),
                tags=as_tags(given.get("tags")),
            )
        )
    if header and not number:
        raise UnreadableFile(
            _("There is only one row. The first row must name the columns.")
        )


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Return where each field stands, by the first of its names that is there."""
    lower = [name.lower() for name in header]
    found = {
        key: next(islice((lower.index(name) for name in names if name in lower), 1), -1)
        for key, names in FIELDS.items()
    }
    return {key: at for key, at in found.items() if at >= 0}


def _read_out(header: Sequence[str], row: Sequence[str]) -> str:
    names = [*header, *[""] * (len(row) - len(header))]
    cells = ((name, value.strip()) for name, value in zip(names, row, strict=False))
    return "\n".join(
        f"{name}: {value}" if name else value for name, value in cells if value
    )
