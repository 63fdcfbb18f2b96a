"""Items whose question or answer holds some words, by the index of what was asked."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from answers.admin.pools import seen_by
from answers.library import content_words
from answers.models import Library, ReviewItem, User

MOST = 2_000  # hits; the newest
WORDS_USED = 16
CHARACTERS_USED = 300
BEGINNING = 3  # letters from which on the last word may be unfinished
HITS = "SELECT question FROM recalled_words WHERE recalled_words MATCH %s"
NEWEST = f"{HITS} ORDER BY rowid DESC LIMIT {MOST}"


def keys_of_items_with(typed: str, user: User) -> list[int]:
    """Return the keys of items that hold all of the words, MOST at most.

    Quotes count that come from libraries which the person may look over. The last word
    may be the beginning of one.
    """
    questions = questions_with(typed, user)
    found = ReviewItem.objects.filter(seen_by(user), question__in=questions)
    return list(found.order_by().values_list("pk", flat=True))


def questions_with(typed: str, user: User) -> set[UUID]:
    """Return the newest questions that hold all of the words, or whose quotes do.

    Which of them the person may see is for the caller to ask.
    """
    match = _match(typed, user)
    if not match:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [match])
        return {UUID(row[0]) for row in cursor.fetchall() if row[0]}


def all_items_with(typed: str, user: User) -> Q:
    """The condition of all that `keys_of_items_with` finds, however many they are."""
    if match := _match(typed, user):
        return Q(question__in=RawSQL(HITS, [match]))  # noqa: S611  a constant
    return Q(pk__in=[])


def _match(typed: str, user: User) -> str:
    """Return what FTS5 is asked; empty where nothing can be found."""
    words = list(dict.fromkeys(content_words(typed[:CHARACTERS_USED])))[:WORDS_USED]
    shelves = Library.objects.reviewable_by(user).values_list("pk", flat=True)
    if not words or not shelves:
        return ""
    all_words = " AND ".join(f'"{word}"' for word in words)
    if len(words[-1]) >= BEGINNING:
        all_words += "*"
    where = "" if user.is_superuser else f"AND ({_any_of(shelves)})"
    return f"({{asked quotes}}: ({all_words})) {where}"


def _any_of(shelves: Iterable[int]) -> str:
    return "shelf: (" + " OR ".join(f'"{shelf}"' for shelf in shelves) + ")"
