"""Conversations as Markdown, for reading."""

from collections.abc import Iterator
from datetime import datetime
from math import floor
from typing import Any

import regex
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers.citing.records import Heading, Quote, Record
from answers.models import Question
from answers.reviewing import Standing

# Signs that may begin markup, wherever they stand.
MARKUP = regex.compile(r"[\\`*_\[\]{}|~^$#!]|:(?=\S)|(?<=\bwww)\.|@")
# Signs that begin a heading, a list or a rule at the beginning of a line.
LINE_BEGINNING = regex.compile(r"^(?:([-+=])|(\d{1,9})([.)])(?=\s|$))")
LINE_BREAK = regex.compile(r"\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
SAID = {
    Standing.STANDS: gettext_lazy("confirmed by {name} on {date}"),
    Standing.WITHDRAWN: gettext_lazy(
        "was confirmed by {name}, who has taken that back since"
    ),
    Standing.CHANGED: gettext_lazy(
        "was confirmed by {name}; reviewers have changed their verdict since"
    ),
    Standing.GONE: gettext_lazy(
        "was confirmed by {name}; that review has been deleted since"
    ),
}
BLANK_EDGE = regex.compile(r"^[ \t]+|[ \t]+$")


def plain(text: str) -> str:
    """Return the text as one line of Markdown that shows it as it is."""
    line = " ".join(text.split())
    return _escaped_line(line)


def quoted(text: str) -> str:
    """Return the text as a Markdown quotation that shows it line by line."""
    lines = [_escaped_line(line) for line in LINE_BREAK.split(text)]
    out = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        # A backslash at its end keeps a line break that is no end of a paragraph.
        out.append(f"> {line}\\" if line and following else f"> {line}".rstrip())
    return "\n".join(out)


def _escaped_line(line: str) -> str:
    # Entities rather than backslashes: HTML stays text in every dialect.
    line = MARKUP.sub(r"\\\g<0>", line.replace("&", "&amp;"))
    line = line.replace("<", "&lt;").replace(">", "&gt;")
    line = LINE_BEGINNING.sub(_escaped_beginning, line)
    if not line.strip(" \t"):
        return ""
    return str(BLANK_EDGE.sub(_kept_blanks, line))


def _escaped_beginning(found: Any) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"


def _kept_blanks(found: Any) -> str:
    """Blanks at the edge of a line would be dropped, or begin a block of code."""
    return "".join(f"&#{ord(blank)};" for blank in found[0])


class MarkdownWriter:
    """For reading: the quotes as quotations, each with its citation below."""

    media_type = "text/markdown"
    suffix = "md"

    def begin(self, heading: Heading) -> str:
        asked = _("Asked on {date}, exported on {exported}.").format(
            date=_day(heading.created_at), exported=_day(heading.exported_at)
        )
        return f"# {plain(heading.title)}\n\n{asked} <{heading.url}>\n"

    def write(self, record: Record, *, first: bool) -> str:
        parts = [f"\n## {plain(record.text)}\n"]
        asked = f"{_day(record.asked_at)} · {plain(', '.join(record.libraries))}"
        parts.append(f"{asked} · {plain(str(Question.Status(record.status).label))}\n")
        if record.quotes and not record.is_answered:
            parts.append(f"{_('Nearest quotes')}:\n")
        parts += [part for quote in record.quotes for part in self._quote(quote)]
        if record.model_name:
            model = plain(f"{record.model_name}@{record.model_hash}")
            parts.append(f"{_('Read by')} {model}.\n")
        return "\n".join(parts)

    def end(self) -> str:
        return ""

    @staticmethod
    def _quote(quote: Quote) -> Iterator[str]:
        cited = quote.citation
        place = [plain(cited.passage), plain(cited.library), plain(cited.source)]
        if cited.page is not None:
            place.append(_("page {number}").format(number=cited.page))
        place += [plain(cited.section), _day(cited.saved_at)]
        at = quote.offsets
        units = (
            (_("code points"), at.code_points),
            (_("UTF-16 units"), at.utf16_units),
            (_("UTF-8 bytes"), at.utf8_bytes),
        )
        ranges = ", ".join(f"{name} {r.start}–{r.end}" for name, r in units)
        yield f"{quoted(quote.text)}\n"
        yield f"— {', '.join(filter(None, place))} <{cited.url}>  "
        yield f"{_worth(quote)} · {ranges}\n"


def _worth(quote: Quote) -> str:
    """What speaks for the quote: the model's numbers, a reviewer's word, or a file."""
    if quote.confirmation:
        return SAID[quote.confirmation.standing].format(
            name=plain(quote.confirmation.name),
            date=_day(quote.confirmation.at) if quote.confirmation.at else "",
        )
    if quote.score is None:
        return _("from a file")
    # Rounded down, as pages do: 93 % there is 0.93 here.
    return _("score {score:.2f}, margin {margin:.2f}").format(
        score=floor(100 * quote.score) / 100, margin=quote.margin
    )


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()
