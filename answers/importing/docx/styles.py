"""Styles of Word: which paragraphs are headings, items of a list, or a contents."""

from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

NO_HEADING = 9  # the outline level of body text; headings have 0 to 8
# They stand below the title and look like it, so they are often based on its style.
BELOW_TITLE = frozenset({"subtitle", "author", "date"})
DIGITS = frozenset("0123456789")
CONTENTS = ("toc ", "table of figures")  # repeat headings, with their pages


@dataclass(frozen=True, slots=True)
class Style:
    level: int = NO_HEADING
    is_list: bool = False
    number: str = ""  # of the list that counts its paragraphs, "0" for none
    depth: int = 0  # in that list
    is_contents: bool = False


def styles_of(root: etree._Element) -> dict[str, Style]:
    """Return what each style means, with what it takes over from its parent."""
    elements = {item.get(qn("w:styleId")): item for item in root.iter(qn("w:style"))}
    return {key: _style(item, elements) for key, item in elements.items()}


def style_of(paragraph: etree._Element, styles: dict[str, Style]) -> Style:
    """Return what the paragraph is, by its style and what it says itself."""
    style = styles.get(value(paragraph, "w:pPr/w:pStyle"), Style())
    level = _level(paragraph, "")
    number, depth = _number(paragraph)
    is_list = style.is_list or (bool(number) and style.level == NO_HEADING)
    return Style(
        level if level < NO_HEADING else style.level,
        is_list and number != "0",
        number or style.number,
        depth if number else style.depth,
        style.is_contents,
    )


def value(element: etree._Element, path: str) -> str:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    return "" if found is None else found.get(qn("w:val")) or ""


def _style(
    element: etree._Element | None, elements: dict[str, etree._Element]
) -> Style:
    level, is_list, is_contents = NO_HEADING, False, False
    number, depth = "", 0
    for _step in range(20):  # styles may be based on each other in a circle
        if element is None:
            break
        name = value(element, "w:name").lower()
        if name in BELOW_TITLE:
            break
        if level == NO_HEADING:
            level = _level(element, name)
        if not number:
            number, depth = _number(element)
        is_list = is_list or name.startswith("list ")
        is_contents = is_contents or name.startswith(CONTENTS)
        element = elements.get(value(element, "w:basedOn"))
    is_list = is_list or number not in {"", "0"}
    return Style(level, is_list and level == NO_HEADING, number, depth, is_contents)


def _level(element: etree._Element, name: str) -> int:
    if name == "title":
        return 0
    if name.startswith("heading ") and name[8:] in DIGITS:
        return int(name[8:])
    outline = value(element, "w:pPr/w:outlineLvl")
    return min(int(outline) + 1, NO_HEADING) if outline in DIGITS else NO_HEADING


def _number(element: etree._Element) -> tuple[str, int]:
    """Return the list that the element stands in, and how deep; "" if it says none."""
    number = value(element, "w:pPr/w:numPr/w:numId")
    depth = value(element, "w:pPr/w:numPr/w:ilvl")
    return number, int(depth) if depth.isdecimal() and len(depth) == 1 else 0
