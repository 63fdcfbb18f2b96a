"""A question as it is shown: what it asked, what came of it, asked again."""

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Library, Passage, User
from answers.templatetags.answers import ask_again_url
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_question,
)
from tests.views.chat.pages import HOSTILE, show, ticked
from tests.views.page import page


def test_a_question_has_an_address(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    question = make_answered(alice, passage.library, passage).question
    response = alice_client.get(reverse("question", args=[question.pk]))
    assert response.headers["Location"] == question.get_absolute_url()
    shown = show(alice_client, question.conversation)
    assert shown.all("article", id=f"question-{question.pk}")


def test_a_question_names_a_few_of_many_libraries(
    alice: User, alice_client: Client, library: Library
) -> None:
    many = [make_library(f"Shelf {n}", owner=alice) for n in range(9)]
    conversation = make_conversation(alice, library)
    make_question(conversation, libraries=many)
    said = show(alice_client, conversation).classed("asked-of")[0]
    assert "Shelf 0, Shelf 1, Shelf 2 and 6 more" in said.words
    assert "Shelf 8" in said.one("span", data_library_name="")["title"]


def test_a_question_can_be_asked_again_as_it_was(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    question = make_answered(alice, passage.library, passage, question=HOSTILE).question
    (again,) = [
        a
        for a in show(alice_client, question.conversation).all("a")
        if "data-reuse" in a
    ]
    form = page(alice_client.get(again["href"])).one("form", data_ask="")
    assert form.values()["question"] == HOSTILE
    assert ticked(form) == [str(passage.library_id)]


def test_a_question_asked_again_outlives_its_passage(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    library = passage.library
    question = make_question(make_conversation(alice, library), passage=passage)
    passage.replace(title="New", text="A newer text.", by=alice)
    again = alice_client.get(ask_again_url(question))
    values = page(again).one("form", data_ask="").values()
    assert "passage" not in values
    assert values["library"] == str(library.pk)
    assert values["question"] == question.text
    alone = alice_client.get(f"/?passage={passage.pk}")
    assert alone.status_code == 404


def test_no_answer_is_said_with_the_nearest_quotes_below(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = make_conversation(alice, passage.library)
    question = make_question(conversation, status="no_answer", passages_read=8)
    make_answer(question, passage, score=0.1)
    shown = show(alice_client, conversation)
    assert shown.classed("no-answer")[0].words == (
        "No answer in these passages. 8 passages read."
    )
    nearest = shown.one("details", class_="nearest")
    assert "open" in nearest
    assert nearest.one("mark").text == "three minutes"


def test_an_empty_library_is_not_blamed_on_the_passages(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    make_question(conversation, status="no_answer")
    assert (
        "No passage holds words of this question."
        in show(alice_client, conversation).words
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [("cancelled", "Cancelled."), ("failed", "The reader is on fire.")],
)
def test_a_question_that_came_to_nothing_can_be_asked_again(
    status: str, said: str, alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    question = make_question(
        conversation, status=status, error_message="The reader is on fire."
    )
    article = show(alice_client, conversation).one("article")
    assert said in article.words
    again = article.one("form", action=reverse("read_again", args=[question.pk]))
    assert again.one("button").words == "Ask again"


def test_an_interrupted_question_says_so(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    question = make_question(conversation)
    article = show(alice_client, conversation).one("article", data_status="pending")
    assert "This question was interrupted." in article.words
    assert article.all("form", action=reverse("read_again", args=[question.pk]))
