"""Whether a library holds a passage already: the same text under the same headings.

"Yes." below one question is not "Yes." below another. The number of a part, and the
name of a file, which stand in a title where nothing better does, are no headings: rows
of two exports that overlap are saved once.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

import regex

from answers.models import Library, Passage
from answers.texts import BELOW

NUMBER = regex.compile(r" \([0-9]+\)$")  # "Title (2)"
Key = tuple[str, ...]  # the hash of a text, and what it stands under


def keys(text: str, title: str, section: str, file: str) -> set[Key]:
    """Return what a passage is known by: it is another's twin if they share a key.

    `text` is the hash of its text, `file` the name of the file that it comes from. The
    first key is what the database allows once.
    """
    named = " ".join(PurePath(file).stem.split())
    headings = [*section.split(BELOW), without_number(title)]
    return {
        (text, title, section),
        (text, *dict.fromkeys(name for name in headings if name not in {"", named})),
    }


def keys_of(passage: Passage) -> set[Key]:
    file = passage.source.name if passage.source else ""
    return keys(passage.text_sha256, passage.title, passage.section, file)


def keys_held(library: Library, texts: Iterable[str], *, archived: bool) -> set[Key]:
    """Return the keys of the passages that have these texts, given by their hashes."""
    rows = (
        library.passages.filter(archived_at__isnull=False, text_sha256__in=texts)
        if archived
        else Passage.objects.held_by(library, texts)
    )
    known = rows.values_list("text_sha256", "title", "section", "source__name")
    return {
        key
        for text, title, section, file in known
        for key in keys(text, title, section, file or "")
    }


def without_twins(library: Library, passages: Iterable[Passage]) -> Iterator[Passage]:
    """Yield those that may be current in the library, the first of twins alone."""
    wanted = list(passages)
    taken = keys_held(library, {p.text_sha256 for p in wanted}, archived=False)
    for passage in wanted:
        known = keys_of(passage)
        if taken.isdisjoint(known):
            yield passage
            taken |= known


def twin_of(passage: Passage) -> Passage | None:
    """Return another current passage of its library that is the same."""
    known = keys_of(passage)
    same = Passage.objects.held_by(passage.library, [passage.text_sha256])
    others = same.exclude(pk=passage.pk).select_related("source")
    return next((o for o in others if not known.isdisjoint(keys_of(o))), None)


def without_number(title: str) -> str:
    """Return the title that a part has in common with the others: "Title"."""
    return str(NUMBER.sub("", title))
