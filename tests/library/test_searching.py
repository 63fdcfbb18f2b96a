"""Which passages a question finds, and in what order."""

import json

import pytest
from django.conf import settings
from hypothesis import assume, given
from hypothesis import strategies as st

from answers import library
from answers.library import NewPassage
from answers.models import Library, Passage
from tests.factories import make_library, make_passage
from tests.library.shelves import found, settings_of_hypothesis, titles

pytestmark = pytest.mark.django_db


def test_the_passage_with_the_rare_word_comes_first(shelf: Library) -> None:
    assert titles(library.search([shelf], "What is there to say of honey?", 1)) == [
        "honey"
    ]


def test_words_are_found_in_other_forms_and_without_accents(shelf: Library) -> None:
    make_passage(shelf, "Zoë brewed coffees.", title="coffee")
    assert titles(library.search([shelf], "zoe brewing", 1)) == ["coffee"]
    assert titles(library.search([shelf], "coffee", 1)) == ["coffee"]


def test_the_title_counts_as_well(shelf: Library) -> None:
    make_passage(shelf, "It is brewed hot.", title="Espresso")
    assert titles(library.search([shelf], "espresso", 1)) == ["Espresso"]


def test_what_a_passage_stands_under_counts_as_well(shelf: Library) -> None:
    """Only the name of the whole document says what machine it is."""
    make_passage(shelf, "Nine kilos.", title="Weight", section="Ostra 220 › Weight")
    assert titles(library.search([shelf], "How heavy is the Ostra?", 1)) == ["Weight"]
    assert found(shelf, "ostra kilos") == ["Weight"]
    Passage.objects.filter(title="Weight").update(section="Vento › Weight")
    assert found(shelf, "ostra") == []
    assert found(shelf, "vento") == ["Weight"]


def test_a_small_library_is_returned_whole_with_the_hits_first(shelf: Library) -> None:
    found = titles(library.search([shelf], "salt", 10))
    assert found[0] == "salt"
    assert sorted(found) == ["bread", "honey", "salt", "tea"]


def test_a_larger_library_gives_only_what_shares_a_word(shelf: Library) -> None:
    assert titles(library.search([shelf], "salt", 3)) == ["salt"]


def test_a_question_of_stop_words_is_searched_with_them(shelf: Library) -> None:
    assert len(library.search([shelf], "What is there to say?", 3)) == 3


def test_a_question_of_two_hundred_words_is_searched(shelf: Library) -> None:
    words = " ".join(f"w{number}" for number in range(200))
    assert titles(library.search([shelf], f"honey {words}", 1)) == ["honey"]
    assert found(shelf, f"honey {words}") == ["honey"]


def test_the_demo_questions_find_their_passages() -> None:
    """The right passage is among the ten that are read, nearly always."""
    demo = json.loads(
        (settings.BASE_DIR / "answers/demo/questions.json").read_text("utf-8")
    )
    shelf = make_library("Demo")
    paragraphs = [(d["title"], p) for d in demo["data"] for p in d["paragraphs"]]
    library.add(shelf, [NewPassage(t, p["context"]) for t, p in paragraphs])
    asked = [
        (qa["question"], p["context"])
        for _, p in paragraphs
        for qa in p["qas"]
        if qa["answers"]
    ]
    hits = sum(
        context in [found.text for found in library.search([shelf], question, 10)]
        for question, context in asked
    )
    assert hits / len(asked) >= 0.97


@pytest.mark.parametrize(
    "question",
    [
        "",
        "???",
        '"',
        "' OR 1=1 --",
        "NEAR(tea bread)",
        "title: tea*",
        "a AND (",
        "\x01",
    ],
)
def test_no_question_is_taken_for_the_query_language(
    shelf: Library, question: str
) -> None:
    library.search([shelf], question, 2)
    library.find(shelf, question)


@settings_of_hypothesis
@given(st.text(max_size=60))
def test_whatever_is_typed_is_no_error(typed: str) -> None:
    shelf = Library.objects.filter(title="Typed").first() or make_library("Typed")
    assume("\0" not in typed)
    library.search([shelf], typed, 3)
    library.find(shelf, typed)
