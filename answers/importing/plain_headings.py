"""Headings in plain text: underlined lines, and lines in capitals above a text.

Only what cannot be meant otherwise: a line in capitals that comes back is a speaker or
a label, one with nothing under it stays text, and so does the first row of a table.
"""

from collections.abc import Collection, Iterable, Iterator

import regex

from answers.importing.blocks import Block, Heading, Paragraph

UNDERLINE = regex.compile(r"([=\-~^*#\"'`+_])\1{2,}")
LEVELS = {"=": 1, "-": 2}  # of other underlines: 3
CAPITALS = 2  # their level
LONGEST_TITLE = 100  # code points
LONGEST_CAPITALS = 60
MOST_WORDS = 8  # in capitals; more are a sentence
FEWEST_LETTERS = 4
# Rows of tables, items of lists, what goes on, and sentences.
NO_TITLE = regex.compile(r".*(?:\t|\s{2}|\|).*|[-*•+>].*|.*[.,;:!?…]", regex.DOTALL)
OFTEN = 3  # a line in capitals that stands so often is no heading


def in_capitals(paragraph: Paragraph) -> str:
    """Return the first line if it is short, in capitals and the next one is not."""
    first, _, rest = paragraph.text.partition("\n")
    title = first.strip()
    if not _are_capitals(title) or _are_capitals(rest.partition("\n")[0].strip()):
        return ""
    return title


def with_headings(
    paragraphs: Iterable[Paragraph], *, repeated: Collection[str]
) -> Iterator[Block]:
    """Yield the paragraphs, those that begin with a heading in two.

    `repeated` are lines in capitals that are none.
    """
    held: tuple[Heading, Paragraph] | None = None  # while nothing stands under it
    for paragraph in paragraphs:
        heading, rest = _parted(paragraph, repeated)
        if held is not None:
            below = heading is None or heading.level > held[0].level
            yield held[0] if below else held[1]
            held = None
        if heading is not None and rest is None:
            held = heading, paragraph
            continue
        if heading is not None:
            yield heading
        if rest is not None:
            yield rest
    if held is not None:
        yield held[1]


def _parted(
    paragraph: Paragraph, repeated: Collection[str]
) -> tuple[Heading | None, Paragraph | None]:
    """Return what the paragraph begins with, if that is a heading, and its rest."""
    lines = paragraph.text.split("\n", 3)
    over = bool(UNDERLINE.fullmatch(lines[0].strip()))  # a line above the title, too
    title, under = ([*lines[over:], "", ""])[:2]
    heading = None
    used = 2 + over
    if _is_underlined(title.strip(), under.strip()):
        level = LEVELS.get(under.strip()[0], 3)
        heading = Heading(level, title.strip(), "\n".join(lines[:used]))
    elif (capitals := in_capitals(paragraph)) and capitals not in repeated:
        heading = Heading(CAPITALS, capitals)
        used = 1
    if heading is None:
        return None, paragraph
    text = "\n".join(paragraph.text.split("\n")[used:]).strip()
    return heading, Paragraph(text) if text else None


def _is_underlined(title: str, under: str) -> bool:
    """Whether the second line is about as long as the first and made of one mark."""
    return (
        UNDERLINE.fullmatch(under) is not None
        and len(title) <= LONGEST_TITLE
        and len(title) / 2 <= len(under) <= 2 * len(title) + 4
        and any(map(str.isalpha, title))
        and not NO_TITLE.fullmatch(title.rstrip(".,;:!?…"))
    )


def _are_capitals(line: str) -> bool:
    letters = sum(map(str.isupper, line))
    return (
        letters >= FEWEST_LETTERS
        and len(line) <= LONGEST_CAPITALS
        and line == line.upper()
        and letters * 5 >= len(line.replace(" ", "")) * 3
        and len(line.split()) <= MOST_WORDS
        and not NO_TITLE.fullmatch(line)
    )
