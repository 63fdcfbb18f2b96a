"""CSV that spreadsheets open as it is meant (Django-free)."""

import csv
import io
from collections.abc import Iterable, Sequence

import regex

BOM = "\ufeff"  # by which spreadsheets know UTF-8
# Where a spreadsheet may find something to calculate: at the beginning, also behind
# blanks, quotes and characters that nobody sees, and behind a semicolon or a tab, since
# spreadsheets of many countries cut there. The full-width signs count as well. It never
# tries the same blanks twice: a cell may be nothing but a million tabs.
CUT = regex.compile(r"([;\t]|^)([\s\p{C}\p{Z}\"'`]*+)([=+\-@＝＋－＠])?")


def harmless(cell: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula.

    An apostrophe is what spreadsheets themselves put before a text that is no formula.
    """
    return str(CUT.sub(_guarded, cell))


def _guarded(found: "regex.Match[str]") -> str:
    begin, blanks, sign = found.groups(default="")
    guard = "'" if sign else ""
    first = found.start() == 0 and begin != ";"
    lead = "'" if first and (sign or (begin + blanks)[:1] in {"\t", "\r"}) else ""
    if first and not begin:
        guard = ""  # the lead is there already
    if sign:
        blanks = blanks.replace("\t", "\t'")
    return f"{lead}{begin}{guard}{blanks}{sign}"


def rows(cells: Iterable[Sequence[object]]) -> str:
    """Return rows of CSV; texts are quoted, so that numbers alone stay numbers."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerows(cells)
    return out.getvalue()
