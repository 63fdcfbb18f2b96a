"""Questions that came from a file: no model gave their answers a score."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Answer, Conversation, Library, User
from tests.admin.pages import get, screen_of
from tests.citing.exported import export, rows
from tests.reviewed_files import brought, file, qa
from tests.views.page import Element, page

NUMBERS = ("50 %", "possibly right", "margin", "passages read", "0.5")


@pytest.fixture
def conversation(alice: User, library: Library) -> Conversation:
    brought(file(qa("a", "three minutes", "Tea"), qa("b")), alice, into=library)
    return Conversation.objects.get()


@pytest.fixture
def shown(alice_client: Client, conversation: Conversation) -> Element:
    return page(alice_client.get(conversation.get_absolute_url()))


def test_where_they_came_from_stands_in_the_place_of_the_score(shown: Element) -> None:
    heads = [head.words for head in shown.classed("answer-head")]
    assert heads == ["Tea From a file"] * 2
    assert shown.all("meter") == []
    asked = shown.all("article")
    for number in NUMBERS:
        assert all(number not in one.words.lower() for one in asked), number
    said = shown.all("p", class_="visually-hidden")[0]["data-announce"]
    assert said == "Best answer: three minutes. From Tea. 1 more below."


def test_why_this_answer_says_that_nothing_was_read(shown: Element) -> None:
    for why in shown.classed("why"):
        assert [term.words for term in why.all("dt")] == ["From a file"]
        assert "no model read anything" in why.words


def test_a_question_without_an_answer_blames_no_search(shown: Element) -> None:
    (said,) = shown.classed("no-answer")
    assert said["data-announce"] == "No answer in these passages."
    assert said.words == (
        "No answer in these passages. So says the file that this question came from; "
        "no model read anything."
    )


@pytest.mark.usefixtures("conversation")
def test_they_are_compared_without_numbers(alice_client: Client) -> None:
    first, second = Answer.objects.order_by("rank")
    address = reverse("compare", args=[first.question_id])
    sides = page(alice_client.get(address, {"a": first.pk, "b": second.pk})).classed(
        "side"
    )
    for side in sides:
        assert [term.words for term in side.all("dt")] == [
            "Passage",
            "Library",
            "Saved",
        ]


@pytest.mark.usefixtures("conversation")
def test_the_review_screen_shows_no_score(alice: User, alice_client: Client) -> None:
    for answer in (*Answer.objects.filter(rank=1), None):
        item = Library.objects.get().review_items.get(answer=answer)
        html = get(alice_client, screen_of(item))
        assert "50 %" not in html
        assert "The model found no answer" not in html
        assert "<span>From a file</span>" in html


def test_exports_say_so(conversation: Conversation, alice: User) -> None:
    questions = json.loads(export(conversation, alice, "json"))["questions"]
    for answer in questions[0]["answers"]:
        assert (answer["score"], answer["margin"]) == (None, None)
        assert answer["confirmed"] is None
    for row in rows(export(conversation, alice, "csv")):
        assert (row["score"], row["margin"], row["model"]) == ("", "", "")
    text = export(conversation, alice, "markdown")
    assert "from a file · code points 0–3," in text
    assert "score" not in text


def test_the_records_show_no_score(conversation: Conversation, client: Client) -> None:
    root = User.objects.create_superuser("root")
    client.force_login(root)
    html = get(client, "/admin/answers/answer/")
    assert html.count("From a file") == 2
    assert "0.5" not in html
