"""What a reviewer selected in a passage: found by text nodes, verified, tidied.

The page shows a passage in segments, one element with one text node for each. The
browser says in which segment a selection begins and ends, how many UTF-16 units into
it, and which text that is. Code points are counted here alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex
from django.utils.translation import gettext as _

from answers.reviewing.judging import Refused

# Code points. Browsers cut longer texts into several nodes as they parse (Chromium
# after 65,536 units), and each segment must be one.
LONGEST_SEGMENT = 2000
GRAPHEME = regex.compile(r"\X")
# Between two of these there is always a border of graphemes, whatever stands around.
PLAIN = r"[\p{Grapheme_Cluster_Break=Other}\p{Grapheme_Cluster_Break=Control}\n]"
LAST_SURE_BORDER = regex.compile(rf"(?r){PLAIN}(?={PLAIN})")  # (?r): from the end
# Flags are pairs, told apart by counting from the first; `regex` counts for each anew.
LAST_FLAGS = regex.compile(r"(?r)\p{Regional_Indicator}{3,}")
LAST_WORD_END = regex.compile(rf"(?r)\s(?={PLAIN})")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the passage that is shown marked: text[start:end]."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A slice of the passage; its number is the code point at which it begins.

    Hence a number means the same place in whatever way the passage was cut up.
    """

    number: int
    text: str
    marks: tuple[str, ...]  # names of those that cover it


@dataclass(frozen=True, slots=True)
class Place:
    """An end of a selection: so many UTF-16 units into the segment of this number."""

    segment: int
    units: int


@dataclass(frozen=True, slots=True)
class Selected:
    """text[start:end] of the passage, in code points."""

    start: int
    end: int
    text: str


def segments(text: str, marks: Sequence[Mark] = ()) -> list[Segment]:
    """Cut the text where marks begin and end, and long stretches between words.

    The segments joined are the text; none is empty.
    """
    ends = {0, len(text)}.union(*((mark.start, mark.end) for mark in marks))
    borders = [0]
    for start, end in pairwise(sorted(ends)):
        borders += _pieces(text, start, end)
    return [
        Segment(start, text[start:end], tuple(_covering(marks, start, end)))
        for start, end in pairwise(borders)
    ]


def resolve(text: str, start: Place, end: Place, quoted: str) -> Selected:
    """Return what was selected, with whole graphemes and without blanks at its ends.

    `quoted`: what the browser believes that it selected. Raises Refused where that is
    not what stands there, and where nothing but blanks was selected.
    """
    first, last = _point(text, start), _point(text, end)
    units = _utf16(text[first.before : last.after])
    units = units[2 * first.half : len(units) - 2 * last.half]
    # A browser sends half of a surrogate pair as U+FFFD, which is how this reads it.
    if not units or units.decode("utf-16-le", "replace") != quoted:
        raise Refused(_("This is not what the passage says. Please select it again."))
    return _tidied(text, first.before, last.after)


def utf16_length(text: str) -> int:
    """Return how long the text is to a browser."""
    return len(_utf16(text)) // 2


@dataclass(frozen=True, slots=True)
class _Point:
    before: int  # code point
    after: int  # the same, or the next one, where the place is in the middle of a pair

    @property
    def half(self) -> bool:
        return self.before != self.after


def _point(text: str, place: Place) -> _Point:
    if place.segment < 0 or place.units < 0:
        raise Refused(_("This is not what the passage says. Please select it again."))
    units = _utf16(text[place.segment : place.segment + place.units])
    if len(units) < 2 * place.units:
        raise Refused(_("This is not what the passage says. Please select it again."))
    whole = units[: 2 * place.units].decode("utf-16-le", "ignore")
    before = place.segment + len(whole)
    return _Point(before, before + (len(_utf16(whole)) < 2 * place.units))


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _tidied(text: str, start: int, end: int) -> Selected:
    start, end = _borders(text, start)[0], _borders(text, end)[1]
    quote = text[start:end]
    if not quote.strip():
        raise Refused(_("Nothing but blanks is selected."))
    leading = len(quote) - len(quote.lstrip())
    trailing = len(quote) - len(quote.rstrip())
    # A blank that carries an accent, or is carried by a sign, is more than a blank.
    start = _borders(text, start + leading)[0]
    end = _borders(text, end - trailing)[1]
    return Selected(start, end, text[start:end])


def _borders(text: str, at: int) -> tuple[int, int]:
    """Return the nearest borders between graphemes: at or before, at or after."""
    if not 0 < at < len(text):
        return at, at
    begin = _sure_border(text, at)
    if begin == at:
        return at, at
    graphemes = GRAPHEME.finditer(text, begin)
    found = next(one for one in graphemes if one.end() >= at)
    return (at, at) if found.end() == at else (found.start(), found.end())


def _sure_border(text: str, at: int) -> int:
    """Return a border between graphemes at or before `at`, and not far from it."""
    sure = LAST_SURE_BORDER.search(text, 0, at + 1)
    flags = LAST_FLAGS.search(text, 0, at)
    return max(
        sure.end() if sure else 0,
        flags.start() + (flags.end() - flags.start() - 1) // 2 * 2 if flags else 0,
    )


def _pieces(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where segments of a stretch end, each of bounded length."""
    while end - start > LONGEST_SEGMENT:
        most = start + LONGEST_SEGMENT
        within = (text, start + LONGEST_SEGMENT // 2, most)
        cut = LAST_WORD_END.search(*within) or LAST_SURE_BORDER.search(*within)
        start = cut.end() if cut else most
        yield start
    yield end


def _covering(marks: Sequence[Mark], start: int, end: int) -> Iterator[str]:
    return (mark.name for mark in marks if mark.start <= start and end <= mark.end)
