"""Who only reads is offered no writing, and refused it."""

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Passage, User
from tests.factories import make_member
from tests.views.page import page
from tests.views.passages.forms import add_address, edit_address


def test_only_who_may_edit_is_offered_to(
    mallory: User, mallory_client: Client, passage: Passage
) -> None:
    make_member(passage.library, mallory)
    for address in (passage.library.get_absolute_url(), passage.get_absolute_url()):
        shown = page(mallory_client.get(address))
        assert not shown.all("a", href=add_address(passage.library))
        assert not shown.all("a", href=edit_address(passage))
        assert not shown.all("details", class_="archive")


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_reading_does_not_mean_writing(
    role: str, mallory: User, mallory_client: Client, passage: Passage
) -> None:
    make_member(passage.library, mallory, role)
    archive = reverse("passage_archive", args=[passage.library_id, passage.pk])
    data = {"title": "Mine", "text": "Mine."}
    page(mallory_client.post(add_address(passage.library), data), 404)
    page(mallory_client.post(edit_address(passage), data), 404)
    page(mallory_client.post(archive), 404)
    passage.refresh_from_db()
    assert passage.archived_at is None
