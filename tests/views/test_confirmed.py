"""How an answer that a reviewer has confirmed is shown, and how to have it read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from answers import reviewing
from answers.models import (
    Answer,
    Library,
    Passage,
    Question,
    Review,
    ReviewItem,
    User,
)
from tests.conftest import signed_in
from tests.factories import (
    make_answer,
    make_answered,
    make_member,
    make_passage,
    make_repeated,
    make_review,
)
from tests.stub_reader import StubReader
from tests.views.page import Element, page

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How long should tea be brewed?"
HOSTILE = "<b>rita\u202e"


@pytest.fixture
def reviewed(alice: User, rita: User, library: Library, passage: Passage) -> Review:
    """Rita's word on the answer to Alice's question, of a day that tests can name."""
    make_member(library, rita, "reviewer")
    review = make_review(make_answered(alice, library, passage), by=rita)
    Review.objects.update(reviewed_at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    return review


@pytest.fixture
def answer(reviewed: Review, alice: User) -> Answer:
    return make_repeated(reviewed, alice)


def shown(client: Client, answer: Answer) -> Element:
    return page(client.get(answer.question.conversation.get_absolute_url()))


def label(client: Client, answer: Answer) -> str:
    (head,) = shown(client, answer).classed("answer-head")
    return head.classed("confirmed")[0].words


def test_who_confirmed_it_and_when_stands_in_the_place_of_the_score(
    alice_client: Client, answer: Answer
) -> None:
    seen = shown(alice_client, answer)
    (head,) = seen.classed("answer-head")
    assert head.words == "How to make tea ✓ Confirmed by rita on 5 Mar 2026"
    assert [name.words for name in head.all("bdi")] == ["How to make tea", "rita"]
    assert seen.all("meter") == []
    assert "100 %" not in seen.words
    assert "margin" not in seen.one("article").words.lower()
    assert "0 passages read" not in seen.words
    said = seen.all("p", class_="visually-hidden")[0]["data-announce"]
    assert said == (
        "Best answer: three minutes. From How to make tea. Confirmed by rita."
    )


def test_why_this_answer_says_that_nothing_was_read(
    alice_client: Client, answer: Answer
) -> None:
    (why,) = shown(alice_client, answer).classed("why")
    assert [term.words for term in why.all("dt")] == ["Confirmed"]
    assert "no model read anything" in why.words


def test_a_name_is_text(alice_client: Client, answer: Answer, rita: User) -> None:
    rita.username = HOSTILE
    rita.save()
    assert label(alice_client, answer) == f"✓ Confirmed by {HOSTILE} on 5 Mar 2026"


def test_a_review_that_was_taken_back_says_so(
    alice_client: Client, answer: Answer, reviewed: Review, rita: User
) -> None:
    reviewing.withdraw(reviewed.item, by=rita)
    assert label(alice_client, answer) == (
        "Was confirmed by rita, who has taken that back since"
    )


def test_a_review_that_was_changed_says_so(
    alice_client: Client, answer: Answer, reviewed: Review, rita: User
) -> None:
    reviewing.give(reviewed.item, "wrong", by=rita)
    assert label(alice_client, answer) == (
        "Was confirmed by rita; reviewers have changed their verdict since"
    )


def test_a_review_that_is_gone_says_so(
    alice_client: Client, answer: Answer, reviewed: Review
) -> None:
    reviewed.item.question.conversation.delete()
    assert label(alice_client, answer) == (
        "Was confirmed by rita; that review has been deleted since"
    )


def test_an_edited_passage_says_so(
    alice_client: Client, answer: Answer, alice: User
) -> None:
    answer.passage.replace(title="Tea", text="Tea: five minutes.", by=alice)
    assert "This passage has changed since." in shown(alice_client, answer).words


def test_an_answer_of_a_model_has_no_such_form(
    alice_client: Client, reviewed: Review
) -> None:
    seen = shown(alice_client, Answer.objects.get())
    assert seen.all("form", data_read_anyway="") == []
    assert seen.classed("confirmed") == []


# -- Reading anyway ------------------------------------------------------------


@pytest.fixture
def _reader(stub: StubReader) -> Iterator[None]:
    stub.quotes = {"two spoons": 4.0}
    return iter([None])


@pytest.mark.usefixtures("_reader")
def test_the_passages_are_read_when_the_person_says_so(
    alice: User, answer: Answer
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    form = shown(client, answer).one("form", data_read_anyway="")
    assert form.one("button").words == "Read the passages anyway"
    response = client.post(form["action"], form.values())
    question = Question.objects.exclude(pk=answer.question_id).latest("asked_at")
    assert response.headers["Location"] == question.get_absolute_url()
    assert question.conversation_id == answer.question.conversation_id
    assert (question.text, question.read_anyway) == (QUESTION, True)
    assert [a.text for a in question.answers.all()] == ["two spoons"]
    client.post(form["action"], form.values())  # once more is the same question
    assert answer.question.conversation.questions.count() == 2


@pytest.mark.usefixtures("_reader")
def test_reading_anyway_asks_the_same_passage_alone(
    alice_client: Client, answer: Answer, library: Library
) -> None:
    make_passage(library, "Two cups want two spoons.", title="Cups")
    Question.objects.filter(pk=answer.question_id).update(passage=answer.passage)
    form = shown(alice_client, answer).one("form", data_read_anyway="")
    alice_client.post(form["action"], form.values())
    question = Question.objects.get(read_anyway=True)
    assert question.passage == answer.passage
    assert [a.passage for a in question.answers.all()] == [answer.passage]


@pytest.mark.usefixtures("_reader")
def test_the_form_of_the_page_itself_asks_for_what_is_confirmed(
    alice_client: Client, reviewed: Review, library: Library
) -> None:
    form = page(alice_client.get("/")).one("form", data_ask="")
    sent = form.values() | {"question": QUESTION.upper()}
    seen = page(alice_client.post("/ask/", sent, follow=True))
    (head,) = seen.classed("answer-head")
    assert "Confirmed by rita" in head.words
    assert ReviewItem.objects.count() == 1


# -- Other places --------------------------------------------------------------


def test_two_confirmed_answers_are_compared_without_numbers(
    alice_client: Client, answer: Answer
) -> None:
    other = make_answer(
        answer.question,
        answer.passage,
        "two spoons",
        rank=2,
        confirmation=answer.confirmation,
        confirmed_by="rita",
    )
    seen = shown(alice_client, answer)
    assert len(seen.classed("answer")) == 2
    asked = {"a": answer.pk, "b": other.pk}
    seen = page(
        alice_client.get(reverse("compare", args=[answer.question_id], query=asked))
    )
    left, right = seen.classed("side")
    assert "Confirmed by rita on 5 Mar 2026" in left.words
    assert "Was confirmed by rita" in right.words  # this span is not hers
    assert "Score" not in seen.words
    assert "Margin" not in seen.words


def test_a_shared_page_names_no_reviewer(
    answer: Answer, reviewed: Review, rita: User
) -> None:
    conversation = answer.question.conversation
    conversation.share_token = "x" * 43
    conversation.save()
    address = reverse("shared", args=[conversation.share_token])
    seen = page(Client().get(address))
    assert "Confirmed by a reviewer" in seen.words
    assert "rita" not in seen.words
    reviewing.withdraw(reviewed.item, by=rita)
    assert "Confirmed" not in page(Client().get(address)).words


def test_the_help_page_says_what_confirmed_means(alice_client: Client) -> None:
    assert "Confirmed by" in page(alice_client.get(reverse("help"))).words


def test_who_may_not_read_the_passage_sees_neither_quote_nor_name(
    reviewed: Review, mallory: User, library: Library
) -> None:
    member = make_member(library, mallory)
    answer = make_repeated(reviewed, mallory)
    client = signed_in(mallory)
    assert "Confirmed by rita" in shown(client, answer).words
    member.delete()
    seen = shown(client, answer)
    assert "rita" not in seen.words
    assert "three minutes" not in seen.words
    assert seen.all("form", data_read_anyway="") == []


def test_not_helpful_is_said_of_a_confirmed_answer_too(
    alice_client: Client, answer: Answer
) -> None:
    alice_client.post(reverse("feedback", args=[answer.pk]), {"helpful": "no"})
    assert answer.feedback.get().helpful is False
