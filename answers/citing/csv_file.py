"""Conversations as a table, safe to be opened in a spreadsheet."""

import csv
import io
from collections.abc import Sequence

import regex

from answers.citing.records import Heading, Quote, Record

BOM = "\ufeff"  # by which spreadsheets know UTF-8
COLUMNS = tuple(
    (
        "question_id question asked_at status libraries rank answer score margin "
        "passage library source page section passage_saved_at passage_replaced "
        "passage_sha256 url start_code_point end_code_point start_utf16_unit "
        "end_utf16_unit start_utf8_byte end_utf8_byte prefix suffix model model_hash"
    ).split()
)
# What a spreadsheet would calculate: at the beginning, also behind blanks, quotes and
# characters that nobody sees, and behind a semicolon or a tab, since spreadsheets of
# many countries cut there. The full-width signs count as well.
FORMULA = regex.compile(r"(^|[;\t])(?=[\s\p{C}\p{Z}\"'`]*[=+\-@＝＋－＠])|^(?=[\t\r])")


def harmless(cell: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula.

    An apostrophe is what spreadsheets themselves put before a text that is no formula.
    """
    return str(FORMULA.sub(r"\1'", cell))


class CsvWriter:
    """A row an answer; a question without any has one row with empty cells."""

    media_type = "text/csv"
    suffix = "csv"

    def begin(self, heading: Heading) -> str:
        return BOM + _rows([COLUMNS])

    def write(self, record: Record, *, first: bool) -> str:
        asked = (
            str(record.id),
            harmless(record.text),
            record.asked_at.isoformat(),
            record.status,
            harmless(", ".join(record.libraries)),
        )
        model = (harmless(record.model_name), harmless(record.model_hash))
        if not record.quotes:
            empty = [""] * (len(COLUMNS) - len(asked) - len(model))
            return _rows([(*asked, *empty, *model)])
        return _rows([(*asked, *self._cells(q), *model) for q in record.quotes])

    def end(self) -> str:
        return ""

    @staticmethod
    def _cells(quote: Quote) -> tuple[object, ...]:
        cited, at = quote.citation, quote.offsets
        ranges = (at.code_points, at.utf16_units, at.utf8_bytes)
        return (
            quote.rank,
            harmless(quote.text),
            quote.score,
            quote.margin,
            harmless(cited.passage),
            harmless(cited.library),
            harmless(cited.source),
            "" if cited.page is None else cited.page,
            harmless(cited.section),
            cited.saved_at.isoformat(),
            "yes" if cited.replaced else "no",
            cited.sha256,
            cited.url,
            *(place for range_ in ranges for place in (range_.start, range_.end)),
            harmless(quote.prefix),
            harmless(quote.suffix),
        )


def _rows(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return out.getvalue()
