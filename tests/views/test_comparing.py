"""Two answers side by side."""

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Answer, Passage, User
from tests.factories import make_answer, make_answered, make_library, make_passage
from tests.views.page import Element, page


@pytest.fixture
def two(alice: User, passage: Passage) -> list[Answer]:
    """Answers from two passages that disagree."""
    other = make_passage(
        passage.library, "Steep it for five minutes.", title="The packet"
    )
    best = make_answered(alice, passage.library, passage)
    second = make_answer(best.question, other, "five minutes", rank=2)
    third = make_answer(best.question, passage, "two spoons", rank=3)
    return [best, second, third]


def address(answer: Answer, /, **given: object) -> str:
    return reverse("compare", args=[answer.question_id], query=given)


def sides(shown: Element) -> list[Element]:
    return shown.classed("side")


def test_both_are_shown_in_their_surroundings(
    alice_client: Client, two: list[Answer]
) -> None:
    shown = page(alice_client.get(address(two[0], a=two[0].pk, b=two[1].pk)))
    left, right = sides(shown)
    assert left.one("mark").text == "three minutes"
    assert right.one("mark").text == "five minutes"
    assert "The packet" in right.words
    assert right.all("a", href=two[1].get_absolute_url())


def test_words_that_only_one_has_are_marked(
    alice_client: Client, two: list[Answer]
) -> None:
    shown = page(alice_client.get(address(two[0], a=two[0].pk, b=two[1].pk)))
    quotes = shown.classed("side-quote")
    assert [quote.text for quote in quotes] == ["three minutes", "five minutes"]
    assert [quote.one("em").words for quote in quotes] == ["three", "five"]


def test_two_ticked_boxes_do_the_same(alice_client: Client, two: list[Answer]) -> None:
    given = {"answer": [two[0].pk, two[2].pk]}
    shown = page(alice_client.get(address(two[0], **given)))
    assert [quote.text for quote in shown.classed("side-quote")] == [
        "three minutes",
        "two spoons",
    ]
    boxes = shown.all("input", type="checkbox")
    assert ["checked" in box for box in boxes] == [True, False, True]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_other_number_can_be_chosen_anew(
    count: int, alice_client: Client, two: list[Answer]
) -> None:
    given = {"answer": [answer.pk for answer in two[:count]]}
    shown = page(alice_client.get(address(two[0], **given)))
    assert "Please choose exactly two answers." in shown.words
    assert len(shown.all("input", type="checkbox")) == 3


@pytest.mark.parametrize("bad", ["x", "-1", "999999", "9" * 40])
def test_an_answer_that_is_not_there_is_not_found(
    bad: str, alice_client: Client, two: list[Answer]
) -> None:
    page(alice_client.get(address(two[0], a=two[0].pk, b=bad)), 404)


def test_an_answer_to_another_question_is_not_found(
    alice: User, alice_client: Client, two: list[Answer], passage: Passage
) -> None:
    other = make_answered(alice, passage.library, passage)
    page(alice_client.get(address(two[0], a=two[0].pk, b=other.pk)), 404)


def test_a_stranger_compares_nothing(mallory_client: Client, two: list[Answer]) -> None:
    page(mallory_client.get(address(two[0], a=two[0].pk, b=two[1].pk)), 404)


def test_a_quote_of_a_library_that_was_lost_is_not_compared(
    alice: User, alice_client: Client, two: list[Answer]
) -> None:
    lost = make_passage(make_library("Lost"), "It takes nine minutes.")
    answer = make_answer(two[0].question, lost, "nine minutes", rank=4)
    page(alice_client.get(address(two[0], a=two[0].pk, b=answer.pk)), 404)


def test_the_help_page_is_open_to_everyone(client: Client, db: None) -> None:
    shown = page(client.get(reverse("help")))
    assert {"asking", "scores", "keys", "libraries", "import", "privacy"} <= {
        heading["id"] for heading in shown.all("h2")
    }
