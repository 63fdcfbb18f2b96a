"""Many passages at once: tagged, moved, archived, restored."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answers import listing
from answers.models import Library, User
from tests.factories import make_library, make_member, make_passage
from tests.views.listing.rows import listed, make_many, titles
from tests.views.page import page


def post(client: Client, library: Library, *, at: str = "", **data: Any) -> Any:
    address = reverse("passages_bulk", args=[library.pk])
    return client.post(f"{address}{at}", {"scope": "ticked", **data})


def keys(library: Library, *names: str) -> list[int]:
    return [library.passages.get(title=name).pk for name in names]


class TestBulk:
    def test_each_box_is_named_after_its_passage(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(shelf.get_absolute_url()))
        boxes = shown.all("input", type="checkbox", name="passage")
        named = {
            element["id"]: element.words for element in shown.inside if "id" in element
        }
        said = [[named[i] for i in box["aria-labelledby"].split()] for box in boxes]
        assert said == [["Select:", "A"], ["Select:", "B"], ["Select:", "C"]]

    def test_tagging_and_taking_off(self, shelf: Library, alice_client: Client) -> None:
        chosen = keys(shelf, "A", "B")
        post(alice_client, shelf, passage=chosen, action="tag", name=" a,  b ")
        assert listed(alice_client, shelf, tag=shelf.tags.get(name="a, b").pk) == [
            "A",
            "B",
        ]
        post(alice_client, shelf, passage=chosen[:1], action="untag", name="a, b")
        assert shelf.tags.get(name="a, b").passages.get().title == "B"

    def test_moving(self, shelf: Library, alice: User, alice_client: Client) -> None:
        target = make_library("Target", owner=alice)
        chosen = keys(shelf, "A")
        post(alice_client, shelf, passage=chosen, action="move", target=target.pk)
        assert target.passages.get().title == "A"

    def test_archiving_can_be_undone(
        self, shelf: Library, alice_client: Client
    ) -> None:
        response = post(
            alice_client, shelf, passage=keys(shelf, "A", "C"), action="archive"
        )
        after = page(alice_client.get(response.headers["Location"]))
        assert titles(after) == ["B"]
        undo = after.one("form", class_="banner undo")
        assert "2 passages are archived" in undo.words
        alice_client.post(undo["action"], undo.values())
        assert listed(alice_client, shelf) == ["A", "B", "C"]
        later = page(alice_client.get(response.headers["Location"]))
        assert not later.all("form", class_="banner undo")

    @pytest.mark.parametrize(
        "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    )
    def test_a_time_that_is_none_undoes_nothing(
        self, time: str, shelf: Library, alice_client: Client
    ) -> None:
        given = {"archived": time}
        shown = alice_client.get(shelf.get_absolute_url(), given)
        assert shown.status_code == 200
        undone = alice_client.post(
            reverse("passages_unarchive", args=[shelf.pk]), given
        )
        assert undone.status_code == 302

    def test_restoring(self, shelf: Library, alice_client: Client) -> None:
        for name in "ABC":
            shelf.passages.get(title=name).archive()
        make_passage(shelf, "Baked.", title="B")
        response = post(
            alice_client, shelf, at="?state=archived", scope="all", action="restore"
        )
        assert response.headers["Location"].endswith("?state=archived")
        shown = page(alice_client.get(response.headers["Location"]))
        assert "2 passages are back. 1 stayed" in shown.words
        assert titles(shown) == ["B"]

    def test_what_stands_in_the_field_of_tags_stops_nothing_else(
        self, shelf: Library, alice_client: Client
    ) -> None:
        chosen: Any = {"passage": keys(shelf, "A"), "name": "x" * 51}
        post(alice_client, shelf, **chosen, action="archive")
        assert listed(alice_client, shelf) == ["B", "C"]

    def test_all_that_match_reaches_past_the_page(
        self, library: Library, alice_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PASSAGES_LISTED", 2)
        make_many(library, 5)
        make_passage(library, "Else.", title="Else")
        post(alice_client, library, at="?q=text", scope="all", action="archive")
        assert listed(alice_client, library) == ["Else"]

    def test_all_on_the_page_means_those_that_were_shown(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = keys(shelf, "A", "B")
        post(alice_client, shelf, scope="page", shown=shown, action="archive")
        assert listed(alice_client, shelf) == ["C"]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"action": "archive"}, "Please tick the passages first"),
            ({"action": "archive", "passage": "x"}, "Please tick the passages first"),
            ({"action": "tag", "passage": "1"}, "Please type a tag."),
            ({"action": "tag", "passage": "1", "name": "x" * 51}, "at most 50"),
            ({"action": "tag", "passage": "1", "name": "a\0"}, "NUL"),
            ({"action": "untag", "passage": "1", "name": "no"}, "has the tag “no”"),
            ({"action": "move", "passage": "1"}, "choose a library to move to"),
            ({"action": "move", "passage": "1", "target": "999"}, "no such library"),
        ],
    )
    def test_what_cannot_be_done_is_said_and_the_ticks_stay(
        self, data: dict[str, str], said: str, shelf: Library, alice_client: Client
    ) -> None:
        chosen = keys(shelf, "A", "C")
        ticked: dict[str, Any] = (
            {"passage": chosen} if data.get("passage") == "1" else {}
        )
        response = post(alice_client, shelf, **(data | ticked))
        shown = page(response)
        assert said in shown.one("p", class_="problem").words
        boxes = shown.all("input", type="checkbox", name="passage")
        kept = [int(box["value"]) for box in boxes if "checked" in box]
        assert kept == ticked.get("passage", [])
        assert shelf.passages.current().count() == 3

    def test_the_links_of_a_refused_form_lead_back(
        self, shelf: Library, alice_client: Client
    ) -> None:
        address = reverse("passages_bulk", args=[shelf.pk])
        response = alice_client.get(f"{address}?q=tea&page=2")
        assert (
            response.headers["Location"] == f"{shelf.get_absolute_url()}?q=tea&page=2"
        )

    def test_passages_of_other_libraries_are_out_of_reach(
        self, shelf: Library, mallory: User, mallory_client: Client
    ) -> None:
        mine = make_library("Mine", owner=mallory)
        chosen = keys(shelf, "A", "B", "C")
        post(mallory_client, mine, passage=chosen, action="archive")
        post(mallory_client, mine, passage=chosen, action="tag", name="mine")
        data: Any = {"passage": chosen, "action": "move", "target": shelf.pk}
        assert "no such library" in page(post(mallory_client, mine, **data)).words
        assert shelf.passages.current().count() == 3
        assert not mine.passages.exists()

    @pytest.mark.parametrize("role", ["viewer", "reviewer"])
    def test_readers_are_offered_nothing_and_may_do_nothing(
        self, role: str, shelf: Library, mallory: User, mallory_client: Client
    ) -> None:
        make_member(shelf, mallory, role)
        shown = page(mallory_client.get(shelf.get_absolute_url()))
        assert titles(shown) == ["A", "B", "C"]
        assert not shown.classed("bulk")
        assert not shown.all("input", type="checkbox")
        tags = page(mallory_client.get(reverse("tags", args=[shelf.pk])))
        assert "Rename" not in tags.words
        tag = shelf.tags.get(name="hot")
        for name, args in {
            "passages_bulk": [shelf.pk],
            "passages_unarchive": [shelf.pk],
            "tag": [shelf.pk, tag.pk],
            "tag_delete": [shelf.pk, tag.pk],
            "duplicates": [shelf.pk],
            "duplicates_settle": [shelf.pk],
            "passage_tags": [shelf.pk, *keys(shelf, "A")],
            "passage_restore": [shelf.pk, *keys(shelf, "A")],
            "library_delete": [shelf.pk],
        }.items():
            page(mallory_client.post(reverse(name, args=args)), 404)
