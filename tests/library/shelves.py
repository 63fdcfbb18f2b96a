"""Libraries to search, and what is found in them."""

import string

from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from answers import library
from answers.library import Part
from answers.models import Library, Passage
from tests.factories import make_passage

settings_of_hypothesis = hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def titles(found: list[Passage]) -> list[str]:
    return [passage.title for passage in found]


def found(shelf: Library, typed: str, **options: int) -> list[str]:
    return [hit.passage.title for hit in library.find(shelf, typed, **options)]


def shown(parts: tuple[Part, ...]) -> str:
    """The parts, with brackets around what is marked."""
    return "".join(f"[{part.text}]" if part.matched else part.text for part in parts)


def indexed() -> set[int]:
    """The row ids that the index knows of."""
    any_letter = " OR ".join(f"{letter}*" for letter in string.ascii_lowercase)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM passage_words WHERE passage_words MATCH %s", [any_letter]
        )
        return {pk for (pk,) in cursor.fetchall()}


def make_large(shelf: Library, *, passages: int = 60) -> None:
    """Passages of which each holds "first", half "year", and every tenth "comet"."""
    for number in range(passages):
        words = ["first"] + ["year"] * (number % 2) + ["comet"] * (number % 10 == 0)
        make_passage(shelf, f"{' '.join(words)} {number}", title=f"n{number}")
