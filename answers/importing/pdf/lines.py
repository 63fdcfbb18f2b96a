"""A page of a PDF -> its lines, with their place and the size of their letters."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import regex
from django.utils.translation import gettext as _
from pypdf import PageObject

from answers.importing.incoming import UnreadableFile
from answers.importing.numerals import BULLET
from answers.importing.pdf.bullets import Bullets

PAGE_SECONDS = 20.0  # a page that takes longer was made to
UNPRINTABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
BLANKS = regex.compile(r"[^\S\n]+")
# A line of a table of contents: it repeats a heading.
LEADERS = regex.compile(r"(?:\.\s?){5,}\s*(?:\d+|[ivxlc]+)$")
LEADING = 500  # code points that are searched for such dots
# Letters that a printer joined: "ﬁnd" is "find" to everyone who asks.
LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    top: float  # points above the foot of the page
    size: float  # points; of most of its letters


@dataclass(frozen=True, slots=True)
class Page:
    number: int  # from 1
    lines: list[Line]


@dataclass(slots=True)
class _Gathering:
    """Takes the pieces that pypdf finds, and joins them to lines."""

    deadline: float
    lines: list[Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    sizes: Counter[float] = field(default_factory=Counter)
    left: float = 0.0
    top: float = 0.0
    bullets: Bullets = field(default_factory=Bullets)

    def operand(self, operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        if time.monotonic() > self.deadline:
            raise UnreadableFile(
                _("A page takes too long to read. Please print the file to PDF anew.")
            )
        self.bullets.operand(operator, operands, cm)

    def text(self, text: str, cm: Any, tm: Any, _font: Any, size: float | None) -> None:
        for number, part in enumerate(text.split("\n")):
            if number:
                self.end()
            if not part.strip():
                self.parts.append(part)
                continue
            if not self.sizes:
                self.left = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                self.top = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            scale = max(abs(tm[3] * cm[3]), abs(tm[1] * cm[2])) or 1.0
            self.sizes[round((size or 1.0) * scale, 1)] += len(part)
            self.parts.append(part)

    def end(self) -> None:
        text = BLANKS.sub(" ", clean("".join(self.parts))).strip()
        if text and not LEADERS.search(text[-LEADING:]):
            size = max(self.sizes, key=lambda each: (self.sizes[each], each))
            if self.bullets.before(self.left, self.top, size):
                text = f"{BULLET}{text}"
            self.lines.append(Line(text, self.top, size))
        self.parts = []
        self.sizes = Counter()


def page_of(page: PageObject, number: int) -> Page:
    """Read the page. Raises UnreadableFile if it takes too long; as pypdf does."""
    found = _Gathering(time.monotonic() + PAGE_SECONDS)
    page.extract_text(visitor_operand_before=found.operand, visitor_text=found.text)
    found.end()
    return Page(number, found.lines)


def clean(text: str) -> str:
    """Return the text without what broken fonts make of letters."""
    text = SURROGATE.sub("\ufffd", UNPRINTABLE.sub("", text))
    return str(text.translate(LIGATURES))
