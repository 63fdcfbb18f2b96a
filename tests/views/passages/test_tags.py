"""The tags of one passage: on its page and in its form."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Library, Passage
from tests.factories import TEA
from tests.views.page import page
from tests.views.passages.forms import add_address, edit_address


class TestTagsOfAPassage:
    def test_a_tag_is_added_and_taken_off(
        self, alice_client: Client, passage: Passage
    ) -> None:
        address = reverse("passage_tags", args=[passage.library_id, passage.pk])
        response: Any = alice_client.post(address, {"name": "tea, hot"})
        shown = page(alice_client.get(response.headers["Location"].split("#")[0]))
        button = shown.one("button", name="remove")
        assert button["aria-label"] == "Take off the tag “tea, hot”"
        alice_client.post(address, {"remove": button["value"]})
        assert not passage.tags.exists()

    @pytest.mark.parametrize("name", ["", " ", "x" * 51, "a\0"])
    def test_a_bad_name_is_refused(
        self, name: str, alice_client: Client, passage: Passage
    ) -> None:
        address = reverse("passage_tags", args=[passage.library_id, passage.pk])
        shown = page(alice_client.post(address, {"name": name}, follow=True))
        assert shown.classed("message")
        assert not passage.tags.exists()

    def test_the_form_holds_them_one_on_each_line(
        self, alice_client: Client, passage: Passage
    ) -> None:
        tags = "hot\r\n a,b \r\n\r\nhot\r\n👩🏽‍🔬"
        data = {"title": "T", "text": TEA, "tags": tags}
        alice_client.post(edit_address(passage), data)
        assert [t.name for t in passage.tags.all()] == ["a,b", "hot", "👩🏽‍🔬"]
        form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
        assert form.values()["tags"] == "a,b\nhot\n👩🏽‍🔬"
        data = form.values() | {"text": "Changed.", "tags": "hot"}
        alice_client.post(edit_address(passage), data)
        newest = Passage.objects.current().get()
        assert [t.name for t in newest.tags.all()] == ["hot"]

    def test_a_new_passage_can_have_tags(
        self, alice_client: Client, library: Library
    ) -> None:
        data = {"title": "T", "text": "Text.", "tags": "hot"}
        alice_client.post(add_address(library), data)
        assert Passage.objects.get().tags.get().name == "hot"
