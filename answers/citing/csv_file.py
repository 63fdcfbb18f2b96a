"""Conversations as a table, safe to be opened in a spreadsheet."""

from answers.citing.records import Heading, Quote, Record
from answers.reviewing import Confirmation
from answers.spreadsheets import BOM, harmless, rows

COLUMNS = tuple(
    (
        "question_id question asked_at status libraries rank answer score margin "
        "confirmed_by confirmed_at confirmation "
        "passage library source page section passage_saved_at passage_replaced "
        "passage_sha256 url start_code_point end_code_point start_utf16_unit "
        "end_utf16_unit start_utf8_byte end_utf8_byte prefix suffix model model_hash"
    ).split()
)


class CsvWriter:
    """A row an answer; a question without any has one row with empty cells."""

    media_type = "text/csv"
    suffix = "csv"

    def begin(self, heading: Heading) -> str:
        return BOM + rows([COLUMNS])

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
            return rows([(*asked, *empty, *model)])
        return rows([(*asked, *self._cells(q), *model) for q in record.quotes])

    def end(self) -> str:
        return ""

    @staticmethod
    def _cells(quote: Quote) -> tuple[object, ...]:
        cited, at = quote.citation, quote.offsets
        ranges = (at.code_points, at.utf16_units, at.utf8_bytes)
        return (
            quote.rank,
            harmless(quote.text),
            "" if quote.score is None else quote.score,
            "" if quote.margin is None else quote.margin,
            *_confirmed(quote.confirmation),
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


def _confirmed(confirmation: Confirmation | None) -> tuple[str, str, str]:
    if confirmation is None:
        return "", "", ""
    at = confirmation.at.isoformat() if confirmation.at else ""
    return harmless(confirmation.name), at, confirmation.standing.value
