"""The link to a conversation: what others see by it, and when it is dead."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Answer, Conversation, Library, Passage, User
from answers.views import sharing
from tests.factories import (
    make_answer,
    make_answered,
    make_member,
    make_passage,
    make_question,
)
from tests.views.conversations.pages import HOSTILE, at
from tests.views.page import page


def share(client: Client, talk: Conversation) -> str:
    """Returns the path of the link."""
    client.post(at(talk, "share/"), {"share": "yes"})
    talk.refresh_from_db()
    assert talk.share_token
    return reverse("shared", args=[talk.share_token])


def test_what_others_will_see_is_said_before(
    alice_client: Client, talk: Conversation
) -> None:
    shown = page(alice_client.get(at(talk, "share/")))
    assert "What others will see" in shown.words
    assert "also from libraries that are not public" in shown.words
    talk.refresh_from_db()
    assert talk.share_token is None
    assert shown.one("button", name="share")["value"] == "yes"


def test_the_link_opens_the_conversation_signed_out(
    alice_client: Client, client: Client, talk: Conversation, answer: Answer
) -> None:
    link = share(alice_client, talk)
    assert len(link) > 43
    shown = page(client.get(link))
    assert shown.one("h1").words == talk.title
    assert shown.one("mark").text == "three minutes"
    assert "How to make tea" in shown.words
    main = shown.one("main")
    assert not main.all("form")
    assert not main.all("a", href=answer.passage.get_absolute_url())
    assert "alice" not in shown.text
    assert answer.passage.library.title not in shown.text
    rest = answer.passage.text.replace(answer.text, "").split(".")[1]
    assert rest.strip() not in shown.text


def test_the_link_is_kept_from_caches_and_search_engines(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    response = client.get(share(alice_client, talk))
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert page(response).one("meta", name="robots")["content"].startswith("noindex")


def test_whoever_may_read_the_passage_is_led_there(
    alice_client: Client,
    mallory: User,
    mallory_client: Client,
    talk: Conversation,
    answer: Answer,
) -> None:
    link, passage = share(alice_client, talk), answer.passage
    address = passage.get_absolute_url()
    assert not page(mallory_client.get(link)).one("main").all("a", href=address)
    make_member(passage.library, mallory)
    assert page(mallory_client.get(link)).one("main").one("a", href=address)


def test_sharing_twice_keeps_the_link(alice_client: Client, talk: Conversation) -> None:
    assert share(alice_client, talk) == share(alice_client, talk)


def test_every_state_of_a_question_is_shown(
    alice_client: Client, client: Client, talk: Conversation, passage: Passage
) -> None:
    for status in ("pending", "cancelled", "failed", "no_answer"):
        make_question(talk, HOSTILE, status=status, error_message="A secret path")
    shown = page(client.get(share(alice_client, talk)))
    for said in ("Being answered", "Cancelled", "Failed", "No answer in these"):
        assert said in shown.words
    assert "A secret path" not in shown.text
    assert not shown.one("main").all("script")


def test_a_long_shared_conversation_has_pages(
    alice: User,
    alice_client: Client,
    client: Client,
    talk: Conversation,
    passage: Passage,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(sharing.SHOWN):
        make_answer(make_question(talk, f"{number}?", status="answered"), passage)
    link = share(alice_client, talk)
    with django_assert_max_num_queries(6):
        shown = page(client.get(link))
    assert len(shown.all("article")) == sharing.SHOWN
    assert len(page(client.get(f"{link}?page=2")).all("article")) == 1


def test_a_stopped_link_is_dead_at_once(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    assert client.get(link).status_code == 200
    alice_client.post(at(talk, "share/"), {"share": "no"})
    assert client.get(link).status_code == 404
    assert alice_client.get(link).status_code == 404
    assert share(alice_client, talk) != link


def test_a_deleted_conversation_has_no_link(
    alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    alice_client.post(at(talk, "delete/"))
    assert client.get(link).status_code == 404


def test_a_closed_account_shares_nothing(
    alice: User, alice_client: Client, client: Client, talk: Conversation
) -> None:
    link = share(alice_client, talk)
    alice.is_active = False
    alice.save()
    assert client.get(link).status_code == 404


@pytest.mark.parametrize(
    "token", ["x", "None", "null", "%00", "A" * 43, "A" * 5_000, "..", "é"]
)
def test_guessing_finds_nothing(token: str, client: Client, talk: Conversation) -> None:
    assert client.get(f"/shared/{token}/").status_code == 404


def test_quotes_that_the_owner_lost_are_not_shared(
    mallory: User, mallory_client: Client, client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answer = make_answered(mallory, public_library, passage)
    link = share(mallory_client, answer.question.conversation)
    assert "three minutes" in page(client.get(link)).text
    public_library.is_public = False
    public_library.save()
    shown = page(client.get(link))
    assert "three minutes" not in shown.text
    assert "How to make tea" not in shown.text
    assert "The quotes can no longer be shown." in shown.words
