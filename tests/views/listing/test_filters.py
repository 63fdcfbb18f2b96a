"""The list is sorted, and narrowed by tag, by file, to the archive."""

import pytest
from django.test import Client
from django.utils import timezone

from answers import listing, organising
from answers.listing import Choice, Rows
from answers.models import Library, Tag, User
from tests.factories import make_library, make_passage
from tests.views.listing.rows import listed, make_many
from tests.views.page import page


class TestFilters:
    @pytest.mark.parametrize(
        ("sort", "expected"),
        [("title", "ABC"), ("newest", "BAC"), ("source", "CAB"), ("nonsense", "ABC")],
    )
    def test_sorting(
        self, sort: str, expected: str, shelf: Library, alice_client: Client
    ) -> None:
        assert listed(alice_client, shelf, sort=sort) == list(expected)

    def test_by_tag(self, shelf: Library, alice_client: Client) -> None:
        hot = shelf.tags.get(name="hot")
        assert listed(alice_client, shelf, tag=hot.pk) == ["B", "C"]
        assert listed(alice_client, shelf, tag=hot.pk, q="baked") == ["B"]

    def test_by_file(self, shelf: Library, alice_client: Client) -> None:
        source = shelf.sources.get().pk
        assert listed(alice_client, shelf, source=source) == ["A", "C"]
        assert listed(alice_client, shelf, source=source, sort="source") == ["C", "A"]
        assert listed(alice_client, shelf, source=source, q="brew") == ["C"]

    def test_the_archive(self, shelf: Library, alice_client: Client) -> None:
        shelf.passages.get(title="B").archive()
        shelf.passages.get(title="C").archive()
        assert listed(alice_client, shelf) == ["A"]
        assert listed(alice_client, shelf, state="archived") == ["B", "C"]
        assert listed(alice_client, shelf, state="archived", q="baked") == ["B"]
        assert listed(alice_client, shelf, state="archived", q="steeped") == []

    @pytest.mark.parametrize("name", ["tag", "source"])
    @pytest.mark.parametrize("given", ["999", "x", "-1", "9" * 30])
    def test_what_is_not_there_is_not_left_out_in_silence(
        self, name: str, given: str, shelf: Library, alice_client: Client
    ) -> None:
        page(alice_client.get(shelf.get_absolute_url(), {name: given}), 404)

    def test_the_archive_is_searched_whatever_the_capitals(
        self, library: Library, alice_client: Client
    ) -> None:
        for title, text in (("Äpfel", "Rot."), ("Obst", "ÄPFEL (rot)."), ("B", "C.")):
            make_passage(library, text, title=title, archived_at=timezone.now())
        found = listed(alice_client, library, state="archived", q="äpfel")
        assert found == ["Obst", "Äpfel"]

    def test_a_tag_of_another_library_is_none(
        self, shelf: Library, alice: User, alice_client: Client
    ) -> None:
        foreign = Tag.objects.create(library=make_library(owner=alice), name="x")
        page(alice_client.get(shelf.get_absolute_url(), {"tag": foreign.pk}), 404)

    @pytest.mark.parametrize("sort", listing.Sort.values)
    @pytest.mark.parametrize("common", [0, 10**6])
    def test_pages_from_either_end_join_to_the_whole(
        self, sort: str, common: int, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "COMMON", common)
        several = make_many(library, 11)
        organising.add_tag(library, [p.pk for p in several], "all")
        rows = Rows(library, Choice(tag=library.tags.get(), sort=sort))
        found = [r.passage.title for n in (0, 4, 8) for r in rows[n : n + 4]]
        expected = [p.title for p in several]
        assert found == (expected[::-1] if sort == "newest" else expected)
        assert rows.count() == 11
