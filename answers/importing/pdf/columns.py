"""Tables of a PDF: nothing says what they are, so the places of words are looked at.

Rows that follow each other are a table where the same gaps run down through all of
them. A row is written with bars between its cells, as those of other formats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

import regex

from answers.importing.pdf.lines import Line, Piece, text_of, wide_parts

GUTTER = 0.7  # times the size of the letters: what at least stays free between columns
FEWEST_ROWS = 3  # chance puts gaps of two lines below each other
IN_TWO_ROWS = 3  # columns that are a table even so
FARTHEST = 4.0  # times the size of the letters: from a row to the next
FILLED = 0.6  # of the cells: else these are lines that begin in several places, as code
ALIKE = 0.15  # times the size of the letters, or less: rows of one table
LONG = 40  # rows: if so many are no table, none of them begins one
# Code points: most cells of a column have fewer, else it is one of two columns of text.
LONGEST = 30
MARK = regex.compile(
    r"[^\p{L}\p{N}]|\(?(?:\d{1,3}|\p{L})[.)]|\d{1,3}(?:\.\d{1,2})*|\[[^\]]{1,12}\]"
)

Span = tuple[float, float]  # points: where a column begins and ends


def with_tables(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines; those that are rows of a table with bars between their cells."""
    at = 0
    while at < len(lines):
        spans, count = _table(lines[at:])
        for line in lines[at : at + count]:
            yield _row(line, spans) if spans else line
        at += count


def _table(lines: Sequence[Line]) -> tuple[list[Span], int]:
    """Return the columns of a table that begins with the first line, and its rows.

    No columns where none begins: then these are the lines that begin none.
    """
    spans, count = _spans(lines[0]), 1
    while count < len(lines) and _follows(lines[count - 1], lines[count]):
        most = max(
            len(wide_parts(line.pieces)) for line in lines[count - 1 : count + 1]
        )
        below = _spans(lines[count], spans)
        if len(below) < max(len(spans), most):
            break
        spans, count = below, count + 1
    spans = _without_marks(lines[:count], spans)
    if _is_table(lines[:count], spans):
        return spans, count
    return [], count if count >= LONG else 1


def _follows(line: Line, below: Line) -> bool:
    """Whether both may be rows of one table."""
    alike = abs(line.size - below.size) <= ALIKE * line.size
    near = 0 < line.top - below.top <= FARTHEST * line.size
    return (
        alike and near and all(len(wide_parts(row.pieces)) > 1 for row in (line, below))
    )


def _is_table(rows: Sequence[Line], spans: Sequence[Span]) -> bool:
    if len(spans) < 2 or len(rows) < (2 if len(spans) >= IN_TWO_ROWS else FEWEST_ROWS):
        return False
    columns = list(zip(*(_cells(row, spans) for row in rows), strict=True))
    filled = sum(bool(cell) for column in columns for cell in column)
    is_text = all(median(map(len, column)) > LONGEST for column in columns)
    return filled >= FILLED * len(rows) * len(spans) and not is_text


def _spans(row: Line, above: Sequence[Span] = ()) -> list[Span]:
    """Return where the row, or those above, have something; parted by what is free."""
    spans: list[Span] = []
    places = ((piece.left, piece.right) for piece in row.pieces)
    for left, right in sorted([*above, *places]):
        if spans and left - spans[-1][1] < GUTTER * row.size:
            begin, end = spans.pop()
            spans.append((begin, max(end, right)))
        else:
            spans.append((left, right))
    return spans


def _without_marks(rows: Sequence[Line], spans: list[Span]) -> list[Span]:
    """Return the columns, marks of a list with what they stand before."""
    first, *rest = spans
    if rest and all(MARK.fullmatch(_cells(row, spans)[0] or "•") for row in rows):
        return [(first[0], rest[0][1]), *rest[1:]]
    return spans


def _cells(row: Line, spans: Sequence[Span]) -> list[str]:
    starts = [begin for begin, _end in spans[1:]]
    cells: list[list[Piece]] = [[] for _span in spans]
    for piece in row.pieces:
        cells[sum(piece.left >= start for start in starts)].append(piece)
    return [text_of(cell) for cell in cells]


def _row(line: Line, spans: Sequence[Span]) -> Line:
    text = " | ".join(_cells(line, spans)).rstrip(" |")
    return replace(line, text=" ".join(text.split()), is_row=True)
