"""Plain text: paragraphs between blank lines, and headings that typists make.

What stands under no heading is named like the file.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

import regex

from answers.importing.blocks import Paragraph, passages
from answers.importing.decoding import CHUNK, open_text
from answers.importing.incoming import Incoming
from answers.importing.plain_headings import OFTEN, in_capitals, with_headings
from answers.library import NewPassage

BLANK_LINES = regex.compile(r"\n[^\S\n]*(?:\n\s*)")
MOST_HELD = 16 * CHUNK  # code points; a longer paragraph is given in pieces
# What a terminal does and nobody reads: colours, and letters struck over another.
CONTROL = regex.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[^\n]\x08")
LONGEST_GAP = 100  # code points; what is longer is no quote that anyone wants


def read(file: Incoming) -> Iterator[NewPassage]:
    with open_text(file) as stream:
        capitals = Counter(map(in_capitals, paragraphs(stream)))
        repeated = {line for line, count in capitals.items() if count >= OFTEN}
        stream.seek(0)
        blocks = with_headings(paragraphs(stream), repeated=repeated)
        yield from passages(blocks, title=file.stem, above=(file.stem,))


def paragraphs(stream: TextIO) -> Iterator[Paragraph]:
    """Yield the paragraphs, holding no more of the text than one of them."""
    held = gap = ""
    while chunk := stream.read(CHUNK):
        held += chunk
        start = 0
        for found in BLANK_LINES.finditer(held):
            if found.end() == len(held):
                break  # more blank lines may follow
            text = held[start : found.start()]
            yield from _paragraph(text, gap)
            start, gap = found.end(), _end(text) + found[0]
        held = held[start:]
        if len(held) > MOST_HELD:
            end = max(held.rfind(" "), held.rfind("\n")) + 1 or len(held)
            yield from _paragraph(held[:end], gap)
            held, gap = held[end:], _end(held[:end])
    yield from _paragraph(held, gap)


def _end(text: str) -> str:
    """Return the blanks that the text ends in."""
    return text[len(text.rstrip()) :]


def _paragraph(text: str, gap: str) -> Iterator[Paragraph]:
    bare = CONTROL.sub("", text).strip()
    if bare:
        gap += text[: len(text) - len(text.lstrip())]
        yield Paragraph(bare, gap if len(gap) <= LONGEST_GAP else "\n\n")
