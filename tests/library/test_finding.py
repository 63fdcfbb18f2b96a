"""Looking for words in the list of passages: what is found, marked and cut."""

import pytest

from answers import library
from answers.models import Library
from tests.factories import make_library, make_passage
from tests.library.shelves import found, shown

pytestmark = pytest.mark.django_db


def test_found_words_are_marked_in_title_and_text(shelf: Library) -> None:
    (hit,) = library.find(shelf, "honey")
    assert shown(hit.title) == "[honey]"
    assert shown(hit.snippet) == "Everything there is to say of [honey]."


def test_all_words_are_wanted_before_any(shelf: Library) -> None:
    make_passage(shelf, "Honey in tea.", title="both")
    assert found(shelf, "tea honey") == ["both"]
    assert set(found(shelf, "tea mustard")) == {"tea", "both"}


def test_the_last_word_may_be_the_beginning_of_one(shelf: Library) -> None:
    assert found(shelf, "hon") == ["honey"]
    assert found(shelf, "everything hon") == ["honey"]
    assert found(shelf, "hon ") == []  # a blank ends the word
    assert found(shelf, "ho") == []  # too many words begin so


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("confi", "configuration"),
        ("configurat", "configuration"),
        ("configuratio", "configuration"),
        ("runn", "running"),
        ("runni", "running"),
        ("maki", "making"),
        ("inferen", "inference"),
        ("ORGANIZ", "organization"),
        ("settin", "setting"),
    ],
)
def test_a_word_may_be_begun_whose_ending_is_not_indexed(typed: str, word: str) -> None:
    shelf = make_library("Machines")
    make_passage(shelf, f"The {word} of it.", title="found")
    make_passage(shelf, "The rest of it.", title="rest")
    (hit,) = library.find(shelf, typed)
    assert shown(hit.snippet) == f"The [{word}] of it."
    assert found(shelf, f"of it {typed}") == ["found"]
    assert found(shelf, f"the-{typed}") == ["found"]


def test_a_blank_ends_a_word(shelf: Library) -> None:
    make_passage(shelf, "The configuration of it.", title="found")
    assert found(shelf, "confi") == ["found"]
    assert found(shelf, "confi ") == []


def test_a_word_that_may_go_on_is_first_looked_for_as_it_is(shelf: Library) -> None:
    make_passage(shelf, "It was a gift, as he gives many.", title="gives")
    assert found(shelf, "given") == ["gives"]
    make_passage(shelf, "It was given.", title="given")
    assert found(shelf, "given") == ["given"]


def test_words_in_quotes_stand_in_a_row(shelf: Library) -> None:
    make_passage(shelf, "Strong black tea.", title="black tea")
    make_passage(shelf, "A tea that is black.", title="tea, black")
    assert found(shelf, '"black tea"') == ["black tea"]
    assert set(found(shelf, "black tea")) == {"black tea", "tea, black"}
    assert found(shelf, '"black tea') == ["black tea"]  # still being typed
    assert found(shelf, '"tea black"') == ["tea, black"]  # that is its title
    assert found(shelf, '"tea black coffee"') == []


@pytest.mark.parametrize("quotes", ["“”", "„“", "«»", "»«"])
def test_quotes_may_be_curly(shelf: Library, quotes: str) -> None:
    make_passage(shelf, "Strong black tea.", title="black tea")
    make_passage(shelf, "A tea that is black.", title="tea, black")
    assert found(shelf, quotes[0] + "black tea" + quotes[1]) == ["black tea"]
    assert found(shelf, quotes[0] + "black tea") == ["black tea"]


def test_a_word_with_a_hyphen_is_found_as_it_is_written(shelf: Library) -> None:
    make_passage(shelf, "A well-known blend.", title="blend")
    assert found(shelf, "well-known") == ["blend"]
    assert found(shelf, "known-well") == ["blend"]  # by its words


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 honey 🍯 e\u0301clair",
        "עברית honey عربي",
        "<b>honey</b> & \ue000honey\ue001 \x02honey\x03",
        "\U0001f1eb\U0001f1f7 honey\u200d\U0001f41d",
    ],
)
def test_marks_change_no_character_of_what_they_mark(text: str) -> None:
    shelf = make_library("Odd")
    make_passage(shelf, text, title=text)
    (hit,) = library.find(shelf, "honey")
    for parts in (hit.title, hit.snippet):
        assert "".join(part.text for part in parts) == text
        assert {part.text for part in parts if part.matched} == {"honey"}


def test_a_long_text_is_cut_around_its_matches(shelf: Library) -> None:
    text = f"{'begin ' * 300}dark honey {'end ' * 300}"
    make_passage(shelf, text, title="long")
    hit = next(h for h in library.find(shelf, "honey") if h.passage.title == "long")
    assert "dark [honey] end" in shown(hit.snippet)
    assert len(shown(hit.snippet)) < 400
    assert shown(hit.snippet).startswith("…")


def test_a_text_without_blanks_is_cut_as_well() -> None:
    shelf = make_library("蜂蜜")
    make_passage(shelf, f"honey {'蜂' * 5_000} honey", title="long")
    (hit,) = library.find(shelf, "honey")
    assert len(shown(hit.snippet)) <= 2 * 400
    assert "[honey]" in shown(hit.snippet)


def test_only_as_many_as_asked_for_are_found(shelf: Library) -> None:
    assert len(found(shelf, "everything", limit=2)) == 2
