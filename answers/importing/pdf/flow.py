"""Lines of pages -> headings and paragraphs, across the borders of pages."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import regex

from answers.importing.blocks import Block, Heading, Paragraph
from answers.importing.pdf.lines import Line, Page
from answers.importing.pdf.marks import Mark, bare

LARGER = 1.15  # times the size of the text: a heading
LONGEST_HEADING = 150  # code points
LONGEST_WORD = 60  # code points; a broken one is mended
LONGEST = 20_000  # code points; a paragraph of more never ends: it is a table, or noise
WIDE_GAP = 1.35  # times the usual distance of lines: a new paragraph
APART = 1.12  # times it: so too below a line with room left, as the rows of a table
SHORT = 0.75  # of the usual length of lines: the last of a paragraph, if it ends so
LONG = 0.9  # of the lines of a page have less: a full line
SMALLER = 0.95  # times the size of the text, or less: a note, a caption
MOST_NOTES = 60  # lines; more are a part of the text in small print
ITEM = regex.compile(r"[•●▪■◦‣–—∙·*-]\s|\(?(?:\d{1,3}|\p{L})[.)]\s")
ENDED = regex.compile(r"[.!?…:;。！？][\p{Pe}\p{Pf}\"'’]*$")
WORD = regex.compile(r"[\p{L}\p{M}]+(?:-[\p{L}\p{M}]+)*")
BROKEN = regex.compile(r"(?P<word>[\p{L}\p{M}]+)[-\u00ad\u2010]$")
FIRST = regex.compile(r"[\p{L}\p{M}]+")


@dataclass(slots=True)
class Flow:
    """Goes over the pages in order; a paragraph may stay open until the next page."""

    marks: dict[int, list[Mark]]
    text: str = ""  # of the open paragraph
    page: int = 0  # on which it began
    tight: bool = False  # it is an item of a list, or the row of a table
    was_tight: bool = False
    last: Line | None = None
    # In smaller letters, amid the open paragraph: told when that is complete.
    notes: list[tuple[Line, int]] = field(default_factory=list)
    was_note: bool = False  # the line before
    usual: float = 0.0  # points; between the lines of a paragraph on this page
    length: float = 0.0  # code points; of most lines of this page
    full: float = 0.0  # code points; of a line of this page that has no more room
    body: float = 0.0  # points; the size of most letters
    words: set[str] = field(default_factory=set)

    def blocks(self, pages: list[Page]) -> Iterator[Block]:
        """Yield what is complete after these pages."""
        self.body = _body(pages) or self.body
        self.words = {
            str(word).casefold()
            for page in pages
            for line in page.lines
            for word in WORD.findall(line.text)
        }
        for page in pages:
            yield from self._page(page)

    def rest(self) -> Iterator[Block]:
        """Yield the paragraph that is still open, and the notes that stand amid it."""
        if self.text:
            gap = "\n" if self.tight and self.was_tight else "\n\n"
            yield Paragraph(self.text, gap, self.page)
            self.was_tight = self.tight
        self.text = ""
        notes, self.notes = self.notes, []
        for line, page in notes:
            if self._begins(line):
                yield from self.rest()
            self._add(line, page)
        if notes:
            yield from self.rest()

    def _page(self, page: Page) -> Iterator[Block]:
        marks = list(self.marks.get(page.number, ()))
        lines = page.lines
        yield from self._missing(marks, lines)
        lengths = sorted(len(line.text) for line in lines) or [0]
        self.length = median(lengths)
        self.full = lengths[int(LONG * len(lengths))]
        self.usual = _usual_gap(lines, self.length, self.body)
        first = True
        at = 0
        while at < len(lines):
            heading, used = self._heading(lines, at, marks)
            if heading is not None:
                yield from self.rest()
                yield heading
                self.last, self.was_tight = None, False
            elif self._is_note(lines[at]):
                self.notes.append((lines[at], page.number))
                self.was_note = True
            else:
                if self._begins(lines[at], first=first):
                    yield from self.rest()
                self._add(lines[at], page.number)
            first = False
            at += used

    def _missing(self, marks: list[Mark], lines: list[Line]) -> Iterator[Block]:
        """Yield the bookmarks that no line of their page spells, at its top."""
        for mark in list(marks):
            if not any(_matched(mark, lines, at) for at in range(len(lines))):
                marks.remove(mark)
                yield from self.rest()
                yield Heading(mark.level, mark.title)
                self.last = None

    def _heading(
        self, lines: list[Line], at: int, marks: list[Mark]
    ) -> tuple[Heading | None, int]:
        """Return the heading that begins at the line, and how many lines it takes."""
        for mark in marks:
            if used := _matched(mark, lines, at):
                marks.remove(mark)
                return Heading(mark.level, mark.title), used
        if self.marks or not self._is_large(lines[at]):
            return None, 1
        size, used = lines[at].size, 1
        while at + used < len(lines) and lines[at + used].size == size and used < 3:
            used += 1
        title = " ".join(line.text for line in lines[at : at + used])
        if len(title) > LONGEST_HEADING:
            return None, 1
        # Only compared with one another: larger letters are a higher level.
        return Heading(1000 - round(size * 2), title), used

    def _is_large(self, line: Line) -> bool:
        if line.is_row:
            return False
        letters = sum(c.isalpha() for c in line.text)
        return bool(self.body) and line.size >= LARGER * self.body and letters > 1

    def _is_note(self, line: Line) -> bool:
        """Whether the line stands amid a sentence of the text, and is not part of it.

        As a footnote does where the sentence goes on over the page.
        """
        last = self.last
        if not self.text or last is None or _is_ended(last):
            return False
        in_text = SMALLER * self.body <= last.size <= self.body / SMALLER
        apart = bool(self.notes) or last.top - line.top > WIDE_GAP * self.usual
        small = line.size <= SMALLER * last.size and not ITEM.match(line.text)
        return in_text and apart and small and len(self.notes) < MOST_NOTES

    def _begins(self, line: Line, *, first: bool = False) -> bool:
        """Whether a paragraph begins with this line."""
        last = self.last
        new = not self.text or last is None or len(self.text) > LONGEST
        if new or last is None or _stands_alone(line) or last.is_row:
            return True
        if abs(line.size - last.size) > 0.1 * last.size:
            return True
        ended = _is_ended(last)
        if first or line.top > last.top + self.usual:  # the next page, the next column
            # The last line of a page that has room left ends a paragraph.
            short = self.was_note or len(last.text) < SHORT * self.full
            return ended or (short and not _goes_on(last, line))
        if self.was_note:
            return True
        gap = last.top - line.top
        if gap > WIDE_GAP * self.usual:
            return True
        if gap > APART * self.usual and not line.text[0].islower():
            return len(last.text) < SHORT * self.full
        return ended and len(last.text) < SHORT * self.length

    def _add(self, line: Line, page: int) -> None:
        if self.text:
            self.text = joined(self.text, line.text, self.words)
        else:
            self.text, self.page = line.text, page
            self.tight = _stands_alone(line)
        self.last, self.was_note = line, False


def _stands_alone(line: Line) -> bool:
    """Whether the line is a row of a table, or begins an item of a list."""
    return line.is_row or bool(ITEM.match(line.text))


def _is_ended(line: Line) -> bool:
    return bool(ENDED.search(line.text[-LONGEST_WORD:]))


def _goes_on(last: Line, line: Line) -> bool:
    """Whether the line goes on with the sentence of another, without a doubt."""
    return bool(BROKEN.search(last.text[-LONGEST_WORD:])) or line.text[0].islower()


def joined(text: str, line: str, words: Iterable[str]) -> str:
    """Return the text with the next line added; a word broken at its end is mended.

    A hyphen stays where the word is written with one elsewhere, and before capitals
    and numbers.
    """
    broken, first = BROKEN.search(text[-LONGEST_WORD:]), FIRST.match(line)
    if broken is None:
        return f"{text}{line}" if text.endswith("-") else f"{text} {line}"
    if text.endswith("\u00ad"):
        return f"{text[:-1]}{line}"
    if first is None or not first[0][0].islower():
        return f"{text}{line}"
    whole = f"{broken['word']}{first[0]}".casefold()
    hyphened = f"{broken['word']}-{first[0]}".casefold()
    if hyphened in words and whole not in words:
        return f"{text}{line}"
    return f"{text[:-1]}{line}"


def _matched(mark: Mark, lines: list[Line], at: int) -> int:
    """Return how many lines from `at` on spell the bookmark's title, 0 if none do."""
    wanted = bare(mark.title)
    for used in (1, 2, 3):
        spelt = " ".join(item.text for item in lines[at : at + used])
        if wanted and bare(spelt) == wanted:
            return used
    return 0


def _body(pages: list[Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], -size), default=0.0)


def _usual_gap(lines: list[Line], length: float, body: float) -> float:
    """Return how far the lines of a paragraph are apart.

    Where many lines are paragraphs of their own, as in lists and tables, the nearest of
    those below a long line of the text tell it.
    """
    pairs = [(a, b) for a, b in pairwise(lines) if a.top > b.top]
    gaps = [a.top - b.top for a, b in pairs]
    within = sorted(
        a.top - b.top
        for a, b in pairs
        if a.size == b.size == body and len(a.text) >= SHORT * length
    )
    return min([median(gaps or [0.0]), *within[len(within) // 4 :][:1]])
