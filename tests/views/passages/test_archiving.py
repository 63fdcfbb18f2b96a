"""A passage goes into the archive, and comes back."""

from typing import Any

from django.test import Client
from django.urls import reverse

from answers.models import Passage
from tests.factories import make_passage
from tests.views.listing.rows import titles
from tests.views.page import page


def test_archiving_takes_a_passage_out_of_the_list_but_not_away(
    alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.get_absolute_url()))
    form = shown.one("details", class_="archive").one("form")
    response: Any = alice_client.post(form["action"])
    address = response.headers["Location"]
    assert address.startswith(passage.library.get_absolute_url())
    assert titles(page(alice_client.get(address))) == []
    kept = page(alice_client.get(passage.get_absolute_url()))
    assert "Archived" in kept.classed("banner")[0].words


def test_an_archived_passage_is_restored(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    shown = page(alice_client.get(passage.get_absolute_url()))
    restore = shown.classed("banner")[0].one("form")["action"]
    alice_client.post(restore)
    passage.refresh_from_db()
    assert passage.archived_at is None


def test_a_restore_that_meets_a_twin_says_so(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    make_passage(passage.library, passage.text)
    address = reverse("passage_restore", args=[passage.library_id, passage.pk])
    shown = page(alice_client.post(address, follow=True))
    assert "already, as “How to make tea”" in shown.classed("message")[0].words
