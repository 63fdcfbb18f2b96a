"""How a question ends that is cancelled, handed on, or left by a stopping server."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError

from answers import asking
from answers.asking import runs
from answers.models import Conversation, Library, Passage, Question, User
from answers.reader import InferenceError
from tests.factories import make_conversation, make_question
from tests.stub_reader import StubReader
from tests.test_asking import ask, question, stored, stub, until

__all__ = ["question", "stub"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_cancelled_question_is_closed_and_its_reading_dropped(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    run.cancel()
    events = await ask(question)
    assert isinstance(events[-1], asking.Finished)
    saved = await stored(question)
    assert saved.status == Question.Status.CANCELLED
    assert not saved.answers.all()
    assert stub.readings[0].cancelled
    assert asking.running(question.pk) is None


async def test_a_question_cancelled_before_anything_began_is_closed_too(
    stub: StubReader, question: Question
) -> None:
    asking.start(question).cancel()
    events = await ask(question)
    assert isinstance(events[-1], asking.Finished)
    assert (await stored(question)).status == Question.Status.CANCELLED


async def test_a_cancel_that_cannot_be_saved_has_an_end_all_the_same(
    stub: StubReader, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    stub.hold = True
    monkeypatch.setattr(runs, "save", locked)
    run = asking.start(question)
    await until(stub.submitted.is_set)
    run.cancel()
    async with asyncio.timeout(20):
        (*_, last) = [event async for event in run.follow()]
    assert isinstance(last, asking.Finished)
    assert last.question.status == Question.Status.FAILED
    assert (await stored(question)).is_pending  # to be read again
    assert asking.running(question.pk) is None


async def test_cancelling_a_question_that_was_deleted_meanwhile_says_nothing(
    question: Question,
) -> None:
    await question.conversation.adelete()
    await asking.cancel(question)


class Held:
    """A function that waits to be let; it says when it was called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.called, self.let = threading.Event(), threading.Event()

    def __call__(self, *args: Any) -> Any:
        self.called.set()
        assert self.let.wait(20)
        return self.function(*args)


@pytest.fixture
def held_saving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Closing a question waits, as for a database that somebody else writes to."""
    held = Held(asking.save)
    monkeypatch.setattr(runs, "save", held)
    yield held
    held.let.set()


async def test_a_second_cancel_while_the_first_is_saved_loses_nothing(
    stub: StubReader, question: Question, held_saving: Held
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    run.cancel()
    await until(held_saving.called.is_set)
    run.cancel()
    await asyncio.sleep(0)  # what was called for soon is called
    held_saving.let.set()
    events = await ask(question)
    assert isinstance(events[-1], asking.Finished)
    assert (await stored(question)).status == Question.Status.CANCELLED


async def test_a_cancel_while_a_failure_is_saved_loses_nothing(
    stub: StubReader, question: Question, held_saving: Held
) -> None:
    stub.error = InferenceError("logits are not finite")
    run = asking.start(question)
    follower = asyncio.create_task(ask(question))
    await until(held_saving.called.is_set)
    run.cancel()
    await asyncio.sleep(0)
    held_saving.let.set()
    events = await follower
    assert isinstance(events[-1], asking.Finished)
    assert (await stored(question)).status == Question.Status.FAILED


async def test_a_visitor_who_signs_in_meanwhile_gets_all_answers(
    stub: StubReader, library: Library, passage: Passage, alice: User, mallory: User
) -> None:
    """The line knows the questions by who asked, not by whose they are now."""
    await Library.objects.filter(pk=library.pk).aupdate(is_public=True)
    questions = await database_sync_to_async(asked_in_a_row)(alice, library)
    stub.hold = True
    runs_ = [asking.start(question) for question in questions]
    await until(stub.submitted.is_set)
    mine = Conversation.objects.filter(pk=questions[0].conversation_id)
    await mine.aupdate(user=mallory)
    stub.hold = False
    stub.readings[0].finish()
    async with asyncio.timeout(20):
        for run in runs_:
            (*_, last) = [event async for event in run.follow()]
            assert isinstance(last, asking.Finished)
            may_read = database_sync_to_async(last.question.may_be_read_by)
            assert await may_read(mallory)
            assert not await may_read(alice)
            assert last.question.answers.all()
    await until(asking.all_ended)


def asked_in_a_row(user: User, library: Library) -> list[Question]:
    conversation = make_conversation(user, library)
    made = [make_question(conversation, f"How long, {n}?").pk for n in range(3)]
    return list(Question.objects.with_answers(user).filter(pk__in=made))


async def test_a_stopped_server_leaves_the_question_to_be_read_again(
    stub: StubReader, question: Question
) -> None:
    stub.hold = True
    run = asking.start(question)
    await until(stub.submitted.is_set)
    assert run.task is not None
    run.task.cancel()  # what the loop does to every task when it stops
    with pytest.raises(asyncio.CancelledError):
        await run.task
    assert (await stored(question)).is_pending
    stub.hold = False
    await ask(question)
    assert (await stored(question)).status == Question.Status.ANSWERED
