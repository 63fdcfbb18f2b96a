"""Several questions at once: saved at once, answered in order, a few at a time."""

import re
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from answers import asking
from answers.models import Answer, Library, Passage, Question, User
from tests.consumers.sockets import (
    QUESTION,
    Socket,
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import make_conversation, make_question
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


def several(library: Library, count: int, **values: Any) -> dict[str, Any]:
    questions = [
        {"id": str(uuid4()), "question": f"{QUESTION} ({number})"}
        for number in range(count)
    ]
    return {"type": "ask", "questions": questions, "library": library.pk, **values}


def ids(message: dict[str, Any]) -> list[str]:
    return [question["id"] for question in message["questions"]]


def has_read(stub: StubReader, count: int) -> bool:
    return len(stub.readings) == count


async def finished(socket: Socket, count: int) -> list[str]:
    return [(await socket.until("answers", final=True))["id"] for _ in range(count)]


async def test_lines_are_saved_at_once_and_answered_in_order(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = several(passage.library, 6)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        assert await finished(socket, 6) == ids(message)
    saved = Question.objects.order_by("asked_at")
    assert [str(q.pk) async for q in saved] == ids(message)
    assert len({q.conversation_id async for q in saved}) == 1
    assert [reading.question for reading in stub.readings] == [
        question["question"] for question in message["questions"]
    ]


async def test_those_that_wait_are_told_their_place(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = several(passage.library, 3)
    _, second, third = ids(message)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("waiting", id=second, place=1)
        await socket.until("waiting", id=third, place=2)
        await until(lambda: len(stub.readings) == 1)
        stub.readings[0].finish()
        await socket.until("waiting", id=third, place=1)
        await until(lambda: len(stub.readings) == 2)
        stub.readings[1].finish()
        await until(lambda: len(stub.readings) == 3)
        stub.readings[2].finish()
        await socket.until("answers", id=third, final=True)
    asked = [reading.question for reading in stub.readings]
    assert asked == [question["question"] for question in message["questions"]]


async def test_a_closed_tab_loses_none_of_the_lines(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = several(passage.library, 4)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("waiting", place=3)
    for number in range(4):
        await until(partial(has_read, stub, number + 1))
        stub.readings[number].finish()
    await until(asking.all_ended)
    answered = Question.objects.filter(status="answered")
    assert await answered.acount() == 4
    assert await Answer.objects.acount() == 4


async def test_what_a_killed_server_left_is_answered_in_order_within_the_limit(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT = 2
    left = []
    for _ in range(4):
        conversation = await in_database(make_conversation, alice, passage.library)
        left.append(await in_database(make_question, conversation))
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=0)
        await socket.until("waiting", id=str(left[3].pk), place=2)
        await until(lambda: len(stub.readings) == 2)
        assert not await socket.is_silent()
        assert len(stub.readings) == 2
        stub.hold = False
        for reading in list(stub.readings):
            reading.finish()
        assert set(await finished(socket, 4)) == {str(q.pk) for q in left}


async def test_a_new_question_does_not_overtake_what_was_left_behind(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = await in_database(make_conversation, alice, passage.library)
    left = await in_database(make_question, conversation, "Left behind?")
    message = new_question(passage.library, conversation=conversation.pk)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        assert await finished(socket, 2) == [str(left.pk), message["id"]]


async def test_one_that_waits_can_be_cancelled(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = several(passage.library, 3)
    first, second, third = ids(message)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("waiting", id=third, place=2)
        await socket.send(type="cancel", id=second)
        await socket.until("waiting", id=third, place=1)
        await until(lambda: len(stub.readings) == 1)
        stub.hold = False
        stub.readings[0].finish()
        assert await finished(socket, 2) == [first, third]
    statuses = {str(q.pk): q.status async for q in Question.objects.all()}
    assert statuses[second] == Question.Status.CANCELLED


async def test_all_that_wait_can_be_cancelled_at_once(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = several(passage.library, 5)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("waiting", place=4)
        await socket.send(type="cancel", waiting=True)
        cancelled = {(await socket.until("cancelled"))["id"] for _ in range(4)}
        assert cancelled == set(ids(message)[1:])
        await until(lambda: len(stub.readings) == 1)
        stub.readings[0].finish()
        assert await finished(socket, 1) == ids(message)[:1]


async def test_all_that_wait_in_one_conversation_can_be_cancelled(
    stub: StubReader, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT = 1
    stub.hold = True
    one, other = several(passage.library, 2), several(passage.library, 2)
    async with opened(alice_client) as socket:
        await socket.send(**one)
        asked = await socket.until("asked", id=ids(one)[1])
        await socket.send(**other)
        await socket.until("waiting", id=ids(other)[1], place=3)
        here = asked["conversation"]
        await socket.send(type="cancel", waiting=True, conversation=here)
        assert (await socket.until("cancelled"))["id"] == ids(one)[1]
        stub.hold = False
        await until(lambda: len(stub.readings) == 1)
        stub.readings[0].finish()
        assert await finished(socket, 3) == [ids(one)[0], *ids(other)]


async def test_pending_ones_that_nobody_runs_can_be_cancelled_too(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = await in_database(make_conversation, alice, passage.library)
    left = await in_database(make_question, conversation)
    async with opened(alice_client) as socket:
        await socket.send(type="cancel", waiting=True)
        await socket.until("cancelled", id=str(left.pk))
    assert asking.running(left.pk) is None
    assert not stub.readings


async def test_the_same_lines_twice_are_the_same_questions(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = several(passage.library, 3)
    message["questions"].append(message["questions"][0])
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.send(**message)
        await finished(socket, 3)
        await socket.send(**message)
        assert sorted(await finished(socket, 3)) == sorted(ids(message)[:3])
    assert await Question.objects.acount() == 3
    assert len(stub.readings) == 3


async def test_a_question_that_is_deleted_while_it_waits_is_never_read(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = several(passage.library, 2)
    first, second = ids(message)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("waiting", id=second)
        await Question.objects.filter(pk=UUID(second)).adelete()
        await until(lambda: len(stub.readings) == 1)
        stub.readings[0].finish()
        await socket.until("answers", id=first, final=True)
        await socket.until("cancelled", id=second)
    assert len(stub.readings) == 1


async def test_a_conversation_deleted_in_mid_answer_ends_quietly(
    stub: StubReader, alice_client: Client, passage: Passage, caplog: Any
) -> None:
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        question = await Question.objects.select_related("conversation").aget()
        await question.conversation.adelete()
        stub.readings[0].finish()
        await socket.until("cancelled", id=str(question.pk))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# -- Refuses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        ([], "a list"),
        ({}, "a list"),
        ("Tea?", "a list"),
        ([[]], "not a question"),
        (["Tea?"], "not a question"),
        ([None], "not a question"),
        ([{"id": str(UUID(int=1))}], "type a question"),
        ([{"question": "Tea?"}], "not the id of a question"),
        ([{"id": [[[]]], "question": "Tea?"}], "not the id of a question"),
        ([{"id": str(UUID(int=n)), "question": "T?"} for n in range(21)], "at most 20"),
        ([{"id": str(UUID(int=n)), "question": "T?"} for n in range(1000)], "1000"),
        (
            [
                {"id": str(UUID(int=1)), "question": "Tea?"},
                {"id": str(UUID(int=2)), "question": "tea " * 21},
            ],
            "Question 2: The question has 21 tokens",
        ),
        (
            [
                {"id": str(UUID(int=1)), "question": "Tea?"},
                {"id": str(UUID(int=2)), "question": "tea\0"},
            ],
            "Question 2: .*NUL",
        ),
    ],
)
async def test_of_lines_that_cannot_be_taken_none_is_saved(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    questions: Any,
    says: str,
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(type="ask", questions=questions, library=passage.library.pk)
        error = await socket.until("error")
    assert error["code"] in ("invalid", "too_many")
    assert re.search(says, error["message"]), error["message"]
    assert await Question.objects.acount() == 0


async def test_the_ids_of_refused_lines_are_said_back(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = several(passage.library, 3)
    message["questions"][1]["question"] = ""
    async with opened(alice_client) as socket:
        await socket.send(**message)
        assert (await socket.until("error"))["ids"] == ids(message)


async def test_more_than_may_wait_are_refused_until_some_are_answered(
    stub: StubReader, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = 1, 2
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**several(passage.library, 3))
        await socket.until("waiting", place=2)
        await until(stub.submitted.is_set)
        await socket.send(**new_question(passage.library))
        error = await socket.until("error")
        assert error["code"] == "too_many"
        assert error["retry_after"] >= 1
        assert "3 of your questions are on their way" in error["message"]
        stub.hold = False
        stub.readings[0].finish()
        await finished(socket, 3)
        await socket.send(**new_question(passage.library))
        await finished(socket, 1)
