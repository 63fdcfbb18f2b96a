"""Pinning, and where one is led afterwards."""

from django.test import Client

from answers.models import Conversation
from tests.views.conversations.pages import at
from tests.views.page import page


def test_pinning_leads_back_to_where_one_was(
    alice_client: Client, talk: Conversation
) -> None:
    data = {"pinned": "yes", "next": at(talk)}
    assert alice_client.post(at(talk, "pin/"), data).headers["Location"] == at(talk)
    tools = page(alice_client.get(at(talk))).classed("tools")[0]
    button = tools.one("button", name="pinned")
    assert (button["value"], button["aria-pressed"]) == ("no", "true")
    elsewhere = data | {"pinned": "no", "next": "https://evil.example/"}
    response = alice_client.post(at(talk, "pin/"), elsewhere)
    assert response.headers["Location"] == "/conversations/"
    talk.refresh_from_db()
    assert talk.pinned_at is None


def test_pinning_leads_to_addresses_only(
    alice_client: Client, talk: Conversation
) -> None:
    data = {"pinned": "yes", "next": "no-page"}
    assert alice_client.post(at(talk, "pin/"), data).status_code == 302
