"""JSON lines: every line is an object with a text, and a title, tags, page, section."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from answers.importing.decoding import open_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.parts import numbered
from answers.importing.records import (
    FIELDS,
    as_page,
    as_passages,
    as_section,
    as_tags,
)
from answers.library import NewPassage
from answers.texts import LONE_SURROGATE

LONGEST_LINE = 4_000_000  # code points


def read(file: Incoming) -> Iterator[NewPassage]:
    with open_text(file) as stream:
        lines = iter(lambda: stream.readline(LONGEST_LINE), "")
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield from _passages(_parsed(line, number), number, file)


def _parsed(line: str, number: int) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _wrong(number, _("it is not JSON")) from error
    if not isinstance(record, dict):
        raise _wrong(number, _('it is not an object, as {"text": "…"}'))
    return record


def _passages(
    record: Mapping[str, Any], number: int, file: Incoming
) -> Iterator[NewPassage]:
    found = {key: _first(record, names) for key, names in FIELDS.items()}
    text, title = found["text"], found["title"]
    if text is None and any(name in record for name in FIELDS["text"]):
        return  # null: an empty cell of the table that it was
    if not isinstance(text, str):
        raise _wrong(number, _("it has no “text”"))
    if "\0" in text or LONE_SURROGATE.search(text):
        raise _wrong(number, _("its text holds NUL or half of a surrogate pair"))
    if not isinstance(title, str) or not title.strip():
        title = numbered(file.stem, number)
    yield from as_passages(
        NewPassage(
            title=title,
            text=text,
            page=as_page(found["page"]),
            section=as_section(found["section"]),
            tags=as_tags(found["tags"]),
        )
    )


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    values = (record.get(name) for name in names)
    return next((value for value in values if value is not None), None)


def _wrong(number: int, what: str) -> UnreadableFile:
    return UnreadableFile(
        _("Line %(number)d cannot be read: %(what)s. Please repair that line.")
        % {"number": number, "what": what}
    )
