"""The list of one's conversations: pinned ones, then the newest."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from answers.models import Conversation, Library, User
from tests.factories import make_conversation, make_question
from tests.views.conversations.pages import at, titles
from tests.views.page import page


def test_the_list_shows_all_with_how_much_was_asked(
    alice: User, alice_client: Client, talk: Conversation
) -> None:
    make_question(talk, "And green tea?", status="answered")
    (row,) = page(alice_client.get("/conversations/")).classed("row")
    assert row.one("a", href=talk.get_absolute_url()).words == talk.title
    assert "2 questions" in row.words


def test_pinned_ones_come_first_then_the_newest(
    alice: User, alice_client: Client, library: Library
) -> None:
    now = timezone.now()
    for age, title in enumerate(["newest", "older", "oldest", "ancient"]):
        at_ = now - timedelta(days=age)
        make_conversation(alice, library, title=title, updated_at=at_)
    for title in ("oldest", "older"):
        pinned = Conversation.objects.get(title=title)
        alice_client.post(at(pinned, "pin/"), {"pinned": "yes"})
    shown = page(alice_client.get("/conversations/"))
    assert titles(shown) == ["older", "oldest", "newest", "ancient"]
    aside = page(alice_client.get("/")).one("nav", aria_label="Conversations")
    listed = [a.words for item in aside.all("li") for a in item.all("a")]
    assert listed == ["older", "oldest", "newest", "ancient"]


def test_the_list_takes_the_same_queries_however_long(
    alice: User,
    alice_client: Client,
    library: Library,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(45):
        make_question(make_conversation(alice, library, title=f"Talk {number:02}"))
    with django_assert_max_num_queries(6):
        shown = page(alice_client.get("/conversations/"))
    assert len(titles(shown)) == 40
    second = page(alice_client.get("/conversations/?page=2"))
    assert len(titles(second)) == 5
    assert not set(titles(shown)) & set(titles(second))


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999", "x", ""])
def test_any_page_number_shows_a_page(
    number: str, alice_client: Client, talk: Conversation
) -> None:
    assert titles(page(alice_client.get(f"/conversations/?page={number}")))


def test_an_empty_list_says_so(alice_client: Client) -> None:
    shown = page(alice_client.get("/conversations/"))
    assert "Nothing asked yet." in shown.words
    assert not shown.all("input", name="q")


def test_nobody_else_s_are_listed(mallory_client: Client, talk: Conversation) -> None:
    assert talk.title not in page(mallory_client.get("/conversations/")).words
