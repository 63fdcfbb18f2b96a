"""Lists of Word: what stands before an item is not written, but counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from lxml import etree

from answers.importing.docx.styles import value
from answers.importing.numerals import BULLET, numeral

PLACE = re.compile(r"%([1-9])")  # of the number of a level, in "%1.%2."
LONGEST_TEXT = 60  # code points


@dataclass(frozen=True, slots=True)
class Level:
    kind: str  # "decimal", "lowerLetter", "bullet"; numerals.py knows some
    text: str  # "%1.%2."
    start: int


@dataclass(slots=True)
class Numbered:
    """What shares one count: every list that is made after the same pattern."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)  # by level

    def mark(self, depth: int) -> str:
        """Return what stands before the next item of that depth."""
        level = self.levels.get(depth)
        if level is None or level.kind == "bullet":
            return BULLET if level is None or level.text.strip() else ""
        self.counts[depth] = self.counts.get(depth, level.start - 1) + 1
        self.counts = {at: n for at, n in self.counts.items() if at <= depth}
        text = PLACE.sub(lambda place: self._number(int(place[1]) - 1), level.text)
        return f"{text.strip()} " if text.strip() else ""

    def _number(self, depth: int) -> str:
        level = self.levels.get(depth)
        if level is None:
            return ""
        return numeral(self.counts.get(depth, level.start), level.kind)


class Numbering:
    """All lists of a document, by the number that their paragraphs name."""

    def __init__(self, root: etree._Element | None) -> None:
        self._lists: dict[str, Numbered] = {}
        # Where a list counts from anew, when its first item comes.
        self._starts: dict[str, dict[int, int]] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: etree._Element) -> None:
        patterns = {
            item.get(qn("w:abstractNumId")): Numbered(dict(_levels(item)))
            for item in root.iter(qn("w:abstractNum"))
        }
        for item in root.iter(qn("w:num")):
            number = item.get(qn("w:numId")) or ""
            pattern = patterns.get(value(item, "w:abstractNumId"))
            if pattern is not None:
                self._lists[number] = pattern
                self._starts[number] = dict(_starts(item))

    def mark(self, number: str, depth: int) -> str:
        """Return "2. ", "b) ", "1.1 ", "• ", or "" for an item without a mark."""
        found = self._lists.get(number)
        if found is None:
            return BULLET
        for level, start in self._starts.pop(number, {}).items():
            found.counts[level] = start - 1
        return found.mark(depth)


def _levels(pattern: etree._Element) -> Iterator[tuple[int, Level]]:
    for item in pattern.iter(qn("w:lvl")):
        yield (
            _whole(item.get(qn("w:ilvl")) or "", 0),
            Level(
                value(item, "w:numFmt"),
                value(item, "w:lvlText")[:LONGEST_TEXT],
                _whole(value(item, "w:start"), 1),
            ),
        )


def _starts(item: etree._Element) -> Iterator[tuple[int, int]]:
    for override in item.iter(qn("w:lvlOverride")):
        if start := value(override, "w:startOverride"):
            yield _whole(override.get(qn("w:ilvl")) or "", 0), _whole(start, 1)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise
