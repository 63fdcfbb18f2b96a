"""The search of one's own questions leads to them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Answer, Conversation, Library, User
from tests.factories import make_answered, make_conversation, make_question
from tests.views.conversations.pages import HOSTILE, titles
from tests.views.page import page


def test_search_leads_to_the_question_with_the_words_marked(
    alice_client: Client, answer: Answer
) -> None:
    shown = page(alice_client.get("/conversations/?q=brew+minutes"))
    (row,) = shown.classed("row")
    address = reverse("question", args=[answer.question_id])
    assert row.one("a", href=address).words == answer.question.text
    assert [mark.text for mark in row.all("mark")] == ["brewed", "minutes"]
    assert "1 place with" in shown.words


def test_search_shows_hostile_text_as_it_is(
    alice: User, alice_client: Client, library: Library
) -> None:
    make_question(make_conversation(alice, library, title=HOSTILE), f"Why {HOSTILE}?")
    shown = page(alice_client.get("/conversations/?q=alert"))
    assert not shown.one("main").all("script")
    assert shown.classed("row")[0].one("h2").text == f"Why {HOSTILE}?"


@pytest.mark.parametrize("words", ["nothing", '"', "tea*", "AND", "a" * 10_000, "\0"])
def test_search_takes_anything(
    words: str, alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.get("/conversations/", {"q": words}))
    assert shown.one("input", name="q")["value"] == words.strip()[:300]


def test_search_takes_the_same_queries(
    alice: User,
    alice_client: Client,
    answer: Answer,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        make_answered(
            alice, answer.passage.library, answer.passage, question=f"Tea {number}"
        )
    with django_assert_max_num_queries(8):
        shown = page(alice_client.get("/conversations/?q=tea"))
    assert len(titles(shown)) > 20
