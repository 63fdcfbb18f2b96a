"""Asking by form, without JavaScript."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from answers import asking, runtime
from answers.models import Conversation, Library, Passage, Question, User
from answers.reader import InferenceError, ReaderBusy
from tests.factories import make_conversation, make_library, make_passage, make_question
from tests.stub_reader import StubReader
from tests.views.page import page

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How long should tea be brewed?"


@pytest.fixture(autouse=True)
def _reader(stub: StubReader) -> Iterator[None]:
    return iter([None])


def ask(client: Client, asked: Library, **values: Any) -> Any:
    data = {"id": str(uuid.uuid4()), "question": QUESTION, "library": asked.pk}
    return client.post("/ask/", data | values)


def test_asking_leads_to_the_answers(alice_client: Client, passage: Passage) -> None:
    response = ask(alice_client, passage.library)
    question = Question.objects.get()
    assert response.headers["Location"] == question.get_absolute_url()
    shown = page(alice_client.get(question.get_absolute_url()))
    assert shown.one("mark").text == "three minutes"
    assert shown.one("article")["data-status"] == "answered"


def test_the_form_of_the_page_can_be_sent_as_it_is(
    alice: User, passage: Passage
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    form = page(client.get("/")).one("form", data_ask="")
    assert form["action"] == "/ask/"
    response = client.post(form["action"], form.values() | {"question": QUESTION})
    assert response.headers["Location"] == Question.objects.get().get_absolute_url()


def test_the_next_question_joins_the_conversation(
    alice_client: Client, passage: Passage
) -> None:
    ask(alice_client, passage.library)
    conversation = Conversation.objects.get()
    shown = page(alice_client.get(conversation.get_absolute_url()))
    form = shown.one("form", data_ask="")
    alice_client.post("/ask/", form.values() | {"question": "And how hot?"})
    assert list(conversation.questions.values_list("text", flat=True)) == [
        QUESTION,
        "And how hot?",
    ]


def test_another_library_can_be_asked_in_the_same_conversation(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    other = make_library("Coffee", owner=alice)
    conversation = make_conversation(alice, passage.library)
    ask(alice_client, other, conversation=conversation.pk)
    question = Question.objects.get()
    assert question.conversation == conversation
    assert list(question.libraries.all()) == [other]


def test_several_libraries_are_asked_at_once(
    alice: User, alice_client: Client, passage: Passage, stub: StubReader
) -> None:
    other = make_library("Coffee", owner=alice)
    coffee = make_passage(other, "Coffee is brewed for three minutes.")
    ask(alice_client, passage.library, library=[passage.library.pk, other.pk])
    assert set(stub.readings[0].texts) == {passage.text, coffee.text}


def test_one_passage_is_asked_alone(
    alice_client: Client, passage: Passage, stub: StubReader
) -> None:
    make_passage(passage.library, "Brewed for three minutes, says another.")
    ask(alice_client, passage.library, passage=passage.pk)
    assert stub.readings[0].texts == [passage.text]


def test_sending_the_same_form_twice_asks_once(
    alice_client: Client, passage: Passage
) -> None:
    same = str(uuid.uuid4())
    locations = {
        ask(alice_client, passage.library, id=same).headers["Location"]
        for _ in range(2)
    }
    assert len(locations) == 1
    assert Question.objects.count() == 1


def test_a_new_question_on_a_page_from_the_browsers_memory_is_asked(
    alice_client: Client, passage: Passage
) -> None:
    same = str(uuid.uuid4())
    ask(alice_client, passage.library, id=same)
    ask(alice_client, passage.library, id=same, question="And how hot?")
    assert {q.text for q in Question.objects.all()} == {QUESTION, "And how hot?"}


def test_no_answer_is_an_answer(alice_client: Client, library: Library) -> None:
    make_passage(library, "Nothing about that.")
    ask(alice_client, library)
    assert Question.objects.get().status == Question.Status.NO_ANSWER


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ReaderBusy(9, 8), "The reader is busy."),
        (InferenceError("logits are nan"), "Something went wrong while reading."),
    ],
)
def test_a_reading_that_failed_is_shown_at_the_question(
    error: Exception,
    said: str,
    alice_client: Client,
    passage: Passage,
    stub: StubReader,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stub.error = error
    ask(alice_client, passage.library)
    shown = page(alice_client.get(Question.objects.get().get_absolute_url()))
    assert said in shown.one("article", data_status="failed").words


@pytest.mark.parametrize("status", ["cancelled", "failed", "pending"])
def test_a_question_can_be_read_again(
    status: str, alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = make_conversation(alice, passage.library)
    question = make_question(conversation, status=status)
    response = alice_client.post(reverse("read_again", args=[question.pk]))
    assert response.headers["Location"] == question.get_absolute_url()
    question.refresh_from_db()
    assert question.status == Question.Status.ANSWERED
    assert question.answers.get().text == "three minutes"


def test_reading_an_answered_question_again_changes_nothing(
    alice: User, alice_client: Client, passage: Passage, stub: StubReader
) -> None:
    question = make_question(
        make_conversation(alice, passage.library), status="answered"
    )
    alice_client.post(reverse("read_again", args=[question.pk]))
    assert not stub.readings


def test_a_pending_question_can_be_cancelled(
    alice: User, alice_client: Client, library: Library
) -> None:
    question = make_question(make_conversation(alice, library))
    response = alice_client.post(reverse("cancel_question", args=[question.pk]))
    assert response.headers["Location"] == question.get_absolute_url()
    question.refresh_from_db()
    assert question.status == Question.Status.CANCELLED


def test_cancelling_a_finished_question_changes_nothing(
    alice: User, alice_client: Client, library: Library
) -> None:
    question = make_question(make_conversation(alice, library), status="answered")
    alice_client.post(reverse("cancel_question", args=[question.pk]))
    question.refresh_from_db()
    assert question.status == Question.Status.ANSWERED


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"question": ""}, "Please type a question."),
        ({"question": " \n\t "}, "Please type a question."),
        ({"question": "a\0b"}, "NUL"),
        ({"question": "why " * 30}, "the limit is 20"),
        ({"question": "x" * 1001}, "the limit is 1,000"),
        ({"library": "999"}, "There is no such library"),
        ({"library": ""}, "Please choose a library."),
        ({"id": "no uuid"}, "not the id of a question"),
    ],
)
def test_a_question_that_cannot_be_asked_stays_in_the_form(
    values: dict[str, str], said: str, alice_client: Client, library: Library
) -> None:
    shown = page(ask(alice_client, library, **values))
    form = shown.one("form", data_ask="")
    assert said in form.one("p", id="ask-error").words
    assert form.one("textarea", name="question")["aria-invalid"] == "true"
    if "\0" not in values.get("question", ""):
        assert form.values()["question"] == values.get("question", QUESTION)
    assert not Question.objects.exists()


def test_without_a_model_the_question_is_saved_and_says_so(
    alice_client: Client,
    passage: Passage,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runtime.reset()
    settings.MODEL = "no-such-model"
    ask(alice_client, passage.library)
    question = Question.objects.get()
    assert (question.status, question.error_code) == ("failed", "no_reader")
    shown = page(alice_client.get(question.get_absolute_url()))
    assert "No model is ready to read." in shown.words


def test_more_questions_than_allowed_wait_for_their_turn(
    alice: User, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = 1, 0
    make_question(make_conversation(alice, passage.library), "Is it tea?")
    form = page(ask(alice_client, passage.library), 429).one("form", data_ask="")
    assert "Please ask again in" in form.one("p", id="ask-error").words
    assert form.values()["question"] == QUESTION
    assert Question.objects.count() == 1


def test_reading_again_waits_for_its_turn_too(
    alice: User,
    alice_client: Client,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(person_id: int) -> None:
        raise asking.TooManyQuestions(3, retry_after=1)

    monkeypatch.setattr(asking, "check_room", no_room)
    question = make_question(make_conversation(alice, library), status="failed")
    again = reverse("read_again", args=[question.pk])
    shown = page(alice_client.post(again, follow=True))
    assert "Please wait for some of them" in shown.classed("messages")[0].words


def read_again(client: Client, question: Question) -> str:
    """Return what the page says above the conversation then."""
    again = reverse("read_again", args=[question.pk])
    shown = page(client.post(again, follow=True))
    return " ".join(said.words for said in shown.classed("messages"))


def test_who_has_asked_too_much_reads_nothing_again(
    alice: User, alice_client: Client, passage: Passage, settings: Any, stub: StubReader
) -> None:
    settings.QUESTIONS_PER_MINUTE = 2
    conversation = make_conversation(alice, passage.library)
    long_ago = timezone.now() - timedelta(hours=2)
    question = make_question(conversation, status="failed", asked_at=long_ago)
    stub.error = ReaderBusy(9, 8)
    for _ in range(2):
        assert not read_again(alice_client, question)
    said = read_again(alice_client, question)
    assert "You may ask 2 questions a minute. Please ask again in" in said
    assert ask(alice_client, passage.library).status_code == 429
    question.refresh_from_db()
    assert (question.status, question.asked_at) == ("failed", long_ago)
    assert len(stub.readings) == 2


def test_what_was_interrupted_goes_on_whatever_was_asked(
    alice: User, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    question = make_question(make_conversation(alice, passage.library))
    assert not read_again(alice_client, question)
    question.refresh_from_db()
    assert question.status == Question.Status.ANSWERED


def test_each_line_is_a_question_of_its_own(
    alice_client: Client, passage: Passage
) -> None:
    ask(alice_client, passage.library, question=f"{QUESTION}\r\n\r\nAnd how hot?")
    assert [q.text for q in Question.objects.order_by("asked_at")] == [
        QUESTION,
        "And how hot?",
    ]


def test_all_libraries_can_be_asked(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    other = make_library("Coffee", owner=alice)
    make_library("Somebody else's")
    ask(alice_client, passage.library, library="all")
    assert set(Question.objects.get().libraries.all()) == {passage.library, other}


def test_a_pasted_text_is_asked_by_itself(
    alice: User, alice_client: Client, passage: Passage, stub: StubReader
) -> None:
    text = "This tea needs three minutes, says the packet."
    ask(alice_client, passage.library, library="", pasted=text)
    assert stub.readings[0].texts == [text]
    shown = page(alice_client.get(Conversation.objects.get().get_absolute_url()))
    assert "Pasted text" in shown.classed("asked-of")[0].words
    form = shown.one("form", data_ask="")
    assert form.values()["library"] == str(Question.objects.get().libraries.get().pk)
    assert not Library.objects.visible_to(alice).filter(conversation__isnull=False)


def test_signed_out_the_question_survives_signing_in(
    client: Client, library: Library
) -> None:
    location = ask(client, library).headers["Location"]
    back = parse_qs(urlsplit(location).query)["next"][0]
    assert parse_qs(urlsplit(back).query)["question"] == [QUESTION]
    assert not Question.objects.exists()


def test_opening_the_address_of_the_form_leads_to_the_chat(
    alice_client: Client,
) -> None:
    assert alice_client.get("/ask/").headers["Location"] == "/"


def test_somebody_elses_conversation_is_not_joined(
    alice: User, mallory_client: Client, public_library: Library
) -> None:
    conversation = make_conversation(alice, public_library)
    shown = page(ask(mallory_client, public_library, conversation=conversation.pk))
    assert "There is no such conversation" in shown.one("p", id="ask-error").words


def test_somebody_elses_question_is_not_shown_by_its_id(
    alice: User, mallory_client: Client, public_library: Library
) -> None:
    theirs = make_question(make_conversation(alice, public_library))
    shown = page(ask(mallory_client, public_library, id=str(theirs.pk)))
    assert "There is no such question." in shown.one("p", id="ask-error").words


def test_whoever_asks_too_much_is_told_when_to_try_again(
    alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    ask(alice_client, passage.library)
    refused = ask(alice_client, passage.library, question="And how hot?")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
