"""Tables in plain text: which cells stand under which head of a column.

A reader that sees one word after another finds the row of a table and then takes a
value of another column: what the columns hold is said once, far above. With its head
before each cell, a row reads as a form does ("Toll: 2 coins, Colour: yellow").
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from .lines import Line, blocks

# What stands between cells: bars, tabs, or blanks that put them into columns.
BAR: Final = re.compile(r"(?<!\\)\|")
TAB: Final = re.compile(r"\t")
BLANKS: Final = re.compile(r"[ \u00a0]{2,}")
LONE_BAR: Final = re.compile(r"(?<= {2})\|(?= {2}|$)")
RULER: Final = re.compile(r"[\s|:+=*_~–—-]+")
STROKES: Final = re.compile(r"[-=_–—]{2}")
# With one column of values, a row is a name and its value: its head tells little.
FEWEST_COLUMNS: Final = 3
MOST_COLUMNS: Final = 40
LONGEST_HEAD: Final = 40  # code points: a name, no sentence
LETTER: Final = re.compile(r"[^\W\d_]")
DIGIT: Final = re.compile(r"\d")
NUMBER: Final = re.compile(r"[^\w\s]*\s?\d")  # "€180", "-3.8", "(12"
WORD: Final = re.compile(r"[^\W_]")


class Cell(NamedTuple):
    """Without the blanks around it."""

    words: str
    start: int  # code points of the text
    left: int  # of the line

    @property
    def end(self) -> int:
        return self.start + len(self.words)

    @property
    def right(self) -> int:
        return self.left + len(self.words)


class Row(NamedTuple):
    between: re.Pattern[str]
    cells: Sequence[Cell]


class Table(NamedTuple):
    rows: Sequence[Row]  # at least one
    lines: Sequence[Line]  # rulers among them
    ruled: bool  # a ruler below the first row

    @property
    def has_heads(self) -> bool:
        head, *body = self.rows
        return _are_heads(head, body, ruled=self.ruled)


def heads(text: str) -> Iterator[tuple[Cell, Cell]]:
    """Each cell that stands under a head, and the head, in the order of the text.

    Not those of the first column, which say what a row is about, and not those without
    a letter or digit. A first row without a ruler below it is a row of heads if what
    stands below is of another kind: numbers below a word, for one.
    """
    for block in blocks(text):
        for table in _tables(block):
            head, *body = table.rows
            if len(head.cells) >= FEWEST_COLUMNS and table.has_heads:
                for row in body:
                    yield from _under(head, row)


def head_above(before: str, after: str) -> str:
    """The lines of heads, a ruler included, that the first row of `after` needs.

    Where a long table was cut: `after` goes on in the next line with what `before` ends
    with. "" if that is no table with heads.
    """
    first = next(blocks(after), [])[:1]
    tables = [*_tables([*_last(blocks(before)), *first])]
    if not first or not tables or tables[-1].lines[-1] is not first[0]:
        return ""
    table = tables[-1]
    head, *body = table.rows
    if not body or not table.has_heads or not _columns(head, body[-1]):
        return ""
    begin, end = table.lines[0], table.lines[1 if table.ruled else 0]
    return before[begin.start - begin.indent : end.end]


def _last(found: Iterable[list[Line]]) -> list[Line]:
    last: list[Line] = []
    for block in found:
        last = block
    return last


def _tables(block: Sequence[Line]) -> Iterator[Table]:
    """Rows of one kind that follow each other, and rulers between them."""
    rows: list[Row] = []
    lines: list[Line] = []
    ruled = False
    for line in block:
        if RULER.fullmatch(line.words) and STROKES.search(line.words):
            ruled = ruled or len(rows) == 1
            lines += [line] if rows else []
            continue
        row = _row(line, among=rows)
        if rows and (row is None or row.between is not rows[0].between):
            yield _table(rows, lines, ruled=ruled)
            rows, lines, ruled = [], [], False
        if row is not None:
            rows.append(row)
            lines.append(line)
    if rows:
        yield _table(rows, lines, ruled=ruled)


def _table(rows: Sequence[Row], lines: Sequence[Line], *, ruled: bool) -> Table:
    if not any(row.cells[0].words for row in rows):
        # The nothing before the bar or tab that all of them begin with.
        rows = [Row(row.between, row.cells[1:]) for row in rows]
    head, *body = rows
    return Table([_with_corner(head, body), *body], lines, ruled)


def _row(line: Line, *, among: Sequence[Row]) -> Row | None:
    # In columns made of blanks a bar is a cell: in timetables, a stop left out.
    in_blanks = bool(among) and among[0].between is BLANKS
    if line.has_bars and not (in_blanks and "|" not in LONE_BAR.sub("", line.words)):
        return Row(BAR, _split(line, line.words.removesuffix("|"), BAR))
    if TAB.search(line.words):
        cells = _split(line, line.words, TAB)
        # The line stands without the blanks before it: tabs among them.
        edge = [Cell("", line.start, line.indent)] if line.indent else []
        return Row(TAB, [*edge, *cells])
    if BLANKS.search(line.words):
        return Row(BLANKS, _split(line, line.words, BLANKS))
    return None


def _split(line: Line, words: str, between: re.Pattern[str]) -> Sequence[Cell]:
    cells = []
    begin = 0
    for gap in [*between.finditer(words), None]:
        end = len(words) if gap is None else gap.start()
        cell = words[begin:end].rstrip()
        at = begin + len(cell) - len(cell.lstrip())
        cells.append(Cell(cell.lstrip(), line.start + at, line.indent + at))
        begin = end if gap is None else gap.end()
    return cells


def _with_corner(head: Row, body: Sequence[Row]) -> Row:
    """A line of heads put into columns by blanks, with none above the first column."""
    if head.between is not BLANKS or not body:
        return head
    first = head.cells[0]
    if first.left < max(row.cells[0].right for row in body):
        return head
    return Row(head.between, [Cell("", first.start, 0), *head.cells])


def _are_heads(head: Row, body: Sequence[Row], *, ruled: bool) -> bool:
    names = [cell.words for cell in head.cells]
    if (
        not 1 < len(names) <= MOST_COLUMNS
        or not all(names[1:])
        or max(map(len, names)) > LONGEST_HEAD
    ):
        return False
    return ruled or (
        len(body) > 1
        and all(map(LETTER.search, names[1:]))
        and _are_of_another_kind(names, body, head)
    )


def _are_of_another_kind(names: Sequence[str], body: Sequence[Row], head: Row) -> bool:
    columns = defaultdict[int, list[str]](list)
    for row in body:
        for column, cell in zip(_columns(head, row), row.cells, strict=False):
            columns[column].append(cell.words)
    digits = [at for at, cells in columns.items() if _most(DIGIT.search, cells)]
    numbers = [at for at, cells in columns.items() if _most(NUMBER.match, cells)]
    if any(NUMBER.match(names[at]) for at in numbers):
        return False
    # A table without any digit tells nothing; most of them have heads.
    told = numbers or any(not DIGIT.search(names[at]) for at in digits)
    return not digits or bool(told)


def _most(fits: Callable[[str], object], cells: Sequence[str]) -> bool:
    return 3 * sum(fits(cell) is not None for cell in cells) >= 2 * len(cells)


def _under(head: Row, row: Row) -> Iterator[tuple[Cell, Cell]]:
    for column, cell in zip(_columns(head, row), row.cells, strict=False):
        if column and WORD.search(cell.words):
            yield cell, head.cells[column]


def _columns(head: Row, row: Row) -> Sequence[int]:
    """Of each cell, the number of its column; none where the row does not fit."""
    if len(row.cells) > len(head.cells):
        return []
    if row.between is not BLANKS:
        return range(len(row.cells))
    nearest = [_nearest(cell, head.cells) for cell in row.cells]
    return nearest if nearest == sorted(set(nearest)) else []


def _nearest(cell: Cell, names: Sequence[Cell]) -> int:
    """The head above it: numbers often end where it ends, words begin with it."""

    def apart(column: int) -> int:
        name = names[column]
        return max(name.left, cell.left) - min(name.right, cell.right)

    first = bisect_right(names, cell.left, key=lambda name: name.left) - 1
    behind = bisect_left(
        names, cell.right, lo=max(first, 0), key=lambda name: name.left
    )
    return min(range(max(first, 0), min(behind + 1, len(names))), key=apart)
