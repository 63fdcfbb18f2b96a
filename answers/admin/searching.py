"""Items whose question or answer holds some words, by the index of what was asked."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from answers.admin.pools import seen_by
from answers.library import content_words
from answers.models import Library, ReviewItem, User

MOST = 2_000  # hits; the newest
WORDS_USED = 16
CHARACTERS_USED = 300
BEGINNING = 3  # letters from which on the last word may be unfinished
HITS = f"""
SELECT question FROM recalled_words WHERE recalled_words MATCH %s
ORDER BY rowid DESC LIMIT {MOST}"""  # noqa: S608  a constant


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
    words = list(dict.fromkeys(content_words(typed[:CHARACTERS_USED])))[:WORDS_USED]
    shelves = Library.objects.reviewable_by(user).values_list("pk", flat=True)
    if not words or not shelves:
        return set()
    all_words = " AND ".join(f'"{word}"' for word in words)
    if len(words[-1]) >= BEGINNING:
        all_words += "*"
    where = "" if user.is_superuser else f"AND ({_any_of(shelves)})"
    with connection.cursor() as cursor:
        cursor.execute(HITS, [f"({{asked quotes}}: ({all_words})) {where}"])
        return {UUID(row[0]) for row in cursor.fetchall() if row[0]}


def _any_of(shelves: Iterable[int]) -> str:
    return "shelf: (" + " OR ".join(f'"{shelf}"' for shelf in shelves) + ")"
