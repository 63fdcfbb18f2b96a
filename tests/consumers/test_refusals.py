"""What makes no sense, or is not the person's, is refused with a sentence."""

import asyncio
import json
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from answers import consumers, limits
from answers.consumers import ChatConsumer, chat
from answers.models import Passage, Question, User
from tests.consumers.sockets import (
    WAIT,
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import (
    make_conversation,
    make_library,
    make_question,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/nope/", "/", "/ws/chat", "/ws/chat/x/"])
async def test_a_socket_that_leads_nowhere_is_refused(path: str) -> None:
    """Where no route is found, Channels raises: a traceback for whoever knocks."""
    from qaweb.asgi import application

    headers = [(b"origin", settings.ORIGINS[0].encode())]
    wire = WebsocketCommunicator(application, path, headers=headers)
    connected, _code = await wire.connect(timeout=WAIT)
    assert not connected
    await wire.wait(WAIT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        "7",
        '"ask"',
        "{}",
        '{"type": 1}',
        '{"type": {"ask": 1}}',
        '{"type": "websocket.close"}',
        '{"type": "disconnect"}',
        "[" * 9000,
        "x" * 40_000,
    ],
)
async def test_a_frame_that_makes_no_sense_is_answered_with_an_error(
    stub: StubReader, alice_client: Client, passage: Passage, text: str
) -> None:
    async with opened(alice_client) as socket:
        # Not send_to, which asserts that the text is not empty.
        await socket.wire.send_input({"type": "websocket.receive", "text": text})
        error = await socket.frame()
        assert (error["type"], error["code"]) == ("error", "invalid")
        await socket.send(**new_question(passage.library))  # the socket still serves
        await socket.until("answers", final=True)


async def test_a_binary_frame_is_answered_with_an_error(
    stub: StubReader, alice_client: Client
) -> None:
    async with opened(alice_client) as socket:
        await socket.wire.send_to(bytes_data=b"\x00\xff")
        assert (await socket.frame())["code"] == "invalid"


async def test_endless_nonsense_closes_the_socket(
    stub: StubReader, alice_client: Client
) -> None:
    async with opened(alice_client) as socket:
        for _ in range(consumers.BAD_FRAMES_ALLOWED):
            await socket.wire.send_to(text_data="nonsense")
        for _ in range(consumers.BAD_FRAMES_ALLOWED):
            assert (await socket.frame())["code"] == "invalid"
        assert await socket.closing_code() == consumers.NO_SENSE


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"question": ""}, "invalid", "type a question"),
        ({"question": " \n\u200a "}, "invalid", "type a question"),
        ({"question": None}, "invalid", "type a question"),
        (
            {"question": "tea " * 21},
            "invalid",
            "21 tokens (words and pieces of words); the limit is 20",
        ),
        ({"question": "x" * 1001}, "invalid", "1,001 characters; the limit is 1,000"),
        ({"question": "tea\0?"}, "invalid", "NUL"),
        ({"question": "tea \ud83d?"}, "invalid", "surrogate"),
        ({"id": "7"}, "invalid", "not the id of a question"),
        ({"id": None}, "invalid", "not the id of a question"),
        ({"library": 10**6}, "denied", "no such library"),
        ({"library": "x"}, "denied", "no such library"),
        ({"library": [1]}, "denied", "no such library"),
        ({"passage": 10**6}, "denied", "no such passage"),
        ({"conversation": 10**6}, "denied", "no such conversation"),
    ],
)
async def test_a_question_that_cannot_be_taken_gets_the_reason(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    change: dict[str, Any],
    code: str,
    says: str,
) -> None:
    message = new_question(passage.library) | change
    async with opened(alice_client) as socket:
        await socket.send(**message)
        error = await socket.until("error")
    assert (error["code"], error["id"]) == (code, message["id"])
    assert says in error["message"]
    assert await Question.objects.acount() == 0


async def test_nothing_of_a_stranger_can_be_reached(
    stub: StubReader, alice: User, mallory_client: Client, passage: Passage
) -> None:
    stub.hold = True
    conversation = await in_database(make_conversation, alice, passage.library)
    theirs = await in_database(make_question, conversation)
    mine = await in_database(make_library, "Mine", is_public=True)
    attempts = [
        new_question(passage.library),
        new_question(mine, passage=passage.pk),
        new_question(mine, conversation=conversation.pk),
        new_question(mine, id=str(theirs.pk)),
        {"type": "cancel", "id": str(theirs.pk)},
    ]
    async with opened(mallory_client) as socket:
        for message in attempts:
            await socket.send(**message)
            assert (await socket.frame())["code"] == "denied", message
        await socket.send(type="resume", after=0)
        assert await socket.is_silent()
    assert (await Question.objects.aget()).is_pending
    assert not stub.readings


async def test_a_passage_of_another_library_is_refused(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    other = await in_database(make_library, "Other", owner=alice)
    async with opened(alice_client) as socket:
        await socket.send(**new_question(other, passage=passage.pk))
        assert "not in that library" in (await socket.until("error"))["message"]


async def test_too_many_questions_at_once_are_told_so_and_not_saved(
    stub: StubReader, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = 1, 0
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("asked")
        await until(stub.submitted.is_set)
        one_more = new_question(passage.library)
        await socket.send(**one_more)
        error = await socket.until("error", id=one_more["id"])
        assert (error["code"], error["ids"]) == ("too_many", [one_more["id"]])
        assert error["retry_after"] >= 1
        stub.readings[0].finish()
        await socket.until("answers", final=True)
        await socket.send(**one_more)
        await until(lambda: len(stub.readings) == 2)
        stub.readings[1].finish()
        await socket.until("answers", final=True)


@pytest.mark.parametrize(
    ("in_flight", "waiting", "a_minute"), [(1, 2, 20), (2, 0, 20), (3, 20, 5)]
)
async def test_the_page_knows_how_many_questions_may_be_asked_at_once(
    stub: StubReader,
    alice: User,
    alice_client: Client,
    passage: Passage,
    settings: Any,
    in_flight: int,
    waiting: int,
    a_minute: int,
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = in_flight, waiting
    settings.QUESTIONS_PER_MINUTE = a_minute
    page = (await in_database(alice_client.get, "/")).context
    most = page["questions_limit"]
    await in_database(limits.check, alice, most)
    several = [new_question(passage.library) for _ in range(most + 1)]
    message = new_question(passage.library) | {"questions": several}
    async with opened(alice_client) as socket:
        await socket.send(**message)
        error = await socket.until("error")
    assert (error["code"], error["retry_after"]) == ("too_many", None)
    assert error["message"] == page["too_many_questions"].format(n=most + 1)
    assert error["ids"] == [one["id"] for one in several]


async def test_the_page_knows_how_long_a_message_may_be(
    stub: StubReader, alice_client: Client
) -> None:
    most = (await in_database(alice_client.get, "/")).context["message_limit"]
    async with opened(alice_client) as socket:
        for length, says in [(most, "not JSON"), (most + 1, "at most")]:
            await socket.wire.send_to(text_data="x" * length)
            assert says in (await socket.until("error"))["message"]


async def test_what_fails_inside_is_told_without_its_insides(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.error = RuntimeError("secret")
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        error = await socket.until("error")
    assert error["code"] == "failed"
    assert "secret" not in json.dumps(error)


async def test_a_page_that_does_not_read_cannot_pile_up_messages(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(self: ChatConsumer, text_data: str) -> None:
        await asyncio.Event().wait()  # what uvicorn does while nothing drains

    monkeypatch.setattr(ChatConsumer, "send", never)
    async with opened(alice_client) as socket:
        for _ in range(chat.MESSAGES_AT_ONCE + 1):
            await socket.send(type="resume", after=None)
        assert await socket.closing_code() == consumers.TOO_MUCH
    assert consumers.open_sockets() == 0
