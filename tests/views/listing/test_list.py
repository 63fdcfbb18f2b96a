"""The list of a library, page by page, and what it says when it is empty."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from answers import organising
from answers.models import Library, Passage, User
from tests.factories import make_member, make_passage
from tests.views.listing.rows import make_source, titles
from tests.views.page import page


def test_the_list_shows_titles_and_openings(
    alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.library.get_absolute_url()))
    assert titles(shown) == ["How to make tea"]
    assert "Tea should be brewed for three minutes." in shown.words


def test_the_list_leaves_out_what_is_archived(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    shown = page(alice_client.get(passage.library.get_absolute_url()))
    assert titles(shown) == []
    assert "All that this library holds is in its archive: 1 passage." in shown.words


def test_a_long_list_is_paged(alice_client: Client, library: Library) -> None:
    for number in range(51):
        make_passage(library, f"Text {number}.", title=f"Number {number:02}")
    address = library.get_absolute_url()
    assert len(titles(page(alice_client.get(address)))) == 50
    last = page(alice_client.get(address, {"page": 2}))
    assert titles(last) == ["Number 50"]
    assert last.classed("rows")[0]["start"] == "51"
    assert last.one("a", rel="prev")["href"] == "?page=1"
    assert titles(page(alice_client.get(address, {"page": "nonsense"})))


def test_a_long_list_does_not_load_the_texts(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, "Beginning. " + "long " * 1000 + "THE END.")
    address = library.get_absolute_url()
    with CaptureQueriesContext(connection) as queries:
        assert "THE END." not in page(alice_client.get(address)).text
    assert not any('."text", "' in q["sql"] for q in queries)


@pytest.mark.parametrize(
    "query", ["", "?sort=source", "?state=archived", "?q=text", "?page=2", "?tag"]
)
def test_the_number_of_queries_is_the_same_for_any_number_of_passages(
    query: str, library: Library, alice_client: Client
) -> None:
    def queries() -> int:
        address = f"{library.get_absolute_url()}{query}"
        with CaptureQueriesContext(connection) as made:
            page(alice_client.get(address))
        return len(made)

    def fill(count: int, prefix: str) -> None:
        source = make_source(library, prefix)
        new = [
            make_passage(library, f"Text {prefix} {n}.", title=f"{n}", source=source)
            for n in range(count)
        ]
        organising.add_tag(library, [p.pk for p in new], "tag")
        organising.archive(
            library, [p.pk for p in new[: count // 4]], at=timezone.now()
        )

    fill(60, "a")
    if query == "?tag":
        query = f"?tag={library.tags.get().pk}"
    before = queries()
    fill(40, "b")
    assert queries() == before <= 21


class TestEmptyStates:
    def test_an_empty_library_shows_three_ways_in(
        self, library: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(library.get_absolute_url()))
        ways = shown.one("ol", class_="ways")
        assert len(ways.all("li")) == 3
        assert "import_passages" in ways.words

    def test_readers_of_an_empty_library_are_not_sent_to_fill_it(
        self, library: Library, mallory: User, mallory_client: Client
    ) -> None:
        make_member(library, mallory)
        shown = page(mallory_client.get(library.get_absolute_url()))
        assert "This library is empty." in shown.words
        assert not shown.all("ol")

    def test_an_empty_archive_says_what_it_is_for(
        self, shelf: Library, alice_client: Client
    ) -> None:
        address = shelf.get_absolute_url()
        shown = page(alice_client.get(address, {"state": "archived"}))
        assert "Nothing is archived." in shown.words
