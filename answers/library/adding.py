"""Texts become passages: checked, saved once each, numbered in their file, tagged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from answers.cleaning import cleaned
from answers.library.twins import Key, keys, keys_held
from answers.models import Library, Passage, Source, Tag, User, text_hash
from answers.texts import UnacceptableText


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a passage stood in the library that it was exported from."""

    file: str = ""  # name of the file that it came from; "": none
    format: str = ""  # of that file, ".pdf"
    sha256: str = ""
    size: int = 0  # bytes
    order: int | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage that is not saved yet."""

    title: str
    text: str
    page: int | None = None  # of its file, from 1
    section: str = ""  # headings that it stands under, "A › B"
    tags: tuple[str, ...] = ()
    origin: Origin | None = None  # set: it goes back there, whatever brings it


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage that is not saved yet, and its place in the file that it comes from."""

    item: NewPassage
    source: Source | None = None
    order: int | None = None  # from 0
    file: str = ""  # what it was called this time, where the source is older

    @property
    def is_archived(self) -> bool:
        return self.item.origin is not None and self.item.origin.archived

    @property
    def keys(self) -> set[Key]:
        item = self.item
        file = self.file or (self.source.name if self.source else "")
        if item.origin:
            file = item.origin.file
        return keys(text_hash(item.text), item.title, item.section, file)


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did."""

    passages: list[Passage]  # newly saved
    numbers: list[int]  # of those among all that were given, from 0
    already: int  # the others: the library held them before, or they came twice


def add(
    library: Library,
    items: Iterable[NewPassage],
    *,
    by: User | None = None,
    source: Source | None = None,
    first: int = 0,
) -> Added:
    """Save the passages, but for those that the library holds already.

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
    ready = [replace(one, item=checked(one.item)) for one in placed]
    with transaction.atomic():
        new = _new(library, ready)
        files = _files(library, new.values(), by)
        saved = Passage.objects.bulk_create(
            _row(library, one, files, by) for one in new.values()
        )
        tags = [one.item.tags for one in new.values()]
        _tag(library, list(zip(saved, tags, strict=True)))
    return Added(saved, list(new), already=len(ready) - len(new))


def _new(library: Library, ready: Sequence[Placed]) -> dict[int, Placed]:
    """Return those that are not among the current, or the archived, by their number."""
    new: dict[int, Placed] = {}
    for archived in (False, True):
        wanted = {n: o for n, o in enumerate(ready) if o.is_archived is archived}
        texts = {text_hash(one.item.text) for one in wanted.values()}
        taken = keys_held(library, texts, archived=archived)
        for number, one in wanted.items():
            if taken.isdisjoint(one.keys):
                new[number] = one
                taken |= one.keys
    return dict(sorted(new.items()))


def _row(
    library: Library,
    one: Placed,
    files: Mapping[str, Source],
    by: User | None,
) -> Passage:
    item, origin = one.item, one.item.origin
    return Passage(
        library=library,
        title=item.title,
        text=item.text,
        text_sha256=text_hash(item.text),
        created_by=by,
        source=files.get(origin.sha256) if origin else one.source,
        source_order=origin.order if origin else one.order,
        page=item.page,
        section=item.section,
        archived_at=timezone.now() if origin and origin.archived else None,
    )


def _files(
    library: Library, placed: Iterable[Placed], by: User | None
) -> dict[str, Source]:
    """Return, by hash, the files that passages came from before they were exported."""
    origins = {
        one.item.origin.sha256: one.item.origin
        for one in placed
        if one.item.origin and one.item.origin.file
    }
    if not origins:
        return {}
    held = library.sources.filter(sha256__in=origins)
    files = {source.sha256: source for source in held}
    made = Source.objects.bulk_create(
        Source(
            library=library,
            name=origin.file,
            format=origin.format,
            sha256=sha256,
            size=origin.size,
            imported_by=by,
        )
        for sha256, origin in origins.items()
        if sha256 not in files
    )
    return files | {source.sha256: source for source in made}


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
    text = cleaned(item.text)
    title = _one_line(item.title, 300) or "Untitled"
    if not text.strip():
        raise UnacceptableText(_("“%(title)s” holds no text.") % {"title": title})
    if len(text) > settings.PASSAGE_CHARACTERS:
        raise UnacceptableText(_too_long(title, len(text)))
    section = _one_line(item.section, 300)
    tags = tuple(filter(None, (_one_line(tag, 50) for tag in item.tags)))
    return NewPassage(title, text, item.page, section, tags, item.origin)


def _too_long(title: str, count: int) -> str:
    return _(
        "“%(title)s” has %(count)s characters; a passage holds at most %(most)s."
    ) % {
        "title": title,
        "count": number_format(count, force_grouping=True),
        "most": number_format(settings.PASSAGE_CHARACTERS, force_grouping=True),
    }


def _one_line(text: str, most: int) -> str:
    """Return at most so many characters; saved once more, the line stays the same."""
    return " ".join(cleaned(text).split())[:most].rstrip()
