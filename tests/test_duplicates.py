"""Passages that say nearly the same."""

import random

import pytest
from django.db import connection
from django.db.models import QuerySet

from answers import duplicates
from answers.duplicates import Looked, fingerprints, triples_of
from answers.models import Fingerprint, Library, Likeness, Passage
from tests.factories import TEA, make_library, make_passage

CHANCE = random.Random(5)
WORDS = [f"{CHANCE.randrange(10**6):x}" for _ in range(200)]
LONG = " ".join(WORDS)


def pairs(library: Library) -> list[tuple[str, str]]:
    duplicates.look(library)
    found = Likeness.objects.open_in(library)
    return [(pair.passage.text, pair.other.text) for pair in found]


@pytest.mark.parametrize(
    "other",
    [
        TEA.upper(),
        TEA.replace("\n\n", " "),
        TEA.replace(".", "!"),
        f"“{TEA}”",
    ],
)
def test_case_blanks_and_punctuation_make_no_difference(
    other: str, library: Library
) -> None:
    make_passage(library, TEA)
    make_passage(library, other, title="Other")
    make_passage(library, "Something else entirely.", title="Else")
    assert pairs(library) == [(TEA, other)]
    assert Likeness.objects.get().share == 1


def test_most_of_the_words_are_enough(library: Library) -> None:
    near = " ".join(["new", *WORDS[:90], "changed", *WORDS[91:]])
    far = " ".join([*WORDS[:100], *WORDS[:100:-1]])
    make_passage(library, LONG)
    make_passage(library, near)
    make_passage(library, far)
    assert pairs(library) == [(LONG, near)]
    assert 0.9 < Likeness.objects.get().share < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Yes.", "No."), ("...", "!!!"), ("tea time", "time tea"), ("a b c", "a b d")],
)
def test_short_texts_are_alike_only_when_they_are_the_same(
    one: str, other: str, library: Library
) -> None:
    make_passage(library, one)
    make_passage(library, other)
    assert pairs(library) == []


def test_short_texts_under_other_headings_are_no_pair(library: Library) -> None:
    for title in ("Is the jug safe?", "Is there a vegan option?"):
        make_passage(library, "Yes.", title=title)
    make_passage(library, "Yes!", title="Is there a vegan option?")
    assert pairs(library) == [("Yes.", "Yes!")]


def test_a_pair_in_two_libraries_is_none(library: Library, alice: object) -> None:
    make_passage(library, TEA)
    elsewhere = make_library("Elsewhere")
    make_passage(elsewhere, TEA.upper())
    assert pairs(library) == pairs(elsewhere) == []


def test_what_is_archived_is_no_duplicate(library: Library) -> None:
    old = make_passage(library, TEA)
    make_passage(library, TEA.upper())
    assert len(pairs(library)) == 1
    old.archive()
    assert pairs(library) == []


def test_a_new_passage_is_compared_with_those_looked_at_before(
    library: Library,
) -> None:
    make_passage(library, TEA)
    assert pairs(library) == []
    make_passage(library, TEA.lower())
    assert duplicates.progress(library) == Looked(1, 1)
    assert len(pairs(library)) == 1
    assert duplicates.progress(library) == Looked(2, 0)


def test_looking_stops_when_its_time_is_over(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "LOT", 2)
    for number in range(5):
        make_passage(library, f"Text {number}.")
    duplicates.look(library, seconds=0)
    assert duplicates.progress(library) == Looked(2, 3)
    duplicates.look(library)
    assert duplicates.progress(library) == Looked(5, 0)


def test_a_thousand_copies_do_not_cost_a_million_comparisons(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "CANDIDATES", 3)
    for number in range(20):
        make_passage(library, "The same form." + "!" * number)
    duplicates.look(library)
    assert Likeness.objects.count() <= 20 * 3
    assert len(set(Likeness.objects.values_list("other", flat=True))) == 19


@pytest.mark.django_db(transaction=True)
def test_nobody_can_archive_between_the_choice_of_passages_and_comparing_them(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_passage(library)
    chosen = []

    def unseen(library: Library) -> QuerySet[Passage]:
        chosen.append(connection.in_atomic_block)
        return library.passages.all()

    monkeypatch.setattr(duplicates, "_unseen", unseen)
    duplicates.look(library, seconds=0)
    assert chosen == [True]


def test_two_who_look_at_once_take_the_same_fingerprints(library: Library) -> None:
    passage = make_passage(library, LONG)
    duplicates._compare(library, [passage])
    duplicates._compare(library, [passage])
    taken = Fingerprint.objects.filter(passage=passage).count()
    assert taken == len(fingerprints(triples_of(LONG))) == 1 + duplicates.BANDS
