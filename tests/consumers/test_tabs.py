"""Two tabs of one person, and the words that one person reads."""

from typing import Any

import pytest
from django.test import Client

from answers.models import Library, Passage
from tests.consumers.sockets import (
    WAIT,
    Socket,
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import make_passage
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_other_tab_hears_what_this_one_asks(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    async with opened(alice_client) as this, opened(alice_client) as other:
        await this.send(**message)
        here = await this.until("answers", final=True)
        asked = await other.until("asked", id=message["id"])
        there = await other.until("answers", final=True)
        assert await this.is_silent()
        assert await other.is_silent()
    assert there["html"] == here["html"]
    assert asked["conversation"] == there["conversation"] == here["conversation"]
    assert message["question"] in asked["html"]
    assert len(stub.readings) == 1


async def test_the_other_tab_hears_of_a_cancel(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    message = new_question(passage.library)
    async with opened(alice_client) as this, opened(alice_client) as other:
        await this.send(**message)
        await other.until("answers", read=0)
        await other.send(type="cancel", id=message["id"])
        await this.until("cancelled", id=message["id"])
        await other.until("cancelled", id=message["id"])


async def test_a_closed_tab_hears_nothing_and_holds_nothing_up(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as this:
        async with opened(alice_client):
            pass
        await this.send(**new_question(passage.library))
        await this.until("answers", final=True)


async def test_the_best_answer_is_stable_once_little_can_change_it(
    stub: StubReader, alice_client: Client, library: Library
) -> None:
    for number in range(8):
        text = f"Brew tea for three minutes, said {number}."
        await in_database(make_passage, library, text, title=f"T{number}")
    stub.hold = True
    stable = []
    async with opened(alice_client) as socket:
        await socket.send(**new_question(library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        for number in range(8):
            stub.readings[0].finish(number)
            frame = await socket.until("answers", read=number + 1)
            stable.append(frame["best_stable"])
    assert stable == [False, False, False, False, True, True, True, True]


async def said_in_german(client: Client, message: dict[str, Any]) -> str:
    """What a German browser is told of a message that is refused."""
    socket = Socket(client)
    socket.wire.scope["headers"].append((b"accept-language", b"de"))
    await socket.wire.connect(timeout=WAIT)
    try:
        await socket.send(**message)
        return str((await socket.until("error"))["message"])
    finally:
        await socket.wire.disconnect(timeout=WAIT)


async def test_sentences_come_in_the_language_of_the_browser(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    too_long = new_question(passage.library) | {"question": "x" * 1001}
    german = await said_in_german(alice_client, too_long)
    async with opened(alice_client) as other:
        await other.send(**too_long)
        english = (await other.until("error"))["message"]
    assert "1,001" in english
    assert "1.001" in german


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"question": "tea\0?"}, "enthält ein NUL-Zeichen"),
        ({"question": "tea \ud83d?"}, "an Zeichen 5 beschädigt"),
        ({"pasted": "tea\0"}, "enthält ein NUL-Zeichen"),
        ({"pasted": "\udc00"}, "an Zeichen 1 beschädigt"),
    ],
)
async def test_a_damaged_text_is_told_in_that_language(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    change: dict[str, Any],
    says: str,
) -> None:
    message = new_question(passage.library) | change
    assert says in await said_in_german(alice_client, message)
