"""A page of a PDF -> its lines, with their place and the size of their letters."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any

import regex
from django.utils.translation import gettext as _
from pypdf import PageObject
from pypdf.generic import ArrayObject, ContentStream, FloatObject, NameObject

from answers.importing.incoming import UnreadableFile
from answers.importing.numerals import BULLET, is_raised, raised
from answers.importing.pdf.bullets import Bullets

PAGE_SECONDS = 20.0  # a page that takes longer was made to
UNPRINTABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
BLANKS = regex.compile(r"[^\S\n]+")
# Letters that a printer joined: "ﬁnd" is "find" to everyone who asks.
LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)


# No widths of letters are told: about those of Helvetica, in parts of their size.
NARROW = regex.compile(r"[\p{P}\p{M}ijlftrI| \u00a0--@%&—…]", regex.V1)
BROAD = regex.compile(r"[\p{Lu}wm@%&—…+=<>€]")
SQUARE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
WIDE = 1.0  # times the size of the letters: more than words are apart
SAME = 0.2  # times the size: lines at one height, what hardly overlaps
SMALLER, HIGHER = 0.85, 0.15  # times the size of the line: a number set above it
TYPED = regex.compile(r"courier|mono|typewriter", regex.I)
COURIER = 0.6  # times the size: the width of its letters
EM = 1000  # in these units text is moved within a line
MOVES = {b"Td", b"TD", b"Tm", b"T*", b"Ts", b"'", b'"'}
SHOWS = {b"Tj", b"TJ", b"'", b'"'}
PAUSE = ([FloatObject(at) for at in (1, 0, 0, 1, 0, 0)], b"cm")  # changes nothing


@dataclass(frozen=True, slots=True)
class Piece:
    """What is set in one go: a word, a cell, a line."""

    text: str
    left: float  # points
    right: float  # about
    top: float  # points above the foot of the page
    size: float  # points


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    top: float  # points above the foot of the page
    size: float  # points; of most of its letters
    pieces: tuple[Piece, ...] = ()
    is_row: bool = False  # of a table


@dataclass(frozen=True, slots=True)
class Page:
    number: int  # from 1
    lines: list[Line]


@dataclass(slots=True)
class _Gathering:
    """Takes the pieces that pypdf finds, and joins them to lines."""

    deadline: float
    lines: list[Line] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    place: tuple[float, float] | None = None  # as told of the last piece
    moved: float = 0.0  # parts of the size, within the line: where no place is told
    rise: float = 0.0  # parts of the text's own unit: above the line
    risen: float = 0.0  # that of the last letters
    bullets: Bullets = field(default_factory=Bullets)

    def operand(self, operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        if time.monotonic() > self.deadline:
            raise UnreadableFile(
                _("A page takes too long to read. Please print the file to PDF anew.")
            )
        self.bullets.operand(operator, operands, cm)
        if operator == b"Ts" and operands and isinstance(operands[0], int | float):
            self.rise = float(operands[0])
        elif operator in SHOWS:
            self.risen = self.rise
        if operator == b"TJ" and operands and _is_move(*operands[0][:1]):
            self.moved = -float(operands[0][0]) / EM

    def text(self, text: str, cm: Any, tm: Any, font: Any, size: float | None) -> None:
        for number, part in enumerate(text.split("\n")):
            if number:
                self.end()
            if part.strip():
                self._add(part, cm, tm, size or 1.0, _pitch(font))
            elif part and self.pieces:
                last = self.pieces[-1]
                self.pieces[-1] = replace(last, text=f"{last.text}{part}")

    def _add(self, text: str, cm: Any, tm: Any, size: float, pitch: float) -> None:
        scale = max(abs(tm[3] * cm[3]), abs(tm[1] * cm[2])) or 1.0
        size = round(size * scale, 1)
        place = left, top = _place(cm, tm)
        if self.pieces and place == self.place:
            left = self.pieces[-1].right + self.moved * size
        self.place, self.moved = place, 0.0
        top += self.risen * scale
        width = (pitch * len(text) or _width(text)) * size
        self.pieces.append(Piece(text, left, left + width, top, size))

    def end(self) -> None:
        pieces, self.pieces, self.place = _with_raised(self.pieces), [], None
        if text := text_of(pieces):
            size = size_of(pieces)
            left, top = pieces[0].left, _foot(pieces, size)
            if self.bullets.before(left, top, size):
                text = f"{BULLET}{text}"
            self.lines.append(Line(text, top, size, pieces))


def page_of(page: PageObject, number: int) -> Page:
    """Read the page. Raises UnreadableFile if it takes too long; as pypdf does."""
    found = _Gathering(time.monotonic() + PAGE_SECONDS)
    with _paused(page):
        page.extract_text(visitor_operand_before=found.operand, visitor_text=found.text)
    found.end()
    return Page(number, in_rows(found.lines))


@contextmanager
def _paused(page: PageObject) -> Iterator[None]:
    """Let pypdf tell apart what is set in several places of a line.

    Else it tells a line as one piece, with one blank for any gap. It ends a piece where
    coordinates change, even if they become what they were.
    """
    key = NameObject("/Contents")
    if key not in page:
        yield
        return
    before = page.raw_get(key)
    # As bytes, since only its font tells which letters they are.
    contents = ContentStream(before.get_object(), page.pdf, "bytes")
    contents.operations = list(_with_pauses(contents.operations))
    page[key] = contents
    try:
        yield
    finally:
        page[key] = before


def _with_pauses(operations: Sequence[Any]) -> Iterator[Any]:
    for operands, operator in operations:
        if operator in MOVES:
            yield PAUSE
        if operator != b"TJ" or not operands or not isinstance(operands[0], list):
            yield operands, operator
            continue
        begin, strings = 0, operands[0]
        for at, item in enumerate(strings):
            if at and _is_move(item):
                yield [ArrayObject(strings[begin:at])], operator
                yield PAUSE
                begin = at
        yield [ArrayObject(strings[begin:])], operator


def _is_move(item: Any = None) -> bool:
    """Whether the next letters are set further on in the line, as after a tab."""
    return isinstance(item, int | float) and item <= -EM


def _place(cm: Any, tm: Any) -> tuple[float, float]:
    """Return where letters begin, as seen by whoever turns the page to read them."""
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
    right = tm[0] * cm[0] + tm[1] * cm[2]
    up = tm[0] * cm[1] + tm[1] * cm[3]
    if abs(right) >= abs(up):
        return (x, y) if right >= 0 else (-x, -y)
    return (y, -x) if up > 0 else (-y, x)


def _pitch(font: Any) -> float:
    """Return how wide letters are that are all as wide, 0 if they are not."""
    try:
        widths = {float(width) for width in font.get("/Widths", ()) if width}
        if not widths and TYPED.search(str(font.get("/BaseFont"))):
            return COURIER
    except (AttributeError, TypeError, ValueError):  # no font, or a broken one
        return 0.0
    return widths.pop() / EM if len(widths) == 1 else 0.0


def _width(text: str) -> float:
    """Return about how wide the text is, in parts of the size of its letters."""
    narrow, broad, square = (
        len(kind.findall(text)) for kind in (NARROW, BROAD, SQUARE)
    )
    return 0.54 * len(text) - 0.26 * narrow + 0.16 * broad + 0.46 * square


def _with_raised(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the pieces of a line with numbers above it as such: 10³, not 103."""
    if not pieces:
        return ()
    size = size_of(pieces)
    foot = _foot(pieces, size)
    found: list[Piece] = []
    for above, run in groupby(pieces, lambda piece: _stands_above(piece, foot, size)):
        group = list(run)
        if above and is_raised("".join(piece.text for piece in group)):
            group = [replace(piece, text=raised(piece.text)) for piece in group]
        found += group
    return tuple(found)


def _stands_above(piece: Piece, foot: float, size: float) -> bool:
    return piece.size <= SMALLER * size and piece.top >= foot + HIGHER * size


def _foot(pieces: Sequence[Piece], size: float) -> float:
    """Return where the letters of most of the line stand."""
    return next(piece.top for piece in pieces if piece.size == size)


def in_rows(lines: Sequence[Line]) -> list[Line]:
    """Join lines that stand at one height: the cells of a row, the parts of a head."""
    rows: list[Line] = []
    for line in lines:
        if rows and _goes_on(rows[-1], line):
            row = rows.pop()
            pieces = (*row.pieces, *line.pieces)
            text = f"{row.text} {line.text}"
            rows.append(Line(text, row.top, size_of(pieces), pieces))
        else:
            rows.append(line)
    return rows


def _goes_on(row: Line, line: Line) -> bool:
    apart = line.pieces[0].left - row.pieces[-1].right
    return abs(line.top - row.top) < SAME * row.size and apart > -SAME * row.size


def wide_parts(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces, parted where wide gaps are between them."""
    parts = [list(pieces[:1])]
    for last, piece in pairwise(pieces):
        if piece.left - last.right >= WIDE * piece.size:
            parts.append([])
        parts[-1].append(piece)
    return parts


def text_of(pieces: Sequence[Piece]) -> str:
    return str(BLANKS.sub(" ", clean("".join(piece.text for piece in pieces)))).strip()


def size_of(pieces: Sequence[Piece]) -> float:
    sizes: Counter[float] = Counter()
    for piece in pieces:
        sizes[piece.size] += len(piece.text)
    return max(sizes, key=lambda each: (sizes[each], each))


def clean(text: str) -> str:
    """Return the text without what broken fonts make of letters."""
    text = SURROGATE.sub("\ufffd", UNPRINTABLE.sub("", text))
    return str(text.translate(LIGATURES))
