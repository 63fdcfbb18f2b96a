"""What came while the line was down is there afterwards."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from answers import asking, consumers
from answers.consumers import ChatConsumer
from answers.models import Passage, Question, User
from tests.consumers.sockets import (
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import (
    make_answered,
    make_conversation,
    make_question,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_came_while_the_line_was_down_is_sent_again(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked")
        await until(stub.submitted.is_set)
    stub.readings[0].finish()
    await until(lambda: asking.running(UUID(message["id"])) is None)
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=asked["seq"])
        final = await socket.until("answers", final=True)
    assert final["id"] == message["id"]
    assert len(stub.readings) == 1


async def test_a_socket_that_has_just_gone_is_no_fault_of_ours(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = new_question(passage.library)
    stub.hold = True

    async def gone(self: ChatConsumer, text_data: str) -> None:
        raise BrokenPipeError  # ASGI: some OSError, as uvicorn's when it stops

    async with opened(alice_client) as socket:
        await socket.send(**message)
        await until(stub.submitted.is_set)
        monkeypatch.setattr(ChatConsumer, "send", gone)
        stub.readings[0].finish()
        await until(lambda: consumers.open_sockets() == 0)
        await until(lambda: asking.running(UUID(message["id"])) is None)
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_question_still_being_read_is_followed_again(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked")
        await until(stub.submitted.is_set)
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=asked["seq"])
        await socket.until("answers", read=0)
        stub.readings[0].finish()
        await socket.until("answers", final=True)
    assert len(stub.readings) == 1


async def test_a_question_that_a_killed_server_left_behind_is_read_again(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = await in_database(make_conversation, alice, passage.library)
    left = await in_database(make_question, conversation)
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=0)
        final = await socket.until("answers", final=True)
    assert final["id"] == str(left.pk)
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED


async def test_old_answers_are_not_sent_again(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = await in_database(make_answered, alice, passage.library, passage)
    assert answer.question.finished_at
    later = (answer.question.finished_at.timestamp() + 3600) * 1_000_000
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=0)
        assert await socket.is_silent()
        await socket.send(type="resume", after=int(later))  # a clock that is wrong
        frame = await socket.until("answers", final=True)
    assert frame["id"] == str(answer.question.pk)


async def test_answers_are_sent_again_after_the_clock_was_set_back(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = await in_database(make_answered, alice, passage.library, passage)
    an_hour = timedelta(hours=1)
    before = timezone.now() - an_hour
    mine = Question.objects.filter(pk=answer.question.pk)
    await mine.aupdate(asked_at=before, finished_at=before)
    later = int((timezone.now() + an_hour).timestamp() * 1_000_000)
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=later)
        frame = await socket.until("answers", final=True)
    assert frame["id"] == str(answer.question.pk)


@pytest.mark.parametrize("after", [None, -1, "1", True, 1.5, [], 10**400])
async def test_a_resume_that_makes_no_sense_gets_an_error_or_nothing(
    stub: StubReader, alice_client: Client, after: Any
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(type="resume", after=after)
        if isinstance(after, int) and after > 1:
            assert await socket.is_silent()
        else:
            assert (await socket.frame())["code"] == "invalid"
