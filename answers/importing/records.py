"""What rows of a table and lines of JSON have in common: fields with known names."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace

from answers.importing.blocks import SECTION, passages
from answers.importing.plain import paragraphs
from answers.library import NewPassage

FIELDS = {  # what people call them, the likeliest first
    "title": (
        *("title", "titel", "titre", "subject", "betreff", "objet"),
        *("name", "heading"),
    ),
    "text": (
        *("text", "content", "body", "passage", "context"),
        *("texte", "inhalt", "contenu"),
    ),
    "tags": ("tags", "tag", "keywords", "schlagwörter", "mots-clés"),
    "section": ("section", "abschnitt"),
    "page": ("page", "seite"),
}
# Other tables have columns of these names, too: litres of a bottle, the make of a car.
PERHAPS_TEXT = frozenset(FIELDS["text"]) - {"text", "texte"}
PAGE = re.compile("[0-9]{1,9}")


def as_passages(record: NewPassage) -> Iterator[NewPassage]:
    """Yield the record, cut between its paragraphs if it is long; none if empty."""
    for part in passages(paragraphs(io.StringIO(record.text)), title=record.title):
        yield replace(record, title=part.title, text=part.text)


def as_page(value: object) -> int | None:
    """Return the number of a page, None for what is none."""
    if isinstance(value, str):
        digits = value.strip()
        value = int(digits) if PAGE.fullmatch(digits) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < 10**9 else None


def as_section(value: object) -> str:
    return " ".join(value.split())[:SECTION] if isinstance(value, str) else ""


def as_tags(value: object) -> tuple[str, ...]:
    """Return the names of a list, or of a text with commas (or semicolons) between."""
    if isinstance(value, str):
        value = value.replace(";", ",").replace("|", ",").split(",")
    if not isinstance(value, list):
        return ()
    names = (" ".join(item.split()) for item in value if isinstance(item, str))
    return tuple(dict.fromkeys(name for name in names if name))
