"""Web pages: the text that people read, without what stands around it."""

import codecs
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from lxml import etree

from answers.importing.blocks import Block, Heading, Paragraph, passages
from answers.importing.decoding import CHUNK, lookup, read_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.merged_cells import Cell, Grid
from answers.importing.numerals import BULLET, is_raised, numeral, raised
from answers.importing.safe_xml import pass_on_memory
from answers.library import NewPassage

CHARSET = re.compile(rb"""<meta[^<>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
XML_ENCODING = re.compile(rb"""\s*<\?xml[^<>]+encoding\s*=\s*["']([\w.:-]+)""")
# <title/> is XHTML; an HTML parser would take all the rest for the title.
SELF_CLOSED = re.compile(
    r"<(title|script|style|textarea|iframe|noscript|template|xmp)\b([^<>]*)/>", re.I
)
GIVEN_UP = etree.ErrorTypes.ERR_RESOURCE_LIMIT  # of more than 2,048 levels
LEFT_OUT = frozenset(
    "script style nav header footer aside form template noscript head iframe object "
    "svg math canvas audio video select textarea button dialog menu map".split()
)
# A book is all text: these hold its notes, boxes, epigraphs and signatures.
IN_BOOKS = frozenset({"header", "footer", "aside"})
HIDDEN_ROLES = frozenset(
    "navigation banner contentinfo search menu dialog alertdialog".split()
)
# Classes of what a wiki does not print: "[edit]" beside every heading.
UNPRINTED = frozenset({"mw-editsection", "noprint"})
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# What pages call that which is not part of their text, wherever it stands.
BESIDES = re.compile(
    r"cookie|consent|gdpr|modal|dialog|popup|pop-up|overlay|tooltip|toast|banner|menu"
    r"|nav\b|navi|share|login|sign-?in|newsletter|subscribe|print",
    re.I,
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
OPENS = frozenset({*HEADINGS, "dt"})  # a click on it shows what follows
# Elements that stand on lines of their own.
LINES = frozenset(
    "p div section article main body html ul ol dl dt dd li table thead tbody tfoot tr "
    "caption blockquote figure figcaption address hr details summary center fieldset "
    "pre hgroup legend nav header footer aside form dialog menu".split()
)
CELLS = frozenset({"td", "th"})
PARTS = frozenset({"thead", "tbody", "tfoot"})  # no cell reaches over their ends
BODY = ("article", "main", "h1", "h2", "h3")
ROWS = frozenset({"table", "tr", "caption"})
LISTS = frozenset({"ul", "ol", "dl", "table"})
TIGHT = frozenset({"li", "dt", "dd"})  # follow each other without a blank line
BLANKS = re.compile(r"[ \t\n\r\f]+")
WHOLE = re.compile(r"\s*([-+]?[0-9]{1,9})\s*")
SOFT_HYPHEN = "\u00ad"
# Of a list, by its `type`; everything else counts "1, 2, 3".
NUMERALS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman"}
NUMERALS |= {"I": "upperRoman"}


def read(file: Incoming) -> Iterator[NewPassage]:
    with file.path.open("rb") as stream:
        found = CHARSET.search(stream.read(CHUNK))
    declared = found[1].decode("ascii") if found else ""
    text = read_text(file, declared=declared)
    root = parsed(text)
    if root is None:
        return
    yield from passages(blocks(root), title=title_of(root) or file.stem)


def decoded(data: bytes) -> str:
    """Return the text of a page of a book; what cannot be decoded is marked so."""
    found = CHARSET.search(data[:CHUNK]) or XML_ENCODING.match(data)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        name = lookup(found[1].decode("ascii")) if found else ""
        return data.decode(name or "cp1252", "replace")


def parsed(text: str) -> etree._Element | None:
    """Return the root of the page, None if there is nothing in it.

    Raises UnreadableFile where the parser gives up, and would leave out all the rest.
    """
    text = SELF_CLOSED.sub(r"<\1\2></\1>", text).replace("\0", "\ufffd")
    parser = etree.HTMLParser(
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # else it reads no further than 256 levels, or 10 MB of text
    )
    if not text.strip():
        return None
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        pass_on_memory(error)
        raise
    if any(entry.type == GIVEN_UP for entry in parser.error_log):
        raise UnreadableFile(_("It is damaged. Please get it again from its source."))
    return root


def title_of(root: etree._Element) -> str:
    return line_of(root.find(".//title"))


def line_of(element: etree._Element | None) -> str:
    """Return what the element says as one line."""
    text = "" if element is None else "".join(element.itertext())
    return " ".join(text.replace(SOFT_HYPHEN, "").split())


@dataclass(slots=True)
class _Page:
    """What has been gathered while walking over the page."""

    text: list[str] = field(default_factory=list)
    tight: bool = False  # the paragraph being gathered is an item of a list, or a row
    was_tight: bool = False
    mark: str = ""  # goes before the next text: "• ", "3. "
    numbers: dict[etree._Element, int] = field(default_factory=dict)  # of the last item
    is_raised: bool = False  # a number stands above the line: an exponent, a note
    leads: bool = False  # the paragraph being gathered is a term of a glossary
    pre: int = 0  # how many <pre> stand open
    heading: int = 0  # level of the heading that stands open
    table: etree._Element | None = None  # the table that is being read row by row
    grid: Grid = field(default_factory=Grid)
    cells: list[Cell] = field(default_factory=list)  # of the row that stands open
    in_book: bool = False
    opened: frozenset[str] = frozenset()  # ids of what a click on a heading shows
    around: Counter[str] = field(default_factory=Counter)  # elements that stand open

    def stands_in(self, names: Collection[str]) -> bool:
        return any(self.around[name] for name in names)

    def add(self, text: str | None) -> None:
        if text:
            # Where a word may be broken says nothing, and a search would take it for
            # the end of the word.
            text = text.replace(SOFT_HYPHEN, "")
            text = raised(text) if self.is_raised else text
            self.text.append(text if self.pre else BLANKS.sub(" ", text))

    def taken(self) -> Iterator[Block]:
        """Yield what was gathered as a paragraph or heading, and begin anew."""
        text = "".join(self.text)
        if self.cells:
            self.cells += [Cell(text)] if text.strip() else []
            text = " | ".join(self.grid.row(self.cells))
            self.cells = []
        self.text = []
        text = text.strip("\n") if self.pre else _tidy(text)
        if self.table is not None:
            text = text.rstrip(" |\n")
        if not text.strip():
            return
        if self.heading:
            yield Heading(self.heading, " ".join(text.split()))
            self.was_tight = False
            return
        gap = "\n" if self.tight and self.was_tight else "\n\n"
        yield Paragraph(f"{self.mark}{text}", gap, leads=self.leads)
        self.was_tight, self.mark = self.tight, ""


def _tidy(text: str) -> str:
    lines = (re.sub(" +", " ", line).strip(" ") for line in text.split("\n"))
    return "\n".join(lines).strip()


def blocks(root: etree._Element, *, in_book: bool = False) -> Iterator[Block]:
    """Yield headings and paragraphs. Iterates: a page may be nested very deeply."""
    page = _Page(in_book=in_book, opened=frozenset(_opened(root)))
    walk = etree.iterwalk(root, events=("start", "end"))
    left_out: etree._Element | None = None
    for event, element in walk:
        if event == "start":
            if _is_left_out(element, page):
                left_out = element
                walk.skip_subtree()
                if _name(element) in LEFT_OUT:  # people see it between its neighbours
                    yield from _start(element, page)
            else:
                page.around[_name(element)] += 1
                yield from _start(element, page)
                page.add(element.text)
        else:
            if element is not left_out:
                page.around[_name(element)] -= 1
                yield from _end(element, page)
            if element is not root:
                page.add(element.tail)
    yield from page.taken()


def _name(element: etree._Element) -> str:
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _is_left_out(element: etree._Element, page: _Page) -> bool:
    name = _name(element)
    if name in {"html", "body", "main"}:
        return False
    if name == "header" and page.stands_in({"article", "main", "section"}):
        return False  # the heading of a part, not of the site
    if name == "form" and any(element.find(f".//{part}") is not None for part in BODY):
        return False  # some servers wrap the whole page in a form
    if name == "button" and page.heading:
        return False  # opens what stands below: a question and its answer
    return (
        (name in LEFT_OUT and not (page.in_book and name in IN_BOOKS))
        or element.get("role") in HIDDEN_ROLES
        or (_is_hidden(element) and not _is_shut(element, page))
        or not UNPRINTED.isdisjoint((element.get("class") or "").split())
        or (name == "a" and _is_sign(element))
    )


def _is_hidden(element: etree._Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(HIDDEN.search(element.get("style") or ""))
    )


def _opened(root: etree._Element) -> Iterator[str]:
    for element in root.iter("{*}*"):
        if controlled := element.get("aria-controls"):
            up = (element, *element.iterancestors(*HEADINGS))
            if element.get("role") == "tab" or any(_name(e) in OPENS for e in up):
                yield from controlled.split()


def _is_shut(element: etree._Element, page: _Page) -> bool:
    """Whether this is hidden until people open it by its heading, as an answer is."""
    called = f"{element.get('id') or ''} {element.get('class') or ''}"
    if _name(element) not in LINES or BESIDES.search(called):
        return False
    if element.get("id") not in page.opened and not _follows_heading(element):
        return False
    links = sum(len(line_of(link)) for link in element.iter("{*}a"))
    return links * 2 < len(line_of(element))  # else a menu


def _follows_heading(element: etree._Element) -> bool:
    before = element.getprevious()
    if before is None or _name(before) in OPENS:
        return before is not None
    found = next(before.iter(*HEADINGS), None)
    return found is not None and line_of(found) == line_of(before)


def _is_sign(link: etree._Element) -> bool:
    """Whether the link leads to a place in a page and says nothing: "¶", "↩"."""
    if "#" not in (link.get("href") or ""):
        return False
    return not any(c.isalnum() for text in link.itertext() for c in text)


def _is_layout(table: etree._Element) -> bool:
    """Whether the table only arranges a page: its cells hold more than a line."""
    if table.get("role") == "presentation":
        return True
    rich = ("table", *HEADINGS, "ul", "ol", "pre", "p[2]", "div[2]")
    return any(table.find(f".//{name}") is not None for name in rich)


def _start(element: etree._Element, page: _Page) -> Iterator[Block]:
    name = _name(element)
    if name in HEADINGS and not page.pre:
        yield from page.taken()
        page.heading = HEADINGS[name]
    elif name == "br":
        page.text.append(" " if page.heading or page.table is not None else "\n")
    elif name == "sup":
        page.is_raised = is_raised("".join(element.itertext()))
    elif name not in LINES:
        return
    elif page.heading or (page.table is not None and name not in ROWS):
        page.text.append(" ")
    else:
        yield from page.taken()
        page.tight = page.table is not None or page.stands_in(TIGHT)
        page.mark = _mark(element, page) if name == "li" else page.mark
        page.leads |= name == "dt"
        page.pre += name == "pre"
        if name == "table" and not _is_layout(element):
            page.table = element
            page.grid.begin()


def _mark(item: etree._Element, page: _Page) -> str:
    """Return what stands before an item: a bullet, or the number that it has."""
    parent = item.getparent()
    if parent is None or _name(parent) != "ol" or parent.get("reversed") is not None:
        return BULLET
    last = page.numbers.get(parent, _number(parent.get("start"), 1) - 1)
    number = page.numbers[parent] = _number(item.get("value"), last + 1)
    kind = item.get("type") or parent.get("type") or ""
    return f"{numeral(number, NUMERALS.get(kind, 'decimal'))}. "


def _cell(element: etree._Element, text: str) -> Cell:
    rows = _number(element.get("rowspan"), 1) or sys.maxsize  # 0: all that follow
    return Cell(text, _number(element.get("colspan"), 1), rows)


def _number(given: str | None, otherwise: int) -> int:
    """Return the number that an attribute gives."""
    found = WHOLE.fullmatch(given or "")
    return int(found[1]) if found else otherwise


def _end(element: etree._Element, page: _Page) -> Iterator[Block]:
    name = _name(element)
    if name in HEADINGS and page.heading:
        yield from page.taken()
        page.heading = 0
    elif name == "sup":
        page.is_raised = False
    elif name in CELLS:
        if page.table is None:
            page.text.append("\n")
        else:
            page.cells.append(_cell(element, "".join(page.text)))
            page.text = []
    elif name not in LINES:
        return
    elif page.heading or (page.table is not None and name not in ROWS):
        page.text.append(" ")
        if name in PARTS:
            page.grid.begin()
    else:
        yield from page.taken()
        page.pre -= name == "pre"
        page.mark = "" if name == "li" else page.mark
        page.leads &= name != "dt"
        if element is page.table:
            page.table = None
        page.tight = page.table is not None or page.stands_in(TIGHT)
        if name in LISTS and not page.tight:
            page.was_tight = False
