"""The websocket, through the whole ASGI application: routing, origin, session."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import Client

from answers import asking, consumers, runtime
from answers.models import Answer, Conversation, Library, Passage, Question, User
from tests.conftest import signed_in
from tests.factories import (
    make_answered,
    make_conversation,
    make_library,
    make_passage,
    make_question,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)

WAIT = 20  # seconds; generous, since a runner may be slow
QUIET = 0.3  # seconds without a frame that count as silence
T = TypeVar("T")
QUESTION = "How long should tea be brewed?"


@pytest.fixture
def stub() -> Iterator[StubReader]:
    stub = StubReader()
    runtime.use(stub.as_reader())
    yield stub
    runtime.reset()


class Socket:
    """A browser tab's end of the websocket."""

    def __init__(self, client: Client | None, *, origin: str | None = "") -> None:
        from qaweb.asgi import application

        headers = []
        if origin is not None:
            origin = origin or django_settings.ORIGINS[0]
            headers.append((b"origin", origin.encode()))
        if client is not None:
            session = client.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={session}".encode()))
        self.wire = WebsocketCommunicator(application, "/ws/chat/", headers=headers)

    async def send(self, **message: Any) -> None:
        await self.wire.send_json_to(message)

    async def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.wire.receive_json_from(timeout=WAIT)
        return frame

    async def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """Return the next frame of this kind with these values, passing over others."""
        while True:
            frame = await self.frame()
            if frame["type"] == kind and values.items() <= frame.items():
                return frame

    async def closing_code(self) -> int:
        event = await self.wire.receive_output(timeout=WAIT)
        assert event["type"] == "websocket.close", event
        return int(event["code"])

    async def is_silent(self) -> bool:
        return bool(await self.wire.receive_nothing(timeout=QUIET))


@asynccontextmanager
async def opened(client: Client | None) -> AsyncIterator[Socket]:
    socket = Socket(client)
    connected, _ = await socket.wire.connect(timeout=WAIT)
    assert connected
    try:
        yield socket
    finally:
        await socket.wire.disconnect(timeout=WAIT)


async def in_database(function: Callable[..., T], *args: Any, **values: Any) -> T:
    result: T = await database_sync_to_async(function)(*args, **values)
    return result


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(WAIT):
        while not happened():  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.005)


def new_question(library: Library, **values: Any) -> dict[str, Any]:
    message = {"type": "ask", "id": str(uuid4()), "question": QUESTION}
    return {**message, "library": library.pk, **values}


# -- Works ------------------------------------------------------------------------


async def test_a_question_is_accepted_answered_and_saved(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked", id=message["id"])
        final = await socket.until("answers", id=message["id"], final=True)
        assert await socket.is_silent()
    assert asked["url"].startswith("/conversations/")
    assert asked["title"] == QUESTION
    assert final["status"] == "answered"
    assert "three minutes" in final["html"]
    assert final["seq"] > asked["seq"]
    answer = await Answer.objects.select_related("question", "passage").aget()
    assert str(answer.question.pk) == message["id"]
    assert answer.is_exact


async def test_a_second_question_can_join_the_conversation(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        first = await socket.until("asked")
        await socket.send(
            **new_question(passage.library, conversation=first["conversation"])
        )
        second = await socket.until("asked")
        await socket.until("answers", final=True, id=second["id"])
    assert second["conversation"] == first["conversation"]
    assert await Conversation.objects.acount() == 1


async def test_one_passage_alone_can_be_asked(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    await in_database(make_passage, passage.library, "Other text.", title="Other")
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library, passage=passage.pk))
        final = await socket.until("answers", final=True)
    assert final["total"] == 1
    assert stub.readings[0].texts == [passage.text]


async def test_progress_arrives_while_passages_are_read(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    await in_database(make_passage, passage.library, "Other text.", title="Other")
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        before = await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        stub.readings[0].finish(0)
        halfway = await socket.until("answers", read=1)
        stub.readings[0].finish(1)
        final = await socket.until("answers", final=True)
    assert (before["total"], halfway["total"], final["total"]) == (2, 2, 2)
    assert not halfway["final"]
    assert "three minutes" in halfway["html"]
    assert before["seq"] < halfway["seq"] < final["seq"]


async def test_the_same_id_twice_is_the_same_question(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.send(**message)
        await socket.until("asked")
        await until(stub.submitted.is_set)
        stub.readings[0].finish()
        await socket.until("answers", final=True)
        await socket.send(**message)  # and once more, when it is answered
        again = await socket.until("answers", final=True)
    assert again["id"] == message["id"]
    assert await Question.objects.acount() == 1
    assert await Conversation.objects.acount() == 1
    assert len(stub.readings) == 1


async def test_a_cancelled_question_is_never_answered(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("asked")
        await until(stub.submitted.is_set)
        await socket.send(type="cancel", id=message["id"])
        await socket.until("cancelled", id=message["id"])
        assert await socket.is_silent()
    question = await Question.objects.aget()
    assert question.status == Question.Status.CANCELLED
    assert stub.readings[0].cancelled
    assert await Answer.objects.acount() == 0


async def test_cancelling_what_is_answered_changes_nothing(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("answers", final=True)
        await socket.send(type="cancel", id=message["id"])
        assert await socket.is_silent()
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED


async def test_two_questions_overtake_each_other_with_growing_numbers(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    slow, fast = new_question(passage.library), new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**slow)
        await socket.until("answers", id=slow["id"], read=0)
        await socket.send(**fast)
        await until(lambda: len(stub.readings) == 2)
        stub.readings[1].finish()
        first = await socket.until("answers", final=True)
        stub.readings[0].finish()
        second = await socket.until("answers", final=True)
    assert (first["id"], second["id"]) == (fast["id"], slow["id"])
    assert first["seq"] < second["seq"]


# -- Lost connections ---------------------------------------------------------------


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


# -- Refuses ------------------------------------------------------------------------


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
        ({"question": "tea " * 21}, "invalid", "21 tokens; the limit is 20"),
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
        assert (await socket.until("error", id=one_more["id"]))["code"] == "busy"
        stub.readings[0].finish()
        await socket.until("answers", final=True)
        await socket.send(**one_more)
        await until(lambda: len(stub.readings) == 2)
        stub.readings[1].finish()
        await socket.until("answers", final=True)


async def test_what_fails_inside_is_told_without_its_insides(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.error = RuntimeError("secret")
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        error = await socket.until("error")
    assert error["code"] == "failed"
    assert "secret" not in json.dumps(error)


# -- Who may connect ------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:8000",
        "http://127.0.0.1.evil.example:8000",
    ],
)
async def test_another_sites_page_cannot_connect(
    alice_client: Client, origin: str | None
) -> None:
    socket = Socket(alice_client, origin=origin)
    connected, _ = await socket.wire.connect(timeout=WAIT)
    assert not connected


async def test_a_visitor_is_told_to_sign_in(db: None) -> None:
    async with opened(None) as socket:
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_signing_out_closes_the_socket_at_the_next_message(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await in_database(alice_client.logout)
        await socket.send(**new_question(passage.library))
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN
    assert await Question.objects.acount() == 0


async def test_signing_out_in_mid_answer_keeps_the_answer_back(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        await in_database(alice_client.logout)
        stub.readings[0].finish()
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED


async def test_losing_the_library_in_mid_answer_keeps_the_answer_back(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        await passage.library.memberships.all().adelete()
        stub.readings[0].finish()
        assert (await socket.until("error"))["code"] == "denied"


async def test_a_person_has_a_limited_number_of_sockets(
    stub: StubReader, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.SOCKETS_PER_PERSON = 1
    async with opened(alice_client), opened(alice_client) as second:
        assert await second.closing_code() == consumers.TOO_MANY_SOCKETS
    async with opened(alice_client) as again:  # the first one has made room
        await again.send(**new_question(passage.library))
        await again.until("answers", final=True)


async def test_two_people_never_hear_of_each_other(
    stub: StubReader,
    alice_client: Client,
    mallory: User,
    public_library: Library,
) -> None:
    await in_database(make_passage, public_library)
    client = await in_database(signed_in, mallory)
    async with opened(alice_client) as hers, opened(client) as other:
        await hers.send(**new_question(public_library))
        await hers.until("answers", final=True)
        assert await other.is_silent()


async def test_a_disconnect_in_mid_answer_leaves_nothing_behind(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("asked")
        await until(stub.submitted.is_set)
    assert not +consumers._sockets
    stub.readings[0].finish()
    await until(lambda: not asking._runs)
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED
