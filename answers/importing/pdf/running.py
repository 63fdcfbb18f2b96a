"""Running heads and page numbers: what repeats at the edges of pages is no text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from answers.importing.numerals import numeral
from answers.importing.pdf.lines import Line, Page, text_of, wide_parts

EDGE = 2  # lines at the top and at the foot
OFTEN = 3  # pages of a stretch that have the same line
ALONG = 2  # pages of a stretch whose line has their number in it
PAGE = r"(?:page|seite|pagina|página|strona|sida|side|sivu|p\.|s\.)"
NUMBER = regex.compile(
    rf"[\p{{P}}\p{{S}}\s]*(?:(?P<page>{PAGE})|[ps])?\s*(?P<number>\d{{1,5}}|[ivxlc]{{1,7}})"
    r"(?:\s*(?:/|of|von|sur|de|di)\s*\d{1,5})?[\p{P}\p{S}\s]*"
)
# A number that stands apart from the words beside it. "Day 3" says more than that the
# page is the third.
COUNTING = regex.compile(
    rf"^(?P<number>\d{{1,5}})\s*[|/·•,–—-]\s"
    rf"|(?:\b{PAGE}\s*|[|/·•,–—]\s*|\s-\s)(?P<number>\d{{1,5}})"
    r"(?:\s*(?:/|of|von|sur|de|di)\s*\d{1,5})?$"
    rf"|\b{PAGE}\s*(?P<number>\d{{1,5}})\b"
)
ROMAN = {numeral(number, "lowerRoman"): number for number in range(1, 400)}


# A line at the edge of a page is known by what it says or, if it has a number, by the
# rest of it and how far that number is from the page's own: "The Book of Tea, 14".
Known = tuple[str, int | None]


@dataclass(slots=True)
class Running:
    """Remembers the edges of the last stretch, for a last one that is short."""

    before: Counter[Known] = field(default_factory=Counter)

    def without(self, stretch: list[Page]) -> list[Page]:
        """Return the pages without the lines that several have at an edge."""
        counts: Counter[Known] = Counter()
        for page in stretch:
            edges = [page.lines[at] for side in _edges(page.lines) for at in side]
            counts.update({key for line in edges for key in _known(line, page.number)})
        seen, self.before = counts + self.before, counts
        return [Page(page.number, _kept(page, seen)) for page in stretch]


def _edges(lines: list[Line]) -> tuple[Sequence[int], Sequence[int]]:
    """Return the places of the first and of the last lines, the outermost first."""
    count = len(lines)
    top = min(EDGE, (count + 1) // 2)
    foot = min(EDGE, count - top)
    return range(top), range(count - 1, count - 1 - foot, -1)


def _known(line: Line, page: int) -> list[Known]:
    text = line.text.casefold()
    found = NUMBER.fullmatch(text) or COUNTING.search(text)
    if found is not None:
        start, end = found.span("number")
        rest, number = f"{text[:start]}#{text[end:]}", found["number"]
    else:
        rest, number = _apart(line)
    value = int(number) if number.isdecimal() else ROMAN.get(number)
    return [(text, None)] if value is None else [(text, None), (rest, value - page)]


def _apart(line: Line) -> tuple[str, str]:
    """Return the words and the number that stands far from them, "" if none does."""
    first, *rest = [text_of(part).casefold() for part in wide_parts(line.pieces)]
    if rest and first.isdecimal():
        return " ".join(rest), first
    if rest and (rest[-1].isdecimal() or rest[-1] in ROMAN):
        return " ".join([first, *rest[:-1]]), rest[-1]
    return "", ""


def _kept(page: Page, seen: Counter[Known]) -> list[Line]:
    dropped: set[int] = set()
    for side in _edges(page.lines):
        for at in side:
            if not _is_running(page.lines[at], page.number, seen):
                break  # what stands further in is text, too
            dropped.add(at)
    return [line for at, line in enumerate(page.lines) if at not in dropped]


def _is_running(line: Line, page: int, seen: Counter[Known]) -> bool:
    number = NUMBER.fullmatch(line.text.casefold())
    if number and number["page"]:
        return True
    often, *along = (seen[key] for key in _known(line, page))
    return often >= OFTEN or any(count >= ALONG for count in along)
