"""Where the lines of a text end on purpose: in lists, tables, addresses, titles.

WordPiece takes a line break for a blank, and two rows of a list then read as one
sentence. A break that an editor made because the line was full means nothing and is
not among them: a mark in the middle of a sentence costs as many answers as a missing
one (answers/training/TRIED.md, "Line ends").
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

# What WordPiece takes for a blank and people for the end of a line.
BREAKS: Final = "\n\r\u2028\u2029"
# With all the blanks and blank lines behind it.
GAP: Final = re.compile(rf"(?:\r\n|[{BREAKS}])(\s*)")
# Lines that an editor breaks are about so long, in code points.
SHORTEST_WRAPPED: Final = 45
LONGEST_WRAPPED: Final = 120
# What puts words into columns; justified lines seldom have as many blanks in a row.
COLUMNS: Final = " " * 4

# After these a mark would say nothing new, or the line plainly goes on.
ENDS: Final = ".!?;:…‥。！？；：．｡؟؛۔।॥։።፧"
GOES_ON: Final = ",，、،﹐､-‐‑‒–—―([{«“‘（［｛「『【《〈"
NO_MARK: Final = frozenset(ENDS + GOES_ON)
# Brackets, quotes and emphasis that may stand behind the end of a sentence.
CLOSERS: Final = ")]}\"'”’»›）］｝」』】》〉*_"
WORD: Final = re.compile(r"[^\W_]")

# What a new item begins with: a bullet, a number, "Phone: ".
MARKER: Final = re.compile(
    r"[-*+#>|–—•‣◦▪▫●○■□·∙※✓✔☐☑☒]\s"
    r"|[•‣◦▪●■☐☑☒|]"
    r"|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{2,5})\)\s"
    r"|\d{1,3}\.\s"
    r"|[^\W\d_a-z][\w-]*(?: [\w-]+){0,2}:\s"
)
# What entries of logs, chats and lists of sources begin with. A line of prose may, too.
STAMP: Final = re.compile(
    r"\[?\d{4}[-./]\d\d?[-./]\d\d?\b"
    r"|\[?\d\d?[./]\d\d?[./]\d{2,4}\b"
    r"|\[?\d\d?:\d\d\b"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d"
    r"|\[\d+\]\s"
)


class Line(NamedTuple):
    """A line without the blanks around it; they count in its width."""

    words: str
    end: int  # code points of the text
    indent: int

    @property
    def start(self) -> int:
        return self.end - len(self.words)

    @property
    def width(self) -> int:
        return self.indent + len(self.words)

    @property
    def has_bars(self) -> bool:
        return self.words[0] == "|" or " | " in self.words

    @property
    def is_row(self) -> bool:
        return self.has_bars or "\t" in self.words or COLUMNS in self.words

    @property
    def wants_mark(self) -> bool:
        """No ruler such as "-----" or "|---|---|", nor ended by a mark of its own."""
        last = self.words.rstrip(CLOSERS)[-1:]
        # A dash at the end of a row stands for nothing at all.
        ended = ENDS if self.is_row else NO_MARK
        return last not in ended and WORD.search(self.words) is not None


def line_ends(text: str) -> Iterator[tuple[int, bool]]:
    """Each place where a line ends on purpose, and whether a blank line follows.

    In code points, behind the last character that is no blank. None at the end of the
    text, nor where punctuation says already that something ends there.
    """
    for block, after in pairwise([*blocks(text), []]):
        for line, wrapped in zip(block, _wraps(block), strict=False):
            if not wrapped and line.wants_mark:
                yield line.end, False
        if after and block[-1].wants_mark:
            yield block[-1].end, True


def blocks(text: str) -> Iterator[list[Line]]:
    """Lines that no blank line parts."""
    block: list[Line] = []
    for line, is_last in _lines(text):
        if line.words:
            block.append(line)
        if is_last and block:
            yield block
            block = []


def _lines(text: str) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether a blank line or nothing follows."""
    begin = indent = 0
    for gap in GAP.finditer(text):
        last_break = max(gap[1].rfind(mark) for mark in BREAKS)
        yield _line(text, begin, gap.start(), indent), last_break >= 0
        begin, indent = gap.end(), len(gap[1]) - 1 - last_break
    yield _line(text, begin, len(text), indent), True


def _line(text: str, begin: int, end: int, indent: int) -> Line:
    line = text[begin:end].rstrip()
    words = line.lstrip()  # the first line's own indentation, no other's
    return Line(words, begin + len(line), indent + len(line) - len(words))


def _wraps(block: list[Line]) -> list[bool]:
    """Of each line but the last, whether it goes on in the next."""
    width = max(
        (w for line in block if (w := line.width) <= LONGEST_WRAPPED), default=0
    )
    small = sum(line.words[0].islower() for line in block)
    is_prose = small * 2 >= len(block)
    stamped = sum(STAMP.match(line.words) is not None for line in block)
    are_entries = stamped >= 2 and stamped * 2 >= len(block)
    return [
        _may_go_on(line, after)
        and not (are_entries and STAMP.match(after.words))
        and (
            is_prose
            or after.words[0].islower()
            or (_was_full(line, after, width) and (not number or _in_line(line, after)))
        )
        for number, (line, after) in enumerate(pairwise(block))
    ]


def _may_go_on(line: Line, after: Line) -> bool:
    return (
        SHORTEST_WRAPPED <= line.width <= LONGEST_WRAPPED
        and not (line.is_row or after.is_row)
        and not MARKER.match(after.words)
    )


def _was_full(line: Line, after: Line, width: int) -> bool:
    """The next word would have made it wider than any line around it."""
    return line.width + 1 + len(after.words.split(maxsplit=1)[0]) > width


def _in_line(line: Line, after: Line) -> bool:
    """An item's second line may be indented; elsewhere that says something new."""
    return line.indent == after.indent or MARKER.match(line.words) is not None
