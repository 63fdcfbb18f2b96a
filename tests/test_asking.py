"""The life of a question, against a reader that the test holds in its hand."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async

from answers import asking, runtime
from answers.models import (
    Answer,
    Library,
    Passage,
    Question,
    ReviewItem,
    User,
)
from answers.reader import (
    InferenceError,
    PassagesTooLong,
    QuestionTooLong,
    ReaderBusy,
)
from tests.factories import TEA, make_conversation, make_passage, make_question
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "Coffee is brewed for four minutes. Some say three minutes."


@pytest.fixture
def stub() -> Iterator[StubReader]:
    stub = StubReader()
    runtime.use(stub.as_reader())
    yield stub
    runtime.reset()


@pytest.fixture
def question(alice: User, passage: Passage) -> Question:
    return asked(alice, passage.library)


def asked(user: User, library: Library, **values: Any) -> Question:
    question = make_question(make_conversation(user, library), **values)
    return Question.objects.with_answers(user).get(pk=question.pk)


async def ask(question: Question) -> list[asking.Event]:
    async with asyncio.timeout(20):
        return [event async for event in asking.start(question).follow()]


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.005)


async def stored(question: Question) -> Question:
    person = question.conversation.user
    return await Question.objects.with_answers(person).aget(pk=question.pk)


async def test_a_question_is_answered_with_exact_quotes(
    stub: StubReader, question: Question
) -> None:
    events = await ask(question)
    assert isinstance(events[0], asking.Searching)
    assert isinstance(events[-1], asking.Finished)
    saved = await stored(question)
    (answer,) = saved.answers.all()
    assert saved.status == Question.Status.ANSWERED
    assert (answer.text, answer.rank) == ("three minutes", 1)
    assert answer.is_exact
    assert (saved.model_name, saved.model_hash) == ("stub", "0123456789ab")
    assert (saved.passages_read, saved.windows_read) == (1, 1)


async def test_an_answer_says_where_it_comes_from(
    stub: StubReader, question: Question, library: Library
) -> None:
    await database_sync_to_async(make_passage)(library, OTHER, title="Coffee")
    await ask(question)
    saved = await stored(question)
    found = {
        (a.passage.title, a.passage_rank, a.window, a.windows)
        for a in saved.answers.all()
    }
    assert found == {("How to make tea", 1, 0, 1), ("Coffee", 2, 0, 1)}


async def test_passages_are_read_with_what_they_stand_under(
    stub: StubReader, question: Question, library: Library
) -> None:
    await database_sync_to_async(make_passage)(
        library, OTHER, title="Coffee (2)", section="Drinks › Coffee"
    )
    await ask(question)
    (reading,) = stub.readings
    assert dict(zip(reading.texts, reading.titles, strict=True)) == {
        TEA: "How to make tea",
        OTHER: "Drinks, Coffee (2)",
    }


async def test_what_failed_is_said_in_the_readers_language(
    stub: StubReader, question: Question
) -> None:
    stub.error = PassagesTooLong(900, 512)
    await ask(question)
    saved = await stored(question)
    assert "900 windows; the limit is 512" in saved.error_text
    saved.error_params = {}  # saved by another version
    assert saved.error_text == "Something went wrong while reading. Please ask again."
    saved.error_code, saved.error_message = "of_tomorrow", "A sentence."
    assert saved.error_text == "A sentence."


async def test_the_best_answer_waits_for_a_reviewer(
    stub: StubReader, question: Question
) -> None:
    stub.quotes["two spoons"] = 7.0
    await ask(question)
    item = await ReviewItem.objects.select_related("answer").aget()
    assert item.answer is not None
    assert item.answer.text == "two spoons"
    assert item.state == ReviewItem.State.WAITING


async def test_answers_of_several_passages_are_ranked_together(
    stub: StubReader, question: Question, library: Library
) -> None:
    await database_sync_to_async(make_passage)(library, OTHER, title="Coffee")
    stub.quotes["four minutes"] = 6.0
    await ask(question)
    saved = await stored(question)
    ranked = [(a.rank, a.text, a.passage.title) for a in saved.answers.all()]
    assert ranked[0] == (1, "four minutes", "Coffee")
    assert {text for _, text, _ in ranked[1:]} == {"three minutes"}
    assert [rank for rank, _, _ in ranked] == [1, 2, 3]


async def test_progress_is_told_passage_by_passage(
    stub: StubReader, question: Question, library: Library
) -> None:
    await database_sync_to_async(make_passage)(library, OTHER, title="Coffee")
    stub.hold = True
    run = asking.start(question)
    seen: list[tuple[int, int, int]] = []
    async with asyncio.timeout(20):
        async for event in run.follow():
            if not isinstance(event, asking.Reading):
                continue
            seen.append((event.read, event.total, len(event.answers)))
            await until(stub.submitted.is_set)
            stub.readings[0].finish(event.read)
    assert seen == [(0, 2, 0), (1, 2, 1)]


async def test_it_is_over_when_the_best_quotes_were_read_again(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    (passage,) = stub.readings[0].passages
    passage.set_result(None)
    assert run.task is not None
    done, _ = await asyncio.wait([run.task], timeout=0.2)
    assert not done
    assert (await stored(question)).is_pending
    stub.quotes = {"two spoons": 5.0}  # what it says after the second reading
    stub.readings[0].finish()
    await run.task
    (answer,) = (await stored(question)).answers.all()
    assert answer.text == "two spoons"


async def test_an_error_of_the_second_reading_fails_the_question(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    stub.readings[0].whole.set_exception(InferenceError("no"))
    stub.readings[0].finish()
    assert run.task is not None
    await run.task
    assert (await stored(question)).status == Question.Status.FAILED


async def test_what_was_superseded_is_left_out_for_a_slow_follower(
    stub: StubReader, question: Question
) -> None:
    run = asking.start(question)
    assert run.task is not None
    await run.task
    events = [event async for event in run.follow()]
    assert [type(event) for event in events] == [asking.Finished]


async def test_only_the_chosen_passage_is_read(
    stub: StubReader, alice: User, passage: Passage
) -> None:
    other = await database_sync_to_async(make_passage)(
        passage.library, OTHER, title="Coffee"
    )
    question = await database_sync_to_async(asked)(
        alice, passage.library, passage=other
    )
    await ask(question)
    assert stub.readings[0].texts == [OTHER]


async def test_no_answer_is_said_honestly_with_the_nearest_spans(
    stub: StubReader, question: Question
) -> None:
    stub.quotes = {"three minutes": -1.0, "two spoons": -3.0}
    await ask(question)
    saved = await stored(question)
    assert saved.status == Question.Status.NO_ANSWER
    assert [a.text for a in saved.answers.all()] == ["three minutes", "two spoons"]


async def test_an_empty_library_has_no_answer(
    stub: StubReader, alice: User, library: Library
) -> None:
    question = await database_sync_to_async(asked)(alice, library)
    await ask(question)
    saved = await stored(question)
    assert (saved.status, saved.passages_read) == (Question.Status.NO_ANSWER, 0)


async def test_the_same_question_twice_is_answered_once(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    first, second = asking.start(question), asking.start(question)
    assert first is second
    await until(stub.submitted.is_set)
    stub.readings[0].finish()
    await ask(question)
    assert len(stub.readings) == 1
    await ask(await stored(question))  # and never again once it is closed
    assert len(stub.readings) == 1
    assert await Answer.objects.acount() == 1


async def test_a_question_goes_on_when_its_follower_leaves(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    follower = asyncio.create_task(ask(question))
    await until(stub.submitted.is_set)
    follower.cancel()
    stub.readings[0].finish()
    assert run.task is not None
    await run.task
    assert (await stored(question)).status == Question.Status.ANSWERED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReaderBusy(8, 8), "busy"),
        (PassagesTooLong(900, 512), "passages_too_long"),
        (QuestionTooLong(401, 384), "question_too_long"),
        (InferenceError("logits are not finite"), "failed"),
        (RuntimeError("anything"), "failed"),
    ],
)
async def test_what_fails_closes_the_question_with_a_sentence(
    stub: StubReader, question: Question, error: Exception, code: str
) -> None:
    stub.error = error
    await ask(question)
    saved = await stored(question)
    assert (saved.status, saved.error_code) == (Question.Status.FAILED, code)
    assert saved.error_text
    assert "anything" not in saved.error_text  # nothing from inside is shown


async def test_a_missing_model_says_so(question: Question, settings: Any) -> None:
    runtime.reset()
    settings.MODEL = "no-such-model"
    await ask(question)
    saved = await stored(question)
    assert (saved.status, saved.error_code) == (Question.Status.FAILED, "no_reader")


async def test_a_question_closed_by_another_process_stays_as_it_was(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    elsewhere = await stored(question)
    await database_sync_to_async(asking.save)(elsewhere, Question.Status.NO_ANSWER, [])
    stub.readings[0].finish()
    assert run.task is not None
    await run.task
    saved = await stored(question)
    assert saved.status == Question.Status.NO_ANSWER
    assert await Answer.objects.acount() == 0


async def test_a_library_deleted_while_it_is_read_leaves_a_question_without_answer(
    stub: StubReader, question: Question, library: Library
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    await library.adelete()
    stub.readings[0].finish()
    assert run.task is not None
    await asyncio.wait([run.task])
    left = await Question.objects.aget()
    assert left.status == Question.Status.NO_ANSWER
    assert asking.running(question.pk) is None


async def test_a_person_may_have_a_few_questions_on_their_way(
    stub: StubReader, question: Question, alice: User, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = 1, 0
    stub.hold = True
    asking.check_room(alice.pk)
    run = asking.start(question)
    with pytest.raises(asking.TooManyQuestions, match="1 of your questions") as many:
        asking.check_room(alice.pk)
    assert many.value.retry_after >= 1
    asking.check_room(alice.pk + 1)
    await until(stub.submitted.is_set)
    run.cancel()
    await ask(question)
    asking.check_room(alice.pk)


def test_reading_now_saves_nothing(stub: StubReader, db: None) -> None:
    ranking = asking.read_now("How long?", ["Brew it for three minutes."], top=5)
    assert [span.text for span in ranking.answers] == ["three minutes"]
    assert not Question.objects.exists()
