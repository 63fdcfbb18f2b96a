"""Where the lines of a text end on purpose: in lists, tables, addresses, titles.

WordPiece takes a line break for a blank, and two rows of a list then read as one
sentence. A break that an editor made because the line was full means nothing and is
not among them: a mark in the middle of a sentence costs as many answers as a missing
one (answers/training/TRIED.md, "Line ends").
"""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Final, NamedTuple

# What WordPiece takes for a blank and people for the end of a line.
BREAK: Final = re.compile(r"\r\n|[\n\r\u2028\u2029]")
# Lines that an editor breaks are about so long, in code points.
SHORTEST_WRAPPED: Final = 45
LONGEST_WRAPPED: Final = 120

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


class Line(NamedTuple):
    """A line without the blanks around it; they count in its width."""

    words: str
    end: int  # code points of the text
    indent: int

    @property
    def width(self) -> int:
        return self.indent + len(self.words)

    @property
    def is_row(self) -> bool:
        return self.words[0] == "|" or " | " in self.words or "\t" in self.words

    @property
    def wants_mark(self) -> bool:
        """No ruler such as "-----" or "|---|---|", nor ended by a mark of its own."""
        last = self.words.rstrip(CLOSERS)[-1:]
        return last not in NO_MARK and WORD.search(self.words) is not None


def line_ends(text: str) -> Iterator[tuple[int, bool]]:
    """Each place where a line ends on purpose, and whether a blank line follows.

    In code points, behind the last character that is no blank. None at the end of the
    text, nor where punctuation says already that something ends there.
    """
    blocks = [*_blocks(text), []]
    for block, after in pairwise(blocks):
        for line, wrapped in zip(block, _wraps(block), strict=False):
            if not wrapped and line.wants_mark:
                yield line.end, False
        if after and block[-1].wants_mark:
            yield block[-1].end, True


def _blocks(text: str) -> Iterator[list[Line]]:
    """Lines that no blank line parts."""
    for is_blank, lines in groupby(_lines(text), key=lambda line: not line.words):
        if not is_blank:
            yield list(lines)


def _lines(text: str) -> Iterator[Line]:
    begin = 0
    for end, following in _breaks(text):
        line = text[begin:end]
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        yield Line(words, begin + indent + len(words), indent)
        begin = following


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    for found in BREAK.finditer(text):
        yield found.span()
    yield len(text), len(text)


def _wraps(block: list[Line]) -> list[bool]:
    """Of each line but the last, whether it goes on in the next."""
    width = max(
        (w for line in block if (w := line.width) <= LONGEST_WRAPPED), default=0
    )
    return [
        _may_go_on(line, after)
        and (
            after.words[0].islower()
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
