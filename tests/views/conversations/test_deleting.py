"""Deleting a conversation, and all that goes with it."""

from django.test import Client
from django.urls import reverse

from answers.models import Answer, Conversation, Library, Passage, Question, User
from tests.factories import (
    make_answer,
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_review,
)
from tests.views.conversations.pages import at
from tests.views.page import page


def test_deleting_asks_first_and_takes_all_along(
    alice: User, rita: User, alice_client: Client, talk: Conversation, answer: Answer
) -> None:
    make_member(answer.passage.library, rita, "reviewer")
    make_review(answer, "right", by=rita)
    pasted = make_library("Pasted", conversation=talk)
    own = make_passage(pasted, "Pasted: four minutes.")
    make_answer(make_question(talk, libraries=[pasted]), own, "four minutes")
    shown = page(alice_client.get(at(talk, "delete/")))
    assert "with its 2 questions" in shown.words
    assert "So will the texts that you pasted into it." in shown.words
    assert Conversation.objects.exists()
    response = alice_client.post(at(talk, "delete/"))
    assert response.headers["Location"] == "/conversations/"
    assert not Conversation.objects.exists()
    assert not Question.objects.exists()
    assert not Library.objects.filter(pk=pasted.pk).exists()
    assert list(Passage.objects.all()) == [answer.passage]
    assert not page(alice_client.get("/conversations/?q=tea")).classed("row")


def test_the_review_desk_stays_open_without_it(
    rita: User, rita_client: Client, alice_client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    alice = User.objects.get(username="alice")
    answer = make_answered(alice, public_library, passage)
    make_review(answer, "right", by=rita)
    stays = make_answered(rita, public_library, passage, question="What stays?")
    alice_client.post(at(answer.question.conversation, "delete/"))
    desk = rita_client.get(reverse("admin:answers_reviewitem_changelist"))
    assert desk.status_code == 200
    assert stays.question.text in desk.content.decode()
