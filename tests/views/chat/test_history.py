"""What was asked before: the conversations beside the chat, and a long one."""

from typing import Any

from django.test import Client
from django.urls import reverse

from answers.models import Library, Passage, User
from tests.factories import make_answer, make_conversation, make_question
from tests.views.chat.pages import show
from tests.views.page import page


def test_conversations_are_listed_newest_first_with_the_current_one_marked(
    alice: User, alice_client: Client, library: Library
) -> None:
    make_conversation(alice, library, title="Older")
    newer = make_conversation(alice, library, title="Newer")
    links = show(alice_client, newer).one("ol", data_history="").all("a")
    assert [link.words for link in links] == ["Newer", "Older"]
    assert [link.attributes.get("aria-current") for link in links] == ["page", None]


def test_many_conversations_are_paged(
    alice: User, alice_client: Client, library: Library
) -> None:
    for number in range(41):
        make_conversation(alice, library, title=f"Number {number}")
    first = page(alice_client.get("/"))
    assert len(first.one("ol", data_history="").all("a")) == 40
    assert first.all("a", href="?history=2")
    second = page(alice_client.get("/?history=2"))
    assert [a.words for a in second.one("ol", data_history="").all("a")] == ["Number 0"]


def test_a_long_conversation_shows_the_newest_questions(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    asked = [
        make_question(conversation, f"Question {n}?", status="no_answer")
        for n in range(200)
    ]
    shown = show(alice_client, conversation)
    titles = [heading.words for heading in shown.classed("asked")]
    assert titles == [f"Question {n}?" for n in range(170, 200)]
    (earlier,) = [a for a in shown.all("a") if a.words == "170 earlier questions"]
    before = page(alice_client.get(conversation.get_absolute_url() + earlier["href"]))
    assert before.classed("asked")[-1].words == "Question 169?"
    assert not before.all("form", data_ask="")
    location = alice_client.get(reverse("question", args=[asked[3].pk])).headers[
        "Location"
    ]
    found = page(alice_client.get(location.split("#")[0]))
    assert found.all("article", id=f"question-{asked[3].pk}")


def test_the_page_of_a_long_conversation_asks_few_queries(
    alice: User,
    alice_client: Client,
    passage: Passage,
    django_assert_max_num_queries: Any,
) -> None:
    conversation = make_conversation(alice, passage.library)
    for number in range(60):
        question = make_question(conversation, f"Question {number}?", status="answered")
        make_answer(question, passage)
    with django_assert_max_num_queries(40):
        show(alice_client, conversation)
