"""The versions of a passage, and the words that changed."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from answers.models import Library, Passage, User
from tests.factories import TEA, make_answered, make_passage
from tests.views.page import page
from tests.views.passages.forms import HOSTILE


class TestChanges:
    @pytest.fixture
    def versions(self, alice: User, passage: Passage) -> list[Passage]:
        second = passage.replace(
            title=passage.title, text=TEA.replace("three", "four"), by=alice
        )
        third = second.replace(
            title="Making tea", text=TEA.replace("three", "five"), by=alice
        )
        passage.refresh_from_db()
        second.refresh_from_db()
        return [passage, second, third]

    def test_an_old_version_leads_to_the_newest_and_to_what_has_changed(
        self, alice_client: Client, versions: list[Passage]
    ) -> None:
        old, _, newest = versions
        shown = page(alice_client.get(old.get_absolute_url()))
        banner = shown.classed("banner")[0]
        assert "This passage has changed since" in banner.words
        assert [a["href"] for a in banner.all("a")] == [
            newest.get_absolute_url(),
            old.get_changes_url(),
        ]
        assert len(shown.one("section", class_="versions").all("li")) == 3
        assert [p.archived_at is not None for p in versions] == [True, True, False]

    def test_the_words_that_changed(
        self, alice_client: Client, versions: list[Passage]
    ) -> None:
        shown = page(alice_client.get(versions[0].get_changes_url()))
        text = shown.one("div", class_="passage-text changes")
        assert text.one("del").words == "[removed: three end]"
        assert text.one("ins").words == "[added: five end]"
        shown = page(alice_client.get(versions[2].get_changes_url()))
        text = shown.one("div", class_="passage-text changes")
        assert text.one("del").words == "[removed: four end]"

    def test_the_quote_of_an_answer_is_marked(
        self, alice: User, alice_client: Client, versions: list[Passage]
    ) -> None:
        answer = make_answered(alice, versions[0].library, versions[0])
        address = versions[0].get_changes_url()
        shown = page(alice_client.get(address, {"answer": answer.pk}))
        marks = shown.one("div", class_="passage-text changes").all("mark")
        assert [mark.words for mark in marks] == ["[removed: three end]", "minutes"]

    def test_a_passage_that_never_changed_has_nothing_to_compare(
        self, alice_client: Client, passage: Passage
    ) -> None:
        response: Any = alice_client.get(passage.get_changes_url())
        assert response.headers["Location"] == passage.get_absolute_url()

    def test_long_texts_of_any_characters(
        self, alice: User, alice_client: Client, library: Library
    ) -> None:
        old = make_passage(library, f"{HOSTILE} " * 2000)
        old.replace(title="T", text=f"{HOSTILE}\u202e? " * 2000, by=alice)
        shown = page(alice_client.get(old.get_changes_url()))
        assert not shown.one("div", class_="passage-text changes").all("b")

    def test_the_number_of_queries_does_not_grow_with_the_versions(
        self, alice: User, alice_client: Client, versions: list[Passage]
    ) -> None:
        def queries(address: str) -> int:
            with CaptureQueriesContext(connection) as made:
                page(alice_client.get(address))
            return len(made)

        newest = versions[-1]
        before = queries(newest.get_changes_url())
        for n in range(5):
            newest = newest.replace(title="T", text=f"Version {n}.", by=alice)
        assert queries(newest.get_changes_url()) == before
        assert queries(newest.get_absolute_url()) <= 12
