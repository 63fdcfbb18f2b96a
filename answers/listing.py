"""What the list of a library shows: what is chosen, in which order, page by page.

Comfortable with 100,000 passages: numbers of rows are walked in an index, from the
nearer end, and only the rows of one page are read.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import regex
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from answers import library as shelf
from answers.library import Part
from answers.models import Library, Passage, Source, Tag

PASSAGES_LISTED = 50
OPENING_CHARACTERS = 180
SNIPPET_BEFORE, SNIPPET_AFTER = 60, 140  # code points around the first match
HITS = 1_000  # a search lists the best
TAGS_SHOWN = 8  # of a passage, in the list
TAGS_NAMED = 20  # on the page of the library
SECONDS_KEPT = 300  # which tags are used most
COMMON = 2_000  # passages: a tag or file of more is looked for along the index
WORDS = 16  # of a search in the archive

Parts = tuple[Part, ...]
Tagged = Passage.tags.through


class Sort(models.TextChoices):
    TITLE = "title", _("Title")
    NEWEST = "newest", _("Newest first")
    SOURCE = "source", _("Order in the file")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which passages of a library are listed, and in which order."""

    words: str = ""
    tag: Tag | None = None
    source: Source | None = None
    archived: bool = False
    sort: str = Sort.TITLE

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.tag or self.source or self.archived)

    def as_query(self) -> dict[str, str]:
        """The parameters of an address that chooses the same."""
        given = {
            "q": self.words,
            "tag": str(self.tag.pk) if self.tag else "",
            "source": str(self.source.pk) if self.source else "",
            "state": "archived" if self.archived else "",
            "sort": self.sort if self.sort != Sort.TITLE else "",
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Row:
    """A passage in the list."""

    passage: Passage  # its text is not read
    title: Parts
    text: Parts

    @property
    def tags(self) -> list[Tag]:
        return list(self.passage.tags.all())[:TAGS_SHOWN]

    @property
    def facts(self) -> bool:
        """Whether there is anything to say below the text."""
        known = self.passage.source_id or self.passage.archived_at
        return bool(known or self.tags)


class Rows:
    """The chosen passages as Django's Paginator takes them."""

    ordered = True

    def __init__(self, library: Library, choice: Choice) -> None:
        self.library = library
        self.choice = choice
        self._hits = _hits(library, choice) if choice.words else None
        self._total: int | None = None

    def count(self) -> int:
        if self._total is None:
            found = self._hits
            self._total = len(found) if found is not None else self._counted()
        return self._total

    def _counted(self) -> int:
        if self.choice.tag and not self.choice.source and not self.choice.archived:
            return with_counts(self.library, [self.choice.tag])[0].passages_tagged
        return chosen(self.library, self.choice).count()

    def ids(self) -> list[int]:
        """All of them, for what is done to all."""
        if self._hits is not None:
            return self._hits
        return list(chosen(self.library, self.choice).values_list("pk", flat=True))

    def __getitem__(self, part: slice) -> list[Row]:
        return self._read(self._ids(part.start or 0, part.stop))

    def _ids(self, start: int, stop: int) -> list[int]:
        if self._hits is not None:
            return self._hits[start:stop]
        rows = chosen(self.library, self.choice, size=self.count())
        rows = rows.order_by(*_order(self.choice))
        total = self.count()
        if start <= total // 2:
            return list(rows.values_list("pk", flat=True)[start:stop])
        backwards = rows.reverse().values_list("pk", flat=True)
        stop = min(stop, total)
        return list(backwards[total - stop : total - start])[::-1]

    def _read(self, ids: list[int]) -> list[Row]:
        found = self._passages(ids)
        words = self.choice.words
        if words and not self.choice.archived:
            hits = shelf.marked(self.library, words, ids)
            marked = {hit.passage.pk: (hit.title, hit.snippet) for hit in hits}
            return [Row(found[pk], *marked[pk]) for pk in ids if pk in marked]
        return [row_of(found[pk], words) for pk in ids if pk in found]

    def _passages(self, ids: list[int]) -> dict[int, Passage]:
        rows = self.library.passages.select_related("source").prefetch_related("tags")
        if self.choice.words and self.choice.archived:
            return rows.in_bulk(ids)  # with the texts: the matches are looked for here
        opening = Substr("text", 1, 2 * OPENING_CHARACTERS)
        return rows.annotate(opening=opening).defer("text").in_bulk(ids)


def whole(given: str) -> int:
    """The number that was sent, or one that no row has."""
    fits = given.isascii() and given.isdigit() and len(given) < 19
    return int(given) if fits else -1


def page_of(library: Library, choice: Choice, number: str | None) -> Page[Row]:
    """The page of this number, or the nearest there is."""
    rows: Any = Rows(library, choice)
    return Paginator[Row](rows, PASSAGES_LISTED).get_page(number)


def chosen(library: Library, choice: Choice, *, size: int = 0) -> QuerySet[Passage]:
    """The chosen passages, in no order, without regard to the words of a search.

    `size`, how many they are, picks the way in which SQLite looks for them.
    """
    kept = library.passages.all()
    rows = kept.archived() if choice.archived else kept.current()
    if choice.tag:
        mine = Tagged.objects.filter(tag=choice.tag)
        if size > COMMON:
            rows = rows.filter(Exists(mine.filter(passage=OuterRef("pk"))))
        else:
            rows = rows.filter(pk__in=mine.values("passage"))
    if choice.source:
        if choice.sort == Sort.SOURCE or size > COMMON:
            rows = rows.filter(source=choice.source)
        else:  # else SQLite walks all titles of the library
            among = Passage.objects.filter(source=choice.source)
            rows = rows.filter(pk__in=among.order_by().values("pk"))
    return rows.order_by()


def _order(choice: Choice) -> list[Any]:
    if choice.sort == Sort.NEWEST:
        return ["-archived_at", "-pk"] if choice.archived else ["-pk"]
    if choice.sort == Sort.SOURCE:
        return [F("source_id").asc(nulls_last=True), "source_order", "pk"]
    return ["title", "pk"]


def _hits(library: Library, choice: Choice) -> list[int]:
    """The best hits of a search, best first, that the choice leaves."""
    if choice.archived:
        return _hits_in_the_archive(library, choice)
    hits = shelf.find_ids(library, choice.words, limit=HITS)
    if choice.tag:
        tagged = Tagged.objects.filter(tag=choice.tag, passage__in=hits)
        kept = set(tagged.values_list("passage", flat=True))
        hits = [pk for pk in hits if pk in kept]
    if choice.source:
        from_it = library.passages.filter(source=choice.source, pk__in=hits)
        kept = set(from_it.values_list("pk", flat=True))
        hits = [pk for pk in hits if pk in kept]
    return hits


def _hits_in_the_archive(library: Library, choice: Choice) -> list[int]:
    """The index holds current passages only: what is archived is looked through."""
    rows = chosen(library, choice)
    for word in shelf.WORD.findall(choice.words)[:WORDS]:
        rows = rows.filter(holds("title", word) | holds("text", word))
    return list(rows.order_by("title", "pk").values_list("pk", flat=True)[:HITS])


def holds(field: str, words: str) -> Q:
    """Whether the words stand in the field, capitals or not.

    SQLite's LIKE knows the capitals of ASCII only; its REGEXP is Python's, and slower.
    """
    if words.isascii():
        return Q(**{f"{field}__icontains": words})
    return Q(**{f"{field}__iregex": re.escape(words)})


def row_of(passage: Passage, words: str) -> Row:
    """A row with its opening, or (of the archive) with the words marked."""
    if not words:
        opening = str(getattr(passage, "opening", ""))
        title, text = Part(passage.title, False), Part(_short(opening), False)
        return Row(passage, (title,), (text,))
    match = matcher(words)
    return Row(passage, parts(passage.title, match), snippet(passage.text, match))


def _short(opening: str) -> str:
    line = " ".join(opening.split())
    if len(line) <= OPENING_CHARACTERS:
        return line
    return line[:OPENING_CHARACTERS].rsplit(" ", 1)[0] + " …"


def matcher(words: str) -> "regex.Pattern[str] | None":
    """What finds the words of a search in a text, with the endings they may have."""
    stems = {regex.escape(w[: max(3, len(w) - 2)]) for w in shelf.WORD.findall(words)}
    if not stems:
        return None
    either = "|".join(sorted(stems, key=len, reverse=True))
    inside = r"[\p{L}\p{M}\p{N}]"
    return regex.compile(
        rf"(?<!{inside})(?:{either}){inside}{{0,5}}(?!{inside})", regex.I
    )


def parts(text: str, match: "regex.Pattern[str] | None") -> Parts:
    """The text in pieces; those that match are marked."""
    found: list[Part] = []
    at = 0
    for hit in match.finditer(text) if match else ():
        found += [Part(text[at : hit.start()], False), Part(hit.group(), True)]
        at = hit.end()
    return tuple(part for part in [*found, Part(text[at:], False)] if part.text)


def snippet(text: str, match: "regex.Pattern[str] | None") -> Parts:
    """The surroundings of the first match, on one line."""
    first = match.search(text) if match else None
    at = first.start() if first else 0
    start = max(0, at - SNIPPET_BEFORE)
    end = min(len(text), at + SNIPPET_AFTER)
    if start:
        start = text.find(" ", start, at) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", at + 1, end), at + 1) if " " in text[at:end] else end
    cut = " ".join(text[start:end].split())
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return parts(before + cut + after, match)


# -- Tags ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A tag, and how many current passages have it."""

    tag: Tag
    passages_tagged: int


def with_counts(library: Library, tags: Iterable[Tag]) -> list[CountedTag]:
    """Count the current passages of each tag without reading them.

    All that have the tag are counted in its index; then those that are archived or
    replaced, mostly few, are taken off.
    """
    listed = list(tags)
    rows = Tagged.objects.filter(tag__in=[tag.pk for tag in listed]).order_by()
    total = _per_tag(rows)
    away = library.passages.filter(archived_at__isnull=False).order_by()
    gone = list(away.values_list("pk", flat=True)[: COMMON + 1])
    if len(gone) > COMMON:
        minus = _per_tag(rows.filter(passage__archived_at__isnull=False))
    else:
        minus = _per_tag(rows.filter(passage__in=gone)) if gone else {}
    return [
        CountedTag(tag, total.get(tag.pk, 0) - minus.get(tag.pk, 0)) for tag in listed
    ]


def _per_tag(rows: Any) -> dict[int, int]:
    return dict(rows.values_list("tag").annotate(Count("pk")))


def tags_used_most(library: Library, *, among: int) -> list[CountedTag]:
    """The tags to be named on the library's page; `among` is how many it has."""
    tags = library.tags.all()
    if among > TAGS_NAMED:
        tags = tags.filter(pk__in=_most_used(library))
    return with_counts(library, tags)


def _most_used(library: Library) -> Sequence[int]:
    """Which tags are used most; with thousands it takes a while, so it is kept."""
    key = f"tags-used-most-{library.pk}"
    kept: list[int] | None = cache.get(key)
    if kept is None:
        rows = Tagged.objects.filter(tag__in=library.tags.values("pk")).order_by()
        used = Count("passage")
        counted = rows.values("tag").annotate(used=used).order_by("-used", "tag")
        kept = [row["tag"] for row in counted[:TAGS_NAMED]]
        cache.set(key, kept, SECONDS_KEPT)
    return kept
