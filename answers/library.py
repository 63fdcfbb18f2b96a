"""Saved passages as something searchable.

One FTS5 table holds the words of all current passages; triggers keep it in step with
`answers_passage` inside whatever transaction changes a passage, so that no code path
(admin, import, cascade, raw SQL) can forget it. The library is a column of the index
itself: a search is narrowed inside FTS5, never by filtering its hits (a huge full-text
table filtered by a column outside the index is a hundred times slower).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex
from django.conf import settings
from django.db import connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS

from answers.models import Library, Passage, Source, Tag, User, text_hash
from answers.texts import UnacceptableText, clean

INDEX = """
CREATE VIRTUAL TABLE passage_words USING fts5(
    library_id, title, text,
    content='answers_passage', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)"""
# An FTS5 table with outside content forgets a row only when it is told the old values.
TRIGGERS = {
    "passage_words_in": """
AFTER INSERT ON answers_passage WHEN new.archived_at IS NULL BEGIN
    INSERT INTO passage_words(rowid, library_id, title, text)
    VALUES (new.id, new.library_id, new.title, new.text);
END""",
    "passage_words_out": """
AFTER DELETE ON answers_passage WHEN old.archived_at IS NULL BEGIN
    INSERT INTO passage_words(passage_words, rowid, library_id, title, text)
    VALUES ('delete', old.id, old.library_id, old.title, old.text);
END""",
    "passage_words_moved": """
AFTER UPDATE OF library_id, title, archived_at ON answers_passage BEGIN
    INSERT INTO passage_words(passage_words, rowid, library_id, title, text)
    SELECT 'delete', old.id, old.library_id, old.title, old.text
    WHERE old.archived_at IS NULL;
    INSERT INTO passage_words(rowid, library_id, title, text)
    SELECT new.id, new.library_id, new.title, new.text
    WHERE new.archived_at IS NULL;
END""",
    # The last line of defence of the promise that every saved answer rests on.
    "passage_never_changes": """
BEFORE UPDATE OF text ON answers_passage WHEN new.text IS NOT old.text BEGIN
    SELECT RAISE(ABORT, 'a saved passage never changes');
END""",
}
FILL = """
INSERT INTO passage_words(rowid, library_id, title, text)
SELECT id, library_id, title, text FROM answers_passage WHERE archived_at IS NULL"""
# The weights are those of library_id, title and text; CONTRIBUTING.md has the
# measurements. The row id makes the order total.
BEST = """
SELECT rowid FROM passage_words WHERE passage_words MATCH %s
ORDER BY bm25(passage_words, 0.0, 2.0, 1.0), rowid LIMIT %s"""
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Words that a question is made of rather than about. Without them the right passage is
# among the first ten a little more often, and the search is faster.
STOP_WORDS = frozenset(
    (
        "a an and are as at be been but by can could did do does for from had has have "
        "he her his how i if in into is it its me my of on or our she should so than "
        "that the their them then there these they this to was we were what when where "
        "which who whom whose why will with would you your"
    ).split()
)


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


def install_index(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the index and its triggers where they are missing, and fill the index."""
    connection = connections[using]
    if "answers_passage" not in connection.introspection.table_names():
        return  # migrated back to nothing
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master")
        present = {name for (name,) in cursor.fetchall()}
        if present >= {"passage_words", *TRIGGERS}:
            return
        if "passage_words" not in present:
            cursor.execute(INDEX)
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
        cursor.execute("INSERT INTO passage_words(passage_words) VALUES ('delete-all')")
        cursor.execute(FILL)


def search(libraries: Sequence[Library], question: str, k: int) -> list[Passage]:
    """Return the k current passages most worth reading for the question, best first.

    Any of the question's words makes a hit; BM25 puts the hits in order. Libraries of
    together at most k passages are returned whole, so that "no answer" is then said of
    all of them.
    """
    hits = _ranked(libraries, content_words(question), limit=k)
    if len(hits) < k:
        current = Passage.objects.current().filter(library__in=libraries)
        others = current.exclude(pk__in=[hit.pk for hit in hits])
        rest = list(others.order_by("pk")[: k + 1])
        if len(hits) + len(rest) <= k:
            hits += rest
    return hits


def find(library: Library, words: str, *, limit: int = 200) -> list[Passage]:
    """Return the current passages that hold the words, for the list of passages."""
    return _ranked([library], WORD.findall(words), limit=limit)


def content_words(question: str) -> list[str]:
    """Return the words without the stop words, unless there are no others."""
    words = WORD.findall(question)
    return [word for word in words if word.lower() not in STOP_WORDS] or words


def _ranked(
    libraries: Sequence[Library], words: Sequence[str], *, limit: int
) -> list[Passage]:
    if not words or not libraries:
        return []
    # Quoted, so that no word is taken for an operator of the query language.
    any_word = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
    asked = " OR ".join(f'"{library.pk}"' for library in libraries)
    match = f"(library_id: ({asked})) AND ({{title text}}: ({any_word}))"
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(BEST, [match, limit])
        ids = [row[0] for row in cursor.fetchall()]
    found = Passage.objects.current().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


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
