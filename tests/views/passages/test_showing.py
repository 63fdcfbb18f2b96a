"""The page of a passage: its text to the character, an answer marked in it."""

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Library, Passage, User
from tests.factories import TEA, make_answered, make_passage
from tests.views.page import page
from tests.views.passages.forms import HOSTILE


@pytest.mark.parametrize(
    "text",
    [
        TEA,
        "\n\nBlank lines first, and last.\n\n",
        "Tabs\tand  double blanks.",
        "é (combining), 👩🏽‍🔬, עברית and العربية",
        HOSTILE,
    ],
)
def test_a_passage_is_shown_to_the_character(
    text: str, alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, text)
    shown = page(alice_client.get(passage.get_absolute_url()))
    assert shown.one("div", data_text="").text == text
    assert not shown.all("mark")


def test_an_answer_is_marked_in_its_passage(
    alice: User, alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, "Ten, ten and again ten.")
    answer = make_answered(alice, library, passage, quote="ten", start=19)
    shown = page(alice_client.get(answer.get_absolute_url().split("#")[0]))
    text = shown.one("div", data_text="")
    assert text.text == passage.text
    assert text.one("mark", id="mark").text == "ten"
    assert text.pieces == ["Ten, ten and again ", "ten", "."]
    assert shown.all("a", href=answer.question.get_absolute_url())


@pytest.mark.parametrize("given", ["abc", "0", "-1", "9" * 30, "1 OR 1", ""])
def test_an_answer_that_is_none_marks_nothing(
    given: str, alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.get_absolute_url(), {"answer": given}))
    assert not shown.all("mark")


def test_somebody_elses_answer_marks_nothing(
    alice: User, mallory_client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answer = make_answered(alice, public_library, passage)
    shown = page(mallory_client.get(passage.get_absolute_url(), {"answer": answer.pk}))
    assert not shown.all("mark")
    assert answer.question.text not in shown.text


def test_an_answer_marks_nothing_in_another_passage(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    other = make_passage(passage.library, "Something else entirely.")
    answer = make_answered(alice, passage.library, passage)
    shown = page(alice_client.get(other.get_absolute_url(), {"answer": answer.pk}))
    assert not shown.all("mark")


def test_a_passage_is_not_found_under_another_library(
    alice_client: Client, passage: Passage, public_library: Library
) -> None:
    address = reverse("passage", args=[public_library.pk, passage.pk])
    page(alice_client.get(address), 404)
