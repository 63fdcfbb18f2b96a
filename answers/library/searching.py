"""The passages most worth reading for a question, in tens of milliseconds.

What a search costs is the number of rows that BM25 puts a number on, and in a large
library a few common words ("first", "year") hold most of the rows. So the rarest words
choose the rows, as many as the budget lets through; the others only add to the numbers
of those. A row without any of the rare words would hardly have come to the top: at
100,000 passages the right one is among the first ten as often as when all are ranked.
"""

import json
from collections.abc import Iterator, Sequence

from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from answers.library.spelling import meant
from answers.library.words import all_of, any_of, both, content_words, phrase, within
from answers.models import Library, Passage

ROWS_SCORED = 6_000  # the rarest words choose at most so many, where words are rare
LARGE = 4 * ROWS_SCORED  # passages: words are then counted in all libraries at once
PHRASES_USED = 64  # more than the reader takes of a question
# More libraries are not named in the index, where each is looked up for each row.
LIBRARIES_NAMED = 24
# The weights are those of library_id, title, text and section; CONTRIBUTING.md has the
# measurements. The row id makes the order total.
BEST = """
SELECT rowid FROM passage_words WHERE passage_words MATCH %s
ORDER BY bm25(passage_words, 0.0, 2.0, 1.0, 0.5), rowid LIMIT %s"""
ROWS = """
SELECT count(*) FROM
(SELECT 1 FROM passage_words WHERE passage_words MATCH %s LIMIT %s)"""
IN_LIBRARIES = """
SELECT id FROM answers_passage
WHERE id IN (SELECT value FROM json_each(%s))
AND library_id IN (SELECT value FROM json_each(%s))"""


def search(libraries: Sequence[Library], question: str, k: int) -> list[Passage]:
    """Return the k current passages most worth reading for the question, best first.

    Any of the question's words makes a hit, or what is spelt almost like one that no
    passage has; BM25 puts the hits in order. Libraries of together at most k passages
    are returned whole, so that "no answer" is then said of all of them.
    """
    words = content_words(question)
    asked = [library.pk for library in libraries]
    phrases = [phrase([word]) for word in words]
    for spelt_so in meant_by(asked, words[:PHRASES_USED]).values():
        phrases += spelt_so
    ids = ranked(asked, phrases, limit=k)
    current = Passage.objects.current()
    found = current.in_bulk(ids)
    hits = [found[pk] for pk in ids if pk in found]
    if len(hits) < k:
        held = current.filter(library__in=libraries).order_by()
        all_held = list(held.values_list("pk", flat=True)[: k + 1])
        if len(all_held) <= k:
            others = current.filter(pk__in=set(all_held) - set(ids))
            hits += others.order_by("pk")
    return hits


def meant_by(libraries: Sequence[int], words: Sequence[str]) -> dict[str, list[str]]:
    """Return what stands for words that the libraries do not hold, as phrases."""
    if not words or not libraries:
        return {}
    scope = within(libraries) if len(libraries) <= LIBRARIES_NAMED else ""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        return meant(cursor, scope, words)


def ranked(
    libraries: Sequence[int], phrases: Sequence[str], *, limit: int
) -> list[int]:
    """Return the ids of the passages that hold any of the phrases, best first."""
    phrases = list({each.lower(): each for each in phrases}.values())[:PHRASES_USED]
    if not phrases or not libraries:
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        if len(libraries) > LIBRARIES_NAMED:
            return _ranked_in_many(cursor, libraries, phrases, limit)
        return _ranked(cursor, within(libraries), phrases, limit)


def _ranked(
    cursor: CursorWrapper, scope: str, phrases: Sequence[str], limit: int
) -> list[int]:
    found: dict[int, None] = {}
    for match in _rounds(cursor, scope, phrases):
        # What an earlier round found may come again.
        cursor.execute(BEST, [match, limit + len(found)])
        found |= dict.fromkeys(pk for (pk,) in cursor.fetchall())
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _rounds(cursor: CursorWrapper, scope: str, phrases: Sequence[str]) -> Iterator[str]:
    """Yield what to ask FTS5, one after another until there are enough hits."""
    size = _rows(cursor, scope, at_most=LARGE) if scope else LARGE + 1
    if size <= ROWS_SCORED:  # few rows, whatever is asked
        yield both(scope, any_of(phrases))
        return
    among = scope if size <= LARGE else ""  # without it, counting takes a third
    counted = [
        (_rows(cursor, both(among, any_of([each])), at_most=ROWS_SCORED), each)
        for each in phrases
    ]
    left = sorted((row for row in counted if row[0]), key=lambda row: row[0])
    while left:
        choosing, adding = _split(left)
        if not adding:
            yield both(scope, any_of(choosing))
        elif left[0][0] > ROWS_SCORED:
            yield both(scope, all_of(choosing + adding))
            yield both(scope, any_of(choosing))
        elif scope:
            # The library, weight 0, is true of every row: so the phrases beside it
            # are not asked for, but counted by BM25 where they stand.
            yield both(scope, any_of(choosing), f"({any_of(adding)}) OR ({scope})")
        else:
            yield any_of(choosing)
        left = left[len(choosing) :]


def _split(counted: Sequence[tuple[int, str]]) -> tuple[list[str], list[str]]:
    """Part the phrases, rarest first: those that choose rows, and those that add."""
    total = 0
    for number, (rows, _) in enumerate(counted):
        total += rows
        if number and total > ROWS_SCORED:
            break
    else:
        number = len(counted)
    phrases = [each for _, each in counted]
    return phrases[:number], phrases[number:]


def _rows(cursor: CursorWrapper, match: str, *, at_most: int) -> int:
    """Return how many rows match; where they are more than `at_most`, one more."""
    cursor.execute(ROWS, [match, at_most + 1])
    return int(cursor.fetchone()[0])


def _ranked_in_many(
    cursor: CursorWrapper, libraries: Sequence[int], phrases: Sequence[str], limit: int
) -> list[int]:
    """Rank in all libraries, and leave out the others' hits: ever more, till enough."""
    named = json.dumps(list(libraries))
    asked = 4 * limit
    while True:
        ids = _ranked(cursor, "", phrases, asked)
        cursor.execute(IN_LIBRARIES, [json.dumps(ids), named])
        theirs = {pk for (pk,) in cursor.fetchall()}
        if len(theirs) >= limit or len(ids) < asked:
            return [pk for pk in ids if pk in theirs][:limit]
        asked *= 8
