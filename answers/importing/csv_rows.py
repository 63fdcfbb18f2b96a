"""CSV: every row is a passage.

A column called title or text (or the like) is that; one called "content" or "body" if
its cells hold texts. Without a text column the row is read out, "column: value", a line
for each.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, repeat

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answers.importing.decoding import open_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.parts import numbered, words_in
from answers.importing.records import (
    FIELDS,
    PERHAPS_TEXT,
    as_page,
    as_passages,
    as_section,
    as_tags,
)
from answers.importing.tables import LONGEST_FIELD, layout_of
from answers.library import NewPassage
from answers.texts import shortened

ROWS = 100  # that are looked at
TEXT = 5  # words; fewer are names and figures, unless they end as a sentence does
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


def read(file: Incoming) -> Iterator[NewPassage]:
    csv.field_size_limit(LONGEST_FIELD)
    with open_text(file, newline="") as stream:
        layout = layout_of(stream, file.suffix)
        rows = csv.reader(
            stream,
            delimiter=layout.delimiter,
            quoting=csv.QUOTE_MINIMAL if layout.has_quotes else csv.QUOTE_NONE,
            skipinitialspace=layout.has_blanks,
        )
        try:
            yield from _passages(rows, layout.above, file)
        except csv.Error as error:
            raise UnreadableFile(
                _(
                    "Line %(line)d is damaged: %(error)s. A quotation mark may be "
                    "missing. Please save the table as CSV again."
                )
                % {"line": rows.line_num, "error": error}
            ) from error


def _passages(
    rows: Iterator[list[str]], above: int, file: Incoming
) -> Iterator[NewPassage]:
    titles = [cell.strip() for row in islice(rows, above) for cell in row]
    filled: Iterator[list[str]] = filter(_is_filled, rows)
    names = next(filled, [])
    header = [name.strip() for name in names]
    first = list(islice(filled, ROWS))
    filled = chain(first, filled)
    columns = _columns(header, first)
    section = as_section(", ".join(filter(None, titles)))
    _note_others(header, columns, file)
    number, empty = 0, 0
    for number, row in enumerate(filled, 1):
        if row == names and len(names) > 1:
            continue  # of tables that were put together
        if "text" in columns and any(cell.strip() for cell in row[len(header) :]):
            raise csv.Error(_("it has more cells than the first row"))
        given = {key: row[at].strip() for key, at in columns.items() if at < len(row)}
        text = given.get("text", "") if "text" in columns else _read_out(header, row)
        empty += not text.strip()
        title = given.get("title", "") or numbered(file.stem, number)
        yield from as_passages(
            NewPassage(
                title=title,
                text=text,
                page=as_page(given.get("page")),
                section=as_section(given.get("section")) or section,
                tags=as_tags(given.get("tags")),
            )
        )
    if empty:
        said = ngettext(
            "%(count)d row without a text was left out.",
            "%(count)d rows without a text were left out.",
            empty,
        )
        file.notes.append(said % {"count": empty})
    if header and not number:
        raise UnreadableFile(
            _("There is only one row. The first row must name the columns.")
        )


def _is_filled(row: Sequence[str]) -> bool:
    return any(value.strip() for value in row)


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return where each field stands, by the first of its names that is there."""
    lower = [name.lower() for name in header]
    columns: dict[str, int] = {}
    for key, names in FIELDS.items():
        for name in filter(lower.__contains__, names):
            at = lower.index(name)
            if name not in PERHAPS_TEXT or len(header) == 1 or _holds_texts(at, rows):
                columns.setdefault(key, at)
    return columns


def _holds_texts(at: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether every other cell of the column, at least, is a sentence or more."""
    cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
    texts = [c for c in cells if words_in(c) >= TEXT or c.endswith(SENTENCE_ENDS)]
    return bool(cells) and len(texts) * 2 >= len(cells)


def _note_others(
    header: Sequence[str], columns: Mapping[str, int], file: Incoming
) -> None:
    """Tell of the columns that are not imported, where one holds the text.

    Where none does, tell what was taken for their names: it may have been a row.
    """
    if "text" not in columns and any(header):
        file.notes.append(
            _("The first row was taken for the names of the columns: %(names)s.")
            % {"names": shortened(", ".join(filter(None, header)), 200)}
        )
    used = set(columns.values())
    others = [name for at, name in enumerate(header) if name and at not in used]
    if "text" in columns and others:
        file.notes.append(
            _("“%(text)s” holds the text; other columns were left out: %(names)s.")
            % {
                "text": header[columns["text"]],
                "names": shortened(", ".join(others), 200),
            }
        )


def _read_out(header: Sequence[str], row: Sequence[str]) -> str:
    # No copy of the header: a million columns may stand above rows of one cell.
    names = chain(header, repeat(""))
    cells = ((name, value.strip()) for name, value in zip(names, row, strict=False))
    return "\n".join(
        f"{name}: {value}" if name else value for name, value in cells if value
    )
