"""Lines whose dots lead to their end: of contents, which repeat headings, or of lists.

Contents are left out only where much speaks for them, since a price list looks so, too.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import regex

from answers.importing.pdf.lines import Line, Page
from answers.importing.pdf.marks import bare

LONGEST = 500  # code points of a line that is searched for such dots
ENTRY = regex.compile(r"(?P<title>.*?)\s*(?:\.\s?){5,}\s*(?:(?P<page>\d+)|[ivxlc]+)")
ROW = regex.compile(r"(?P<name>.*?\S)\s*(?:\.\s?){5,}\s*(?P<value>.{,40}\d.{,40})")
CONTENTS = regex.compile(
    r"(?:table of )?contents|(?:inhalts|abbildungs|tabellen)verzeichnis|inhalt"
    r"|table des matières|sommaire|(?:list|liste) (?:of|des) \p{L}+|índice|indice"
    r"|sumário|inhoud(?:sopgave)?|spis treści|innehåll|indhold|innhold|sisällys",
    regex.I,
)
INDEX = regex.compile(
    r"(?:[\p{L}\s]+ )?index|(?:(?:sach|stichwort|personen)(?:register|verzeichnis))",
    regex.I,
)
FEWEST = 2  # entries: one alone may be anything
BETWEEN = 2  # other lines that may stand between entries: "A", the first of two lines


@dataclass(slots=True)
class Leaders:
    count: int  # pages of the file
    titles: Collection[str]  # of its bookmarks, bare
    above: str = ""  # the heading of the contents that the last page ended amid

    def without_contents(self, pages: list[Page]) -> Iterator[Page]:
        """Yield the pages without contents, and other lists in rows of two cells."""
        titles = {bare(line.text) for page in pages for line in page.lines}
        titles.update(self.titles)
        for page in pages:
            dropped = self._contents(page.lines, titles)
            kept = [line for at, line in enumerate(page.lines) if at not in dropped]
            yield Page(page.number, [_as_row(line) for line in kept])

    def _contents(self, lines: list[Line], titles: Collection[str]) -> set[int]:
        """Return which lines are entries of contents."""
        dropped: set[int] = set()
        goes_on, self.above = self.above, ""
        for run in _runs(lines):
            near = lines[max(0, run[0] - BETWEEN - 1) : run[0]]
            above = next((line.text for line in near if _is_named(line.text)), "")
            if not above and run[0] <= BETWEEN:
                above = goes_on
            if self._is_contents([lines[at] for at in run], above, titles):
                dropped.update(run)
                if run[-1] + 1 + BETWEEN >= len(lines):
                    self.above = above or "contents"
        return dropped

    def _is_contents(
        self, lines: list[Line], above: str, titles: Collection[str]
    ) -> bool:
        entries = [entry for line in lines if (entry := _entry(line))]
        pages = [int(entry["page"]) for entry in entries if entry["page"]]
        if len(entries) < FEWEST or max(pages, default=0) > self.count:
            return False
        if INDEX.fullmatch(above):
            return True
        again = sum(bare(entry["title"]) in titles for entry in entries)
        falls = any(page > after for page, after in pairwise(pages))
        return not falls and (bool(above) or 2 * again >= len(entries))


def _runs(lines: list[Line]) -> Iterator[list[int]]:
    """Yield the places of entries that stand next to each other."""
    run: list[int] = []
    for at, line in enumerate(lines):
        if _entry(line):
            run.append(at)
        elif run and (at - run[-1] > BETWEEN or _is_named(line.text)):
            yield run
            run = []
    if run:
        yield run


def _entry(line: Line) -> regex.Match[str] | None:
    return ENTRY.fullmatch(line.text) if len(line.text) <= LONGEST else None


def _is_named(text: str) -> bool:
    """Whether the text is the heading of contents, or of an index."""
    return bool(CONTENTS.fullmatch(text) or INDEX.fullmatch(text))


def _as_row(line: Line) -> Line:
    row = ROW.fullmatch(line.text) if len(line.text) <= LONGEST else None
    if row is None:
        return line
    return replace(line, text=f"{row['name']} | {row['value']}", is_row=True)
