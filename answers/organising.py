"""What an editor does to many passages at once, and to the tags of a library.

Everything is done in lots, each a transaction of its own: the one lock for writing is
never held for long, and what two people do at the same time to the same passages is
done once. A passage that is no longer where it was is left out, never an error.
Who may do it is the caller's business.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from answers.library import without_twins
from answers.models import (
    Fingerprint,
    Library,
    Likeness,
    Passage,
    Source,
    Tag,
)

LOT = 500
Tagged = Passage.tags.through


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the passages."""

    done: int
    twins: int = 0  # left alone: the very passage is there already


def archive(library: Library, ids: Iterable[int], *, at: datetime) -> Outcome:
    """Archive the current passages among these; `at` is what undoing is told."""
    current = library.passages.current()
    done = sum(current.filter(pk__in=lot).update(archived_at=at) for lot in _lots(ids))
    return Outcome(done)


def restore(library: Library, ids: Iterable[int]) -> Outcome:
    """Bring archived passages back, but where the same is there already."""
    done = twins = 0
    for lot in _lots(ids):
        with transaction.atomic():
            archived = library.passages.archived().filter(pk__in=lot).order_by("pk")
            rows = list(archived.defer("text").select_related("source"))
            back = [p.pk for p in without_twins(library, rows)]
            twins += len(rows) - len(back)
            done += library.passages.filter(pk__in=back).update(archived_at=None)
    return Outcome(done, twins)


def undo_archive(library: Library, *, at: datetime) -> Outcome:
    """Restore what was archived together."""
    together = library.passages.archived().filter(archived_at=at)
    return restore(library, list(together.values_list("pk", flat=True)))


def move(library: Library, ids: Iterable[int], target: Library) -> Outcome:
    """Move passages, archived ones too, with their older versions, files and tags."""
    done = twins = 0
    touched: set[int] = set()
    for lot in _lots(ids):
        with transaction.atomic():
            rows = _latest(library, lot)
            current = [p for p in rows if p.archived_at is None]
            free = {p.pk for p in without_twins(target, current)}
            going = [p for p in rows if p.archived_at is not None or p.pk in free]
            twins += len(rows) - len(going)
            done += len(going)
            everything = going + _older_versions(going)
            touched |= {p.source_id for p in everything if p.source_id}
            _carry(everything, target)
    _forget_empty(library, touched)
    return Outcome(done, twins)


def _latest(library: Library, ids: Sequence[int]) -> list[Passage]:
    rows = library.passages.filter(pk__in=ids, successor=None)
    return list(rows.defer("text").select_related("source").order_by("pk"))


def _older_versions(passages: Sequence[Passage]) -> list[Passage]:
    """Go along: whoever reads the new version may look at the old ones."""
    found: list[Passage] = []
    newer: list[Passage] = list(passages)
    while newer:
        keys = [p.pk for p in newer]
        newer = list(Passage.objects.filter(successor__in=keys).defer("text"))
        found += newer
    return found


def _carry(passages: Sequence[Passage], target: Library) -> None:
    keys = [p.pk for p in passages]
    _carry_tags(keys, target)
    by_source: dict[int | None, list[int]] = {}
    for p in passages:
        by_source.setdefault(p.source_id, []).append(p.pk)
    sources = Source.objects.in_bulk([key for key in by_source if key])
    for key, members in by_source.items():
        source = _same_source(sources[key], target) if key else None
        Passage.objects.filter(pk__in=members).update(library=target, source=source)
    # Whom they are like is looked for anew, in the other library.
    Fingerprint.objects.filter(passage__in=keys).delete()
    Likeness.objects.filter(passage__in=keys).delete()
    Likeness.objects.filter(other__in=keys).delete()


def _same_source(source: Source, target: Library) -> Source:
    """The same file in the other library; its row is made where it is missing."""
    same, _made = target.sources.get_or_create(
        sha256=source.sha256,
        defaults={
            "name": source.name,
            "format": source.format,
            "size": source.size,
            "imported_at": source.imported_at,
            "imported_by_id": source.imported_by_id,
        },
    )
    return same


def _carry_tags(passages: Sequence[int], target: Library) -> None:
    """Give the passages the tags of the same names in the other library."""
    given = Tagged.objects.filter(passage__in=passages)
    rows = list(given.values_list("passage", "tag__name"))
    given.delete()
    tags = _tags_named(target, {name for _passage, name in rows})
    Tagged.objects.bulk_create(
        (Tagged(passage_id=passage, tag=tags[name]) for passage, name in rows),
        ignore_conflicts=True,
    )


def _tags_named(library: Library, names: Iterable[str]) -> dict[str, Tag]:
    wanted = sorted(names)
    Tag.objects.bulk_create(
        (Tag(library=library, name=name) for name in wanted), ignore_conflicts=True
    )
    return {tag.name: tag for tag in library.tags.filter(name__in=wanted)}


def _forget_empty(library: Library, sources: Iterable[int]) -> None:
    """A file of which nothing is left can be imported here again."""
    library.sources.filter(pk__in=sources, passages=None).delete()


# -- Tags ----------------------------------------------------------------------------


def give_tags(passage: Passage, names: Iterable[str]) -> None:
    """Let the passage have exactly these tags."""
    with transaction.atomic():
        passage.tags.set(_tags_named(passage.library, names).values())


def add_tag(library: Library, ids: Iterable[int], name: str) -> Outcome:
    """Tag the passages, with a tag that is made where the library lacks it."""
    done = 0
    for lot in _lots(ids):
        with transaction.atomic():
            tag = _tags_named(library, [name])[name]
            there = library.passages.filter(pk__in=lot).order_by()
            keys = list(there.values_list("pk", flat=True))
            Tagged.objects.bulk_create(
                (Tagged(passage_id=key, tag=tag) for key in keys), ignore_conflicts=True
            )
            done += len(keys)
    return Outcome(done)


def remove_tag(library: Library, ids: Iterable[int], tag: Tag) -> Outcome:
    """Take the tag off the passages that have it."""
    mine = Tagged.objects.filter(tag=tag, tag__library=library)
    return Outcome(sum(mine.filter(passage__in=lot).delete()[0] for lot in _lots(ids)))


def rename_tag(tag: Tag, name: str) -> Tag:
    """Rename the tag; where the library has one of that name, the two become one."""
    with transaction.atomic():
        same = tag.library.tags.filter(name=name).exclude(pk=tag.pk).first()
        if same is None:
            tag.name = name
            tag.save(update_fields=["name"])
            return tag
        tagged = Tagged.objects.filter(tag=tag).values_list("passage", flat=True)
        Tagged.objects.bulk_create(
            (Tagged(passage_id=key, tag=same) for key in tagged), ignore_conflicts=True
        )
        tag.delete()
    return same


# -- Libraries -----------------------------------------------------------------------


def delete_library(library: Library) -> None:
    """Delete the library with its passages, and the answers that quote them.

    In lots: should the server stop in between, the library is still there, with fewer
    passages, and can be deleted again.
    """
    while lot := list(library.passages.order_by().values_list("pk", flat=True)[:LOT]):
        Passage.objects.filter(pk__in=lot).delete()
    library.delete()


def _lots(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while lot := list(islice(rest, LOT)):
        yield lot
