"""The search in a library: best first, whatever was typed."""

import pytest
from django.test import Client

from answers.models import Library, Passage
from tests.factories import make_passage
from tests.views.listing.rows import titles
from tests.views.page import page
from tests.views.passages.forms import HOSTILE


def test_the_search_finds_words_best_first(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, "Bread needs an hour.", title="Bread")
    make_passage(library, "Coffee, coffee and coffee.", title="Coffee")
    make_passage(library, "Tea rather than coffee, on most days.", title="Tea")
    shown = page(alice_client.get(library.get_absolute_url(), {"q": "coffee"}))
    assert titles(shown) == ["Coffee", "Tea"]
    assert "2 passages with “coffee”" in shown.words
    assert shown.one("input", name="q")["value"] == "coffee"


@pytest.mark.parametrize("words", ['"', "AND OR NOT", "*", "a:b", "(", HOSTILE, "   "])
def test_the_search_takes_any_characters(
    words: str, alice_client: Client, passage: Passage
) -> None:
    page(alice_client.get(passage.library.get_absolute_url(), {"q": words}))


def test_a_search_without_a_hit_says_so(alice_client: Client, passage: Passage) -> None:
    shown = page(
        alice_client.get(passage.library.get_absolute_url(), {"q": "zeppelin"})
    )
    assert "0 passages with “zeppelin”" in shown.words
    assert "empty" not in shown.words
