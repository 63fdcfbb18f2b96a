"""A word that no passage holds stands for those that are spelt almost so."""

import pytest

from answers import library
from answers.library.spelling import distance
from answers.models import Library
from tests.factories import make_library, make_passage
from tests.library.shelves import found, shown, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def manual() -> Library:
    manual = make_library("Manual")
    texts = {
        "warranty": "The warranty lasts 24 months. Its length is fixed.",
        "guarantee": "We guarantee a price, and the happiness of a buyer.",
        "will": "She left it her whole for-\ntune of 40,000 pounds.",
        "E02": "The brewing unit is blocked.",
    }
    for title, text in texts.items():
        make_passage(manual, text, title=title)
    for number in range(12):
        make_passage(manual, f"Something else, {number}.", title=f"n{number}")
    return manual


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How long is the warrenty?", "warranty"),
        ("What is the lenght?", "warranty"),
        ("Is there a gurantee?", "guarantee"),
        ("the guarentee", "guarantee"),
        ("How large was her fortune?", "will"),
        ("Which blokced?", "E02"),
    ],
)
def test_a_misspelt_or_broken_word_is_found(
    manual: Library, question: str, title: str
) -> None:
    assert titles(library.search([manual], question, 10)) == [title]
    assert found(manual, question.split()[-1].strip("?")) == [title]


@pytest.mark.parametrize(
    "question", ["E03", "lost", "warming", "bloat", "tocks", "XXXX"]
)
def test_what_is_not_near_is_not_found(manual: Library, question: str) -> None:
    assert library.search([manual], question, 10) == []
    assert found(manual, question) == []


def test_a_word_that_is_there_is_taken_as_it_is(manual: Library) -> None:
    make_passage(manual, "The warrenty of the files.", title="spelt so")
    assert titles(library.search([manual], "warrenty", 10)) == ["spelt so"]
    assert found(manual, "warrenty") == ["spelt so"]


def test_words_of_other_libraries_are_neither_there_nor_meant(manual: Library) -> None:
    other = make_library("Other")
    make_passage(other, "A warrenty. A windmill.", title="other")
    assert titles(library.search([manual], "warrenty", 10)) == ["warranty"]
    assert library.search([manual], "windmil", 10) == []


def test_what_was_meant_is_marked(manual: Library) -> None:
    (hit,) = library.find(manual, "warrenty lenght")
    assert shown(hit.snippet) == (
        "The [warranty] lasts 24 months. Its [length] is fixed."
    )
    (hit,) = library.find(manual, "fortune pounds")
    assert shown(hit.snippet).startswith("She left it her whole [for-\ntune]")


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ("tea", "tea", 0),
        ("lenght", "length", 1),
        ("gurante", "guarante", 1),
        ("tea", "ten", 1),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
    ],
)
def test_letters_that_are_wrong_are_counted(one: str, other: str, wrong: int) -> None:
    assert distance(one, other) == distance(other, one) == wrong
