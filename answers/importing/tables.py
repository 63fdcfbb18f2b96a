"""How a CSV file is written: no file says it, so its first rows are looked at.

What parts the cells, whether they stand in quotation marks, and where the table begins
below its own title.
"""

import csv
import io
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from answers.importing.records import FIELDS

DELIMITERS = {".csv": ",;\t|", ".tsv": "\t"}
NO_DELIMITER = "\x1f"  # stands in no text: the table has one column
LONGEST_FIELD = 4_000_000  # code points; a quote that is never closed runs on for ever
SAMPLE = 1 << 16  # code points
ROWS = 100  # of the sample

NO_TABLE = (0.0, False, 0)
NAMES = frozenset(name for names in FIELDS.values() for name in names)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    delimiter: str
    has_quotes: bool = True  # cells may stand in quotation marks
    has_blanks: bool = False  # one stands before each cell
    above: int = 0  # rows before the header, with the title of the table


def layout_of(stream: TextIO, suffix: str) -> Layout:
    """Find out how the table is written, and leave the stream before its first row."""
    named = _named_delimiter(stream)
    start = stream.tell()
    sample = stream.read(SAMPLE)
    stream.seek(start)
    tables = {sign: _rows(sample, sign) for sign in named or DELIMITERS[suffix]}
    sign = max(tables, key=lambda sign: _likeness(tables[sign]))
    if not named and _likeness(tables[sign]) == NO_TABLE:
        return Layout(NO_DELIMITER)
    above = _above(tables[sign])
    has_quotes = sign != "\t" or _are_closed(stream)
    stream.seek(start)
    return Layout(sign, has_quotes, _have_blanks(tables[sign][above:]), above)


def _named_delimiter(stream: TextIO) -> str:
    """Return what Excel's own first line "sep=;" names, having read that line."""
    start = stream.tell()
    lines = iter(lambda: stream.readline(LONGEST_FIELD), "")
    first = next(filter(str.strip, lines), "").strip(" \r\n")
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    stream.seek(start)
    return ""


def _rows(sample: str, delimiter: str) -> Rows:
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    found = list(islice(rows, ROWS))
    is_cut = len(sample) == SAMPLE and len(found) < ROWS
    return found[:-1] if is_cut and len(found) > 1 else found


def _likeness(rows: Rows) -> tuple[float, bool, int]:
    """Return how much this is a table: the larger, the more.

    Rows have as many cells as their header. Commas in a text have a blank after them.
    """
    filled = [row for row in rows[_above(rows) :] if _filled(row)]
    filled = filled or [max(rows, key=len, default=[])]  # an empty sheet
    cells = len(filled[0])
    if cells < 2:
        return NO_TABLE
    alike = sum(len(row) == cells for row in filled) / len(filled)
    return alike, not _have_blanks(filled), cells


def _have_blanks(rows: Rows) -> bool:
    header = next(filter(_filled, rows), [])
    return len(header) > 1 and all(cell.startswith(" ") for cell in header[1:])


def _above(rows: Rows) -> int:
    """Return how many rows stand above the table: its title, a date.

    In spreadsheets they have one cell filled, the first one. In other files they are
    plain lines, and a blank one comes before the table.
    """
    at = next((n for n, row in enumerate(rows) if _filled(row) > 1), 0)
    titles = [row for row in rows[:at] if _filled(row)]
    below = [row for row in rows[at + 1 :] if _filled(row)]
    if not titles or not below or not _are_names(rows[at], below):
        return 0
    if any(not row[0].strip() or row[0].strip().lower() in NAMES for row in titles):
        return 0  # one named column, and others without a name
    if all(len(row) > 1 for row in titles):
        return at if sum(_filled(row) > 1 for row in below) * 2 > len(below) else 0
    alike = all(len(row) == len(rows[at]) for row in below)
    return at if alike and not _filled(rows[at - 1]) else 0


def _are_names(header: Sequence[str], below: Rows) -> bool:
    """Whether these are names of columns, one for each: no numbers, no dates."""
    names = [cell.strip() for cell in header if cell.strip()]
    return len(names) >= max(map(_filled, below)) and not any(
        name[0].isdigit() for name in names
    )


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _are_closed(stream: TextIO) -> bool:
    """Whether all quotation marks at the start of cells are closed at their end.

    Tables with tabs between their cells often have none that mean anything.
    """
    try:
        deque(csv.reader(stream, delimiter="\t", strict=True), maxlen=0)
    except csv.Error:
        return False
    return True
