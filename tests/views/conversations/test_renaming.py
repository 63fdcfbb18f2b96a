"""A conversation gets another title."""

import pytest
from django.test import Client

from answers.models import Conversation
from tests.views.conversations.pages import HOSTILE, at
from tests.views.page import page


def test_a_conversation_is_renamed(alice_client: Client, talk: Conversation) -> None:
    form = page(alice_client.get(at(talk, "rename/"))).one("form", class_="sheet")
    assert form.values()["title"] == talk.title
    alice_client.post(at(talk, "rename/"), {"title": f" {HOSTILE}\r\n two "})
    talk.refresh_from_db()
    assert talk.title == f"{HOSTILE} two"
    for path in ("", "rename/", "share/", "export/", "delete/"):
        shown = page(alice_client.get(at(talk, path)))
        assert f"{HOSTILE} two" in shown.text


@pytest.mark.parametrize("title", ["", " \n ", "x" * 201, "a\0b"])
def test_a_title_that_is_none_is_refused(
    title: str, alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.post(at(talk, "rename/"), {"title": title}))
    assert shown.one("div", role="alert")
    before = talk.title
    talk.refresh_from_db()
    assert talk.title == before
