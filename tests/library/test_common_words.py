"""Words that most passages hold only put in order what rare ones have chosen."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from answers import library
from answers.library import searching
from answers.models import Library
from tests.factories import make_library, make_passage
from tests.library.shelves import make_large, settings_of_hypothesis, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def _few_rows_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens at 100,000 passages happens at sixty."""
    monkeypatch.setattr(searching, "ROWS_SCORED", 8)
    monkeypatch.setattr(searching, "LARGE", 32)


@pytest.mark.usefixtures("_few_rows_scored")
def test_rare_words_choose_the_passages_and_common_ones_put_them_in_order(
    shelf: Library,
) -> None:
    make_large(shelf)
    make_passage(shelf, "comet year 61", title="both")
    best = library.search([shelf], "first year of the comet", 7)
    assert all("comet" in passage.text for passage in best)
    assert best[0].title == "both"


@pytest.mark.usefixtures("_few_rows_scored")
def test_common_words_fill_up_when_the_rare_ones_give_too_few(shelf: Library) -> None:
    make_large(shelf)
    texts = [p.text for p in library.search([shelf], "first year comet", 20)]
    assert len(set(texts)) == 20
    assert all("comet" in text for text in texts[:6])
    assert all("year" in text and "first" in text for text in texts[6:])


@pytest.mark.usefixtures("_few_rows_scored")
def test_a_question_of_common_words_alone_prefers_what_holds_them_all(
    shelf: Library,
) -> None:
    make_large(shelf)
    best = library.search([shelf], "first year", 10)
    assert len(best) == 10
    assert all("year" in passage.text for passage in best)


@pytest.mark.usefixtures("_few_rows_scored")
def test_one_common_word_is_searched_all_the_same(shelf: Library) -> None:
    make_large(shelf)
    assert len(library.search([shelf], "first", 50)) == 50


@pytest.mark.usefixtures("_few_rows_scored")
def test_a_small_library_beside_a_large_one_is_ranked_in_full(shelf: Library) -> None:
    make_large(make_library("Large"))
    make_passage(shelf, "The first year of salt.", title="first year")
    assert titles(library.search([shelf], "comet of the first year", 2)) == [
        "first year"
    ]


@settings_of_hypothesis
@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=12),
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True),
    st.integers(1, 15),
    st.integers(1, 12),
)
def test_however_few_rows_are_scored_as_many_passages_are_found(
    texts: list[list[str]], asked: list[str], k: int, budget: int
) -> None:
    """Property: the budget changes the order, never what is found or how many."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        shelf = make_library("Letters")
        for number, words in enumerate(texts):
            make_passage(shelf, f"{number} " + " ".join(f"x{w}" for w in words))
        phrases = [f'"x{letter}"' for letter in asked]
        every = set(searching.ranked([shelf.pk], phrases, limit=100))
        patch.setattr(searching, "ROWS_SCORED", budget)
        patch.setattr(searching, "LARGE", budget * 2)
        some = searching.ranked([shelf.pk], phrases, limit=k)
        assert len(some) == len(set(some)) == min(k, len(every))
        assert set(some) <= every
        transaction.set_rollback(True)
