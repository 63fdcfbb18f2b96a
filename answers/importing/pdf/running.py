"""Running heads and page numbers: what repeats at the edges of pages is no text."""

from collections import Counter
from dataclasses import dataclass, field

import regex

from answers.importing.pdf.lines import Line, Page

EDGE = 2  # lines at the top and at the foot
OFTEN = 3  # pages of a stretch
COUNTING = regex.compile(r"^\d{1,5}\b|\b\d{1,5}$")
DIGITS = regex.compile(r"\d+")
NUMBER = regex.compile(
    r"[\p{P}\p{S}\s]*(?:(?:page|seite|p|s)\.?\s*)?(?:\d{1,5}|[ivxlc]{1,7})"
    r"(?:\s*(?:/|of|von|sur|de|di)\s*\d{1,5})?[\p{P}\p{S}\s]*",
    regex.I,
)


# The last line of a page is known by what it says, digits apart, and by how far the
# number in it is from the number of the page: "Chapter 2: Tools 14" counts along.
Known = tuple[str, int | None]


@dataclass(slots=True)
class Running:
    """Remembers the edges of the last stretch, for a last one that is short."""

    before: Counter[Known] = field(default_factory=Counter)

    def without(self, stretch: list[Page]) -> list[Page]:
        """Return the pages without the lines that several have at an edge."""
        counts: Counter[Known] = Counter()
        for page in stretch:
            edges = [page.lines[at] for at in _edges(page.lines)]
            counts.update({key for line in edges for key in _known(line, page.number)})
        seen, self.before = counts + self.before, counts
        return [Page(page.number, _kept(page, seen)) for page in stretch]


def _edges(lines: list[Line]) -> list[int]:
    """Return the places of the first and last lines, the outermost first."""
    count = len(lines)
    places = [at for step in range(EDGE) for at in (step, count - 1 - step)]
    return list(dict.fromkeys(at for at in places if 0 <= at < count))


def _known(line: Line, page: int) -> list[Known]:
    pattern = str(DIGITS.sub("#", line.text.casefold()))
    number = COUNTING.search(line.text)
    if number is None:
        return [(pattern, None)]
    return [(pattern, None), (pattern, int(number[0]) - page)]


def _kept(page: Page, seen: Counter[Known]) -> list[Line]:
    dropped: set[int] = set()
    lines = page.lines
    for at in _edges(lines):
        number = at in {0, len(lines) - 1} and NUMBER.fullmatch(lines[at].text)
        often, *counting = (seen[key] for key in _known(lines[at], page.number))
        if number or often >= OFTEN or any(count > 1 for count in counting):
            dropped.add(at)
    return [line for at, line in enumerate(lines) if at not in dropped]
