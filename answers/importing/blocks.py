"""Headings and paragraphs, as a format finds them -> passages.

A passage holds the paragraphs of one heading that stand next to each other: as many as
make about 150 to 350 words, fewer where a page ends. What is between them is kept, so
that a passage of a text is a slice of that text; only the heads of a table that is cut
are repeated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import cast

from answers.importing.parts import numbered, pieces, words_in
from answers.library import NewPassage
from answers.reader import head_above
from answers.texts import BELOW

MOST = 350  # words in a passage
# Fewer are not left alone: they would be a passage that says nothing.
FEW = 50
# A heading of as many, with nothing under it, is text in the wrong letters. A shorter
# one would only stand in the way: a search weighs titles double.
SENTENCE = 8
SECTION = 300  # code points that a section may have
TITLE = 250
LEADING = 3  # paragraphs that are moved to what they lead to


@dataclass(frozen=True, slots=True)
class Heading:
    level: int  # 1 is the highest
    title: str
    text: str = ""  # as the file spells it, where that differs


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    gap: str = "\n\n"  # what stands between it and the paragraph before
    page: int | None = None
    # Says what the next one is about, as a term before its definition.
    leads: bool = False

    @property
    def introduces(self) -> bool:
        return self.leads or self.text.endswith((":", "："))


Block = Heading | Paragraph


def passages(
    blocks: Iterable[Block], *, title: str, above: tuple[str, ...] = ()
) -> Iterator[NewPassage]:
    """Yield the passages; those before the first heading are named `title`.

    `above` are the headings that all of it stands under.
    """
    path: list[Heading] = []
    bare: Heading | None = None  # the last heading, while nothing has followed it
    for is_heading, run in groupby(blocks, lambda block: isinstance(block, Heading)):
        if is_heading:
            for heading in cast(Iterator[Heading], run):
                if bare is not None and heading.level <= bare.level:
                    yield from _alone(bare, above, path)
                path = [item for item in path if item.level < heading.level]
                path.append(heading)
                bare = heading
        else:
            bare = None
            named = path[-1].title[:TITLE] if path else title
            below = [item.title for item in path]
            if not path and title not in above:
                below = [title]
            section = section_of([*above, *below])
            text = ""
            packs = _packed(cast(Iterator[Paragraph], run))
            for number, pack in enumerate(packs, 1):
                text = _under_heads(text, pack)
                yield NewPassage(
                    title=numbered(named, number),
                    text=text,
                    page=pack[0].page,
                    section=section,
                )
    if bare is not None:
        yield from _alone(bare, above, path)


def section_of(titles: list[str]) -> str:
    """Return the path of headings, the highest first; one alone is the title already.

    Where it would be too long, the highest are left out.
    """
    path = [" ".join(title.split()) for title in titles]
    if len(path) < 2:
        return ""
    section = BELOW.join(path)
    while len(section) > SECTION and len(path) > 1:
        path = path[1:]
        section = BELOW.join(["…", *path])
    return section[:SECTION]


def _alone(
    heading: Heading, above: tuple[str, ...], path: list[Heading]
) -> Iterator[NewPassage]:
    """Yield a heading that nothing stands under, if it is as long as a sentence."""
    if words_in(heading.title) >= SENTENCE:
        section = section_of([*above, *(item.title for item in path)])
        text = heading.text or heading.title
        yield NewPassage(title=heading.title[:TITLE], text=text, section=section)


def _joined(pack: list[Paragraph]) -> str:
    rest = (f"{item.gap}{item.text}" for item in pack[1:])
    return "".join([pack[0].text, *rest])


def _under_heads(before: str, pack: list[Paragraph]) -> str:
    """The pack as a text; what goes on with a table has the table's heads again."""
    text = _joined(pack)
    heads = head_above(before, text) if pack[0].gap.count("\n") == 1 else ""
    return f"{heads}\n{text}" if heads else text


def _packed(paragraphs: Iterable[Paragraph]) -> Iterator[list[Paragraph]]:
    """Yield paragraphs that make a passage together."""
    before: list[Paragraph] = []  # held back: it may have to take in a short rest
    pack: list[Paragraph] = []
    before_words = words = 0
    few = FEW
    for piece, few in _with_fewest(chain.from_iterable(map(_pieces, paragraphs))):
        size = words_in(piece.text)
        turns = bool(pack) and piece.page != pack[-1].page
        if pack and words >= few and (turns or words + size > MOST):
            if before:
                yield before
            before, pack = _parted(pack)
            words = sum(words_in(item.text) for item in pack)
            before_words = sum(words_in(item.text) for item in before)
        pack.append(piece)
        words += size
    if before and words < few and before_words + words <= MOST + FEW:
        yield before + pack
        return
    yield from (item for item in (before, pack) if item)


def _with_fewest(pieces: Iterable[Paragraph]) -> Iterator[tuple[Paragraph, int]]:
    """Yield each with how many words are not too few for a passage of its own.

    Pages with little text each, as slides, are about one thing each.
    """
    was_short = False
    for page, run in groupby(pieces, lambda piece: piece.page):
        if page is None:
            yield from ((piece, FEW) for piece in run)
            continue
        found = list(run)
        is_short = sum(words_in(piece.text) for piece in found) < FEW
        few = SENTENCE if is_short and was_short else FEW
        yield from ((piece, few) for piece in found)
        was_short = is_short


def _parted(pack: list[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part from a full pack what stands at its end and introduces the next."""
    end = len(pack)
    while end and pack[end - 1].introduces:
        end -= 1
    if end and len(pack) - end <= LEADING:
        return pack[:end], pack[end:]
    return pack, []


def _pieces(paragraph: Paragraph) -> Iterator[Paragraph]:
    """Yield the paragraph, in pieces if it is longer than a passage."""
    gap = paragraph.gap
    for text, after in pieces(paragraph.text, most=MOST):
        leads = paragraph.leads and not after
        yield Paragraph(text, gap, paragraph.page, leads)
        gap = after
