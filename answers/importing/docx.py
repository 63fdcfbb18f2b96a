"""Word documents: headings by their style, paragraphs, lists, tables row by row."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import docx
from django.utils.translation import gettext as _
from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

from answers.importing.archive import opened, refuse_bomb
from answers.importing.blocks import Block, Heading, Paragraph, passages
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.safe_xml import refuse_entities
from answers.library import NewPassage

MOST = 256 << 20  # bytes, unpacked
MOST_XML = 96 << 20  # of them; the tree of it takes five times as much memory
NO_HEADING = 9  # the outline level of body text; headings have 0 to 8
LAYOUT = 40  # words: a cell with more is part of a page, not of a table
P, TBL, SDT, BOX = qn("w:p"), qn("w:tbl"), qn("w:sdt"), qn("w:txbxContent")
TR, TC = qn("w:tr"), qn("w:tc")
INK = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n"}
INK |= {qn("w:noBreakHyphen"): "\u2011"}
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
class _Style:
    level: int = NO_HEADING
    is_list: bool = False


def read(file: Incoming) -> Iterator[NewPassage]:
    with opened(file.path) as archive:
        refuse_bomb(archive, most=MOST)
        _refuse_attacks(archive)
    try:
        document = docx.Document(str(file.path))
        body, styles = document.element.body, _styles(document)
    except Exception as error:  # python-docx raises what its parts happen to raise
        raise UnreadableFile(
            _("The Word document is damaged. Please open and save it again in Word.")
        ) from error
    yield from passages(_blocks(body, styles), title=file.stem)


def _refuse_attacks(archive: zipfile.ZipFile) -> None:
    parts = [info for info in archive.infolist() if info.filename.endswith(".xml")]
    if sum(info.file_size for info in parts) > MOST_XML:
        raise UnreadableFile(_("The document is too large. Please split it."))
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels")):
            with archive.open(info) as part:
                refuse_entities(part.read(1 << 16))  # they stand before the root


def _styles(document: Document) -> dict[str, _Style]:
    """Return what each style means, with what it takes over from its parent."""
    elements = {
        item.get(qn("w:styleId")): item
        for item in document.styles.element.iterchildren(qn("w:style"))
    }
    return {key: _style(item, elements) for key, item in elements.items()}


def _style(
    element: etree._Element | None, elements: dict[str, etree._Element]
) -> _Style:
    level, is_list = NO_HEADING, False
    for _step in range(20):  # styles may be based on each other in a circle
        if element is None:
            break
        name = _value(element, "w:name").lower()
        if level == NO_HEADING:
            level = _level(element, name)
        is_list = is_list or name.startswith("list ") or _has_number(element)
        element = elements.get(_value(element, "w:basedOn"))
    return _Style(level, is_list and level == NO_HEADING)


def _level(element: etree._Element, name: str) -> int:
    if name == "title":
        return 0
    if name.startswith("heading ") and name[8:].isdigit():
        return min(int(name[8:]), NO_HEADING)
    outline = _value(element, "w:pPr/w:outlineLvl")
    return int(outline) + 1 if outline.isdigit() and int(outline) < 9 else NO_HEADING


def _value(element: etree._Element, path: str) -> str:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    return "" if found is None else found.get(qn("w:val")) or ""


def _has_number(element: etree._Element) -> bool:
    number = _value(element, "w:pPr/w:numPr/w:numId")
    return number not in {"", "0"}


def _blocks(parent: etree._Element, styles: dict[str, _Style]) -> Iterator[Block]:
    was_list = False
    for child in parent:
        if child.tag == P:
            style = _style_of(child, styles)
            text = _text(child).strip()
            if text and style.level < NO_HEADING:
                yield Heading(style.level, " ".join(text.split()))
            elif text and style.is_list:
                yield Paragraph(f"• {text}", "\n" if was_list else "\n\n")
            elif text:
                yield Paragraph(text)
            was_list = style.is_list if text else was_list
            for box in child.iter(BOX):
                if _is_first_copy(box, child):
                    yield from _blocks(box, styles)
        elif child.tag == TBL:
            yield from _table(child, styles)
        elif child.tag == SDT and not _is_contents(child):
            yield from _blocks(child.find(qn("w:sdtContent")), styles)
        elif child.tag in {qn("w:ins"), qn("w:moveTo"), qn("w:customXml")}:
            yield from _blocks(child, styles)


def _style_of(paragraph: etree._Element, styles: dict[str, _Style]) -> _Style:
    style = styles.get(_value(paragraph, "w:pPr/w:pStyle"), _Style())
    level = _level(paragraph, "")
    return _Style(
        level if level < NO_HEADING else style.level,
        style.is_list or (_has_number(paragraph) and style.level == NO_HEADING),
    )


def _is_contents(block: etree._Element) -> bool:
    """Whether this is a table of contents: it repeats the headings."""
    return _value(block, "w:sdtPr/w:docPartObj/w:docPartGallery") == "Table of Contents"


def _is_first_copy(box: etree._Element, paragraph: etree._Element) -> bool:
    """Whether the text box stands in this very paragraph, and not as a fallback."""
    for up in box.iterancestors():
        if up is paragraph:
            return True
        if up.tag == P or up.tag in SKIPPED:
            return False
    return False


def _text(element: etree._Element) -> str:
    """Return the text of a paragraph: runs, links and insertions, without deletions.

    Of a cell, that of all its paragraphs, each on a line of its own.
    """
    found: list[str] = []
    for child in element:
        if child.tag == qn("w:t"):
            found.append(child.text or "")
        elif child.tag in INK:
            found.append(INK[child.tag])
        elif child.tag not in SKIPPED:
            found.append(_text(child))
            if child.tag == P:
                found.append("\n")
    return "".join(found)


def _table(table: etree._Element, styles: dict[str, _Style]) -> Iterator[Block]:
    rows = [list(_parts(row, TC)) for row in _parts(table, TR)]
    if any(_is_layout(cell) for row in rows for cell in row):
        for cell in chain.from_iterable(rows):
            yield from _blocks(cell, styles)
        return
    gap = "\n\n"
    for row in rows:
        cells = [" ".join(_text(cell).split()) for cell in row]
        if text := " | ".join(cell for cell in cells if cell):
            yield Paragraph(text, gap)
            gap = "\n"


def _parts(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Yield the rows of a table, or the cells of a row; a form may stand between."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from _parts(child, tag)


def _is_layout(cell: etree._Element) -> bool:
    words = sum(len((part.text or "").split()) for part in cell.iter(qn("w:t")))
    return words > LAYOUT or cell.find(TBL) is not None
