"""The bookmarks of a PDF: which heading stands on which page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex
from pypdf import PdfReader

from answers.importing.pdf.lines import clean

NUMBERING = regex.compile(
    r"^(?:(?:chapter|section|appendix|kapitel|chapitre)\s)?(?:\d+|[ivx]+|[a-z])"
    r"(?:\.\d+)*[.:)]?\s+(?=.*\p{L})"
)


@dataclass(frozen=True, slots=True)
class Mark:
    level: int  # 1 is the highest
    title: str


def bookmarks(reader: PdfReader) -> dict[int, list[Mark]]:
    """Return the bookmarks of each page (from 1), in their order; none if damaged."""
    found: dict[int, list[Mark]] = {}
    try:
        for level, entry in _entries(reader.outline, 1):
            number = reader.get_destination_page_number(entry)
            title = " ".join(clean(str(entry.title or "")).split())
            if number is not None and number >= 0 and title:
                found.setdefault(number + 1, []).append(Mark(level, title))
    except MemoryError:
        raise
    except Exception:  # a text without headings is better than none
        return {}
    return found


def _entries(outline: Any, level: int) -> Iterator[tuple[int, Any]]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _entries(entry, level + 1)
        else:
            yield level, entry


def bare(title: str) -> str:
    """Return the letters of a heading, without its number: "2.1 Tools" is "Tools"."""
    letters = NUMBERING.sub("", title.casefold()) or title.casefold()
    return "".join(c for c in letters if c.isalnum())
