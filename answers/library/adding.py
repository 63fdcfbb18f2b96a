"""Texts become passages: checked, saved once each, numbered in their file, tagged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from answers.models import Library, Passage, Source, Tag, User, text_hash
from answers.texts import UnacceptableText, clean


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage that is not saved yet."""

    title: str
    text: str
    page: int | None = None  # of its file, from 1
    section: str = ""  # headings that it stands under, "A › B"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage that is not saved yet, and its place in the file that it comes from."""

    item: NewPassage
    source: Source | None = None
    order: int | None = None  # from 0


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did."""

    passages: list[Passage]  # newly saved
    already: int  # texts that the library held before


def add(
    library: Library,
    items: Iterable[NewPassage],
    *,
    by: User | None = None,
    source: Source | None = None,
    first: int = 0,
) -> Added:
    """Save the passages, but for texts that the library holds already.

    With a `source`, the file that they come from, they are numbered in it from `first`.
    All or none: one transaction. Raises UnacceptableText with a sentence that names
    the passage for a text that is empty, too long or damaged.
    """
    numbered = enumerate(items, first)
    return place(
        library,
        (Placed(item, source, order if source else None) for order, item in numbered),
        by=by,
    )


def place(
    library: Library, placed: Iterable[Placed], *, by: User | None = None
) -> Added:
    """Save passages of one file or several, as `add` does."""
    ready: dict[str, Placed] = {}
    for one in placed:
        item = checked(one.item)
        ready.setdefault(text_hash(item.text), Placed(item, one.source, one.order))
    with transaction.atomic():
        there = set(
            library.passages.current()
            .filter(text_sha256__in=ready)
            .values_list("text_sha256", flat=True)
        )
        saved = Passage.objects.bulk_create(
            Passage(
                library=library,
                title=one.item.title,
                text=one.item.text,
                text_sha256=key,
                created_by=by,
                source=one.source,
                source_order=one.order,
                page=one.item.page,
                section=one.item.section,
            )
            for key, one in ready.items()
            if key not in there
        )
        _tag(library, [(p, ready[p.text_sha256].item.tags) for p in saved])
    return Added(passages=saved, already=len(there))


def _tag(library: Library, tagged: Sequence[tuple[Passage, Sequence[str]]]) -> None:
    """Give new passages their tags; those that the library lacks are made."""
    names = sorted({name for _, tags in tagged for name in tags})
    if not names:
        return
    Tag.objects.bulk_create(
        (Tag(library=library, name=name) for name in names), ignore_conflicts=True
    )
    tags = {tag.name: tag for tag in library.tags.filter(name__in=names)}
    Passage.tags.through.objects.bulk_create(
        Passage.tags.through(passage=passage, tag=tags[name])
        for passage, given in tagged
        for name in dict.fromkeys(given)
    )


def checked(item: NewPassage) -> NewPassage:
    """Return the passage as it will be saved, or raise UnacceptableText."""
    text = clean(item.text)
    title = " ".join(clean(item.title).split())[:300] or "Untitled"
    if not text.strip():
        raise UnacceptableText(f"“{title}” holds no text.")
    if len(text) > settings.PASSAGE_CHARACTERS:
        raise UnacceptableText(
            f"“{title}” has {len(text):,} characters; a passage holds at most "
            f"{settings.PASSAGE_CHARACTERS:,}."
        )
    section = " ".join(clean(item.section).split())[:300]
    tags = tuple(filter(None, (" ".join(clean(t).split())[:50] for t in item.tags)))
    return NewPassage(title, text, item.page, section, tags)
