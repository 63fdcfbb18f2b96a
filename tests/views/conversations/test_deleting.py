"""Deleting a conversation, and all that goes with it."""

from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

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
    assert "1 of them was reviewed: what reviewers said of it goes, too." in shown.words
    assert "So will the texts that you pasted into it." in shown.words
    assert Conversation.objects.exists()
    response = alice_client.post(at(talk, "delete/"))
    assert response.headers["Location"] == "/conversations/"
    assert not Conversation.objects.exists()
    assert not Question.objects.exists()
    assert not Library.objects.filter(pk=pasted.pk).exists()
    assert list(Passage.objects.all()) == [answer.passage]
    assert not page(alice_client.get("/conversations/?q=tea")).classed("row")


def test_reviews_that_go_are_counted_once_a_question(
    alice: User,
    rita: User,
    alice_client: Client,
    talk: Conversation,
    answer: Answer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_member(answer.passage.library, rita, "reviewer")
    assert "reviewed" not in page(alice_client.get(at(talk, "delete/"))).words
    for number in range(5):
        asked = make_question(talk, f"Number {number}?", status="answered")
        for reviewer in (alice, rita):
            make_review(make_answer_once(asked, answer.passage), by=reviewer)
    with django_assert_max_num_queries(8):
        shown = page(alice_client.get(at(talk, "delete/")))
    assert "5 of them were reviewed: what reviewers said of them goes" in shown.words


def make_answer_once(question: Question, passage: Passage) -> Answer:
    return question.answers.first() or make_answer(question, passage)


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
