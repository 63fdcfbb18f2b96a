"""What a search found is marked in the list."""

import pytest
from django.test import Client

from answers import organising
from answers.listing import matcher, parts, snippet
from answers.models import Library
from tests.factories import make_passage
from tests.views.listing.rows import titles
from tests.views.page import page

HOSTILE = "</option><script>alert(1)</script><b>&amp;\u202e"


class TestMatches:
    def test_what_was_found_is_marked(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(shelf.get_absolute_url(), {"q": "brew"}))
        assert [mark.text for mark in shown.all("mark")] == ["Brewed"]

    @pytest.mark.parametrize("state", ["", "archived"])
    def test_a_text_is_never_taken_for_markup(
        self, state: str, library: Library, alice_client: Client
    ) -> None:
        passage = make_passage(library, f"tea {HOSTILE} tea", title=f"tea {HOSTILE}")
        organising.give_tags(passage, ["<i>tag</i>"])
        if state:
            passage.archive()
        address = library.get_absolute_url()
        shown = page(alice_client.get(address, {"q": "tea", "state": state}))
        assert titles(shown) == [f"tea {HOSTILE}"]
        assert {mark.text for mark in shown.all("mark")} == {"tea"}
        assert not shown.all("b")
        assert not shown.all("i")

    @pytest.mark.parametrize(
        ("text", "words", "marked"),
        [
            ("Tea steeps. Steeping tea!", "tea", ["Tea", "tea"]),
            ("Steeping is steeped", "steep", ["Steeping", "steeped"]),
            ("👩🏽‍🔬 tee 👩🏽‍🔬", "tee", ["tee"]),
            ("a.b*c", "b*", ["b"]),
            ("nothing", "", []),
            ("steam team", "tea", ["team"]),
        ],
    )
    def test_the_archive_marks_words_and_their_endings(
        self, text: str, words: str, marked: list[str]
    ) -> None:
        pieces = parts(text, matcher(words))
        assert "".join(p.text for p in pieces) == text
        assert [p.text for p in pieces if p.matched] == marked

    def test_a_snippet_is_cut_around_the_first_match(self) -> None:
        text = "before " * 50 + "KETTLE " + "after " * 50
        pieces = snippet(text, matcher("kettle"))
        said = "".join(p.text for p in pieces)
        assert [p.text for p in pieces if p.matched] == ["KETTLE"]
        assert said.startswith("… before")
        assert said.endswith("after …")
        assert len(said) < 220
