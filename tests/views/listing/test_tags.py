"""The tags of a library: counted, found, renamed, deleted."""

import pytest
from django.test import Client
from django.urls import reverse

from answers import listing, organising
from answers.models import Library, Tag
from tests.factories import make_passage
from tests.views.page import page


class TestTags:
    def test_they_are_listed_with_their_numbers_of_current_passages(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shelf.passages.get(title="B").archive()
        Tag.objects.create(library=shelf, name="unused")
        shown = page(alice_client.get(reverse("tags", args=[shelf.pk])))
        rows = [row.words.split(" · ")[0] for row in shown.all("li", class_="row")]
        assert rows == ["dry 0 passages", "hot 1 passage", "unused 0 passages"]
        chips = page(alice_client.get(shelf.get_absolute_url())).classed("tag")
        assert [chip.words for chip in chips] == ["dry 0", "hot 1", "unused 0"]

    @pytest.mark.parametrize("common", [0, 10**6])
    def test_counting_both_ways_gives_the_same(
        self, common: int, shelf: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "COMMON", common)
        shelf.passages.get(title="C").archive()
        counted = listing.with_counts(shelf, shelf.tags.all())
        assert {c.tag.name: c.passages_tagged for c in counted} == {"dry": 1, "hot": 1}

    def test_one_is_found_whatever_the_capitals(
        self, shelf: Library, alice_client: Client
    ) -> None:
        organising.add_tag(shelf, [shelf.passages.all()[0].pk], "Öl (roh)")
        found = alice_client.get(reverse("tags", args=[shelf.pk]), {"q": "öl (ROH)"})
        assert [row.words for row in page(found).all("bdi")][-1] == "Öl (roh)"

    def test_a_very_long_search_finds_nothing(
        self, shelf: Library, alice_client: Client
    ) -> None:
        long = {"q": "a" * 60_000}
        found = page(alice_client.get(reverse("tags", args=[shelf.pk]), long))
        assert not found.all("tr")

    def test_renaming_and_deleting(self, shelf: Library, alice_client: Client) -> None:
        hot = shelf.tags.get(name="hot")
        address = reverse("tag", args=[shelf.pk, hot.pk])
        form = page(alice_client.get(address)).one("form", class_="sheet")
        assert form.values()["name"] == "hot"
        alice_client.post(address, {"name": "dry"})
        assert shelf.tags.get().passages.count() == 2
        dry = reverse("tag_delete", args=[shelf.pk, shelf.tags.get().pk])
        alice_client.post(dry)
        assert not shelf.tags.exists()
        assert shelf.passages.count() == 3

    @pytest.mark.parametrize("name", ["", "  ", "x" * 51, "\0"])
    def test_a_bad_name_stays_in_the_form(
        self, name: str, shelf: Library, alice_client: Client
    ) -> None:
        hot = shelf.tags.get(name="hot")
        address = reverse("tag", args=[shelf.pk, hot.pk])
        assert page(alice_client.post(address, {"name": name})).classed("problem")
        hot.refresh_from_db()
        assert hot.name == "hot"

    def test_of_thousands_the_most_used_are_named(
        self, library: Library, alice_client: Client
    ) -> None:
        Tag.objects.bulk_create(
            Tag(library=library, name=f"tag {n:05}") for n in range(10_000)
        )
        passage = make_passage(library)
        organising.add_tag(library, [passage.pk], "zz")
        shown = page(alice_client.get(library.get_absolute_url()))
        said = [tag.words for tag in shown.classed("tag")]
        assert said == ["zz 1", "All 10001 tags"] or said[-1] == "All 10,001 tags"
        found = page(
            alice_client.get(reverse("tags", args=[library.pk]), {"q": "tag 0999"})
        )
        assert len(found.all("li", class_="row")) == 10
