"""The body of a Word document -> headings and paragraphs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from docx.oxml.ns import qn
from lxml import etree

from answers.importing.blocks import Block, Heading, Paragraph
from answers.importing.docx.notes import CALLS, Notes
from answers.importing.docx.numbering import Numbering
from answers.importing.docx.styles import NO_HEADING, Style, style_of, value
from answers.importing.merged_cells import Cell, Grid
from answers.importing.numerals import BULLET, is_raised, raised

LAYOUT = 40  # words: a cell with more is part of a page, not of a table
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
P, R, TBL, SDT = qn("w:p"), qn("w:r"), qn("w:tbl"), qn("w:sdt")
TR, TC, BOX = qn("w:tr"), qn("w:tc"), qn("w:txbxContent")
LETTERS = frozenset({qn("w:t"), f"{MATH}t"})
INK = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n"}
INK |= {qn("w:noBreakHyphen"): "\u2011"}
BEFORE = {f"{MATH}den": "/", f"{MATH}rad": "√"}  # signs of a formula that are drawn
COUNT = re.compile("[0-9]{1,5}")
SOFT_HYPHEN = "\u00ad"  # a search would take it for the end of the word
WRAPPERS = frozenset({SDT, qn("w:sdtContent"), qn("w:customXml"), qn("w:ins")})
# Deleted text, and the second copy of a text box for old programs.
SKIPPED = frozenset(
    {
        qn("w:del"),
        qn("w:moveFrom"),
        qn("w:instrText"),
        BOX,
        qn("w:rPr"),
        qn("w:pPr"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


@dataclass(frozen=True, slots=True)
class Body:
    """Reads the document from its beginning to its end, once: it counts on the way."""

    styles: dict[str, Style]
    numbering: Numbering
    notes: Notes
    grid: Grid = field(default_factory=Grid)

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        was_list = False
        for child in parent:
            if child.tag == P:
                style = style_of(child, self.styles)
                if style.is_contents:
                    continue
                text = self._text(child).strip()
                if text:
                    yield self._block(text, style, was_list=was_list)
                    was_list = style.is_list
                yield from self._called()
                for box in child.iter(BOX):
                    if _is_first_copy(box, child):
                        yield from self.blocks(box)
            elif child.tag == TBL:
                yield from self._table(child)
                yield from self._called()
            elif child.tag == SDT and not _is_contents(child):
                yield from self.blocks(child.find(qn("w:sdtContent")))
            elif child.tag in {qn("w:ins"), qn("w:moveTo"), qn("w:customXml")}:
                yield from self.blocks(child)

    def _block(self, text: str, style: Style, *, was_list: bool) -> Block:
        is_counted = style.number not in {"", "0"}
        mark = self.numbering.mark(style.number, style.depth) if is_counted else BULLET
        if style.level < NO_HEADING:
            number = "" if mark == BULLET else mark
            return Heading(style.level, f"{number}{' '.join(text.split())}")
        if style.is_list:
            return Paragraph(f"{mark}{text}", "\n" if was_list else "\n\n")
        return Paragraph(text)

    def _called(self) -> Iterator[Block]:
        """Yield the notes that what came last has called."""
        for mark, note in self.notes.taken():
            if text := " ".join(self._text(note).split()):
                yield Paragraph(f"{mark} {text}")

    def _text(self, element: etree._Element) -> str:
        """Return the text of a paragraph: runs, links and insertions, no deletions.

        Of a cell or a note, that of all its paragraphs, each on a line of its own.
        """
        found: list[str] = []
        for child in element:
            if child.tag in LETTERS:
                found.append((child.text or "").replace(SOFT_HYPHEN, ""))
            elif child.tag in INK:
                found.append(INK[child.tag])
            elif child.tag in CALLS:
                found.append(self.notes.call(child))
            elif child.tag not in SKIPPED:
                text = f"{BEFORE.get(child.tag, '')}{self._text(child)}"
                found.append(raised(text) if _stands_above(child, text) else text)
                if child.tag == P:
                    found.append("\n")
        return "".join(found)

    def _table(self, table: etree._Element) -> Iterator[Block]:
        rows = [(row, list(_parts(row, TC))) for row in _parts(table, TR)]
        if any(_is_layout(cell) for _row, cells in rows for cell in cells):
            for cell in chain.from_iterable(cells for _row, cells in rows):
                yield from self.blocks(cell)
            return
        gap = "\n\n"
        self.grid.begin()
        for row, cells in rows:
            before = _count(row, "w:trPr/w:gridBefore")
            empty = [Cell("", before)] if before else []
            texts = self.grid.row([*empty, *map(self._cell, cells)])
            # A cell without text keeps its place: the next would stand in its column.
            if text := " ".join(" | ".join(texts).split()).rstrip(" |"):
                yield Paragraph(text, gap)
                gap = "\n"

    def _cell(self, cell: etree._Element) -> Cell:
        merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        return Cell(
            self._text(cell),
            _count(cell, "w:tcPr/w:gridSpan"),
            goes_on=merged is not None and merged.get(qn("w:val")) != "restart",
        )


def _stands_above(element: etree._Element, text: str) -> bool:
    """Whether this is a number above the line, as an exponent."""
    if element.tag == R:
        above = value(element, "w:rPr/w:vertAlign") == "superscript"
    else:
        above = element.tag == f"{MATH}sup"
    return above and is_raised(text)


def _is_contents(block: etree._Element) -> bool:
    """Whether this is a table of contents: it repeats the headings."""
    return value(block, "w:sdtPr/w:docPartObj/w:docPartGallery") == "Table of Contents"


def _is_first_copy(box: etree._Element, paragraph: etree._Element) -> bool:
    """Whether the text box stands in this very paragraph, and not as a fallback."""
    for up in box.iterancestors():
        if up is paragraph:
            return True
        if up.tag == P or up.tag in SKIPPED:
            return False
    return False


def _parts(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Yield the rows of a table, or the cells of a row; a form may stand between."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from _parts(child, tag)


def _count(element: etree._Element, path: str) -> int:
    """Return how many columns the element says, 0 if it says none."""
    said = value(element, path)
    return int(said) if COUNT.fullmatch(said) else 0


def _is_layout(cell: etree._Element) -> bool:
    words = sum(len((part.text or "").split()) for part in cell.iter(qn("w:t")))
    return words > LAYOUT or cell.find(TBL) is not None
