"""Who may connect, and what ends it."""

import json
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from answers import asking, consumers
from answers.consumers import chat
from answers.models import Library, Passage, Question, User
from tests.conftest import signed_in
from tests.consumers.sockets import (
    WAIT,
    Socket,
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import (
    make_member,
    make_passage,
    make_user,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loaded(db: None) -> None:
    """The application, whose import sets logging up anew, and caplog aside."""
    import qaweb.asgi  # noqa: F401


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:8000",
        "http://127.0.0.1.evil.example:8000",
        "http://[",
        "http://127.0.0.1:none",
    ],
)
async def test_another_sites_page_cannot_connect_and_takes_one_line_of_the_log(
    loaded: None,
    alice_client: Client,
    origin: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    socket = Socket(alice_client, origin=origin)
    connected, _ = await socket.wire.connect(timeout=WAIT)
    assert not connected
    told = f"Websocket refused: QAWEB_ORIGINS lacks {origin or ''!r}."
    assert [one.getMessage() for one in caplog.records] == [told]


async def test_an_origin_cannot_write_lines_of_its_own_into_the_log(
    loaded: None, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    socket = Socket(alice_client, origin="http://a\r\n\x1b[31m\x85\u2028" + "a" * 9000)
    connected, _ = await socket.wire.connect(timeout=WAIT)
    assert not connected
    [told] = [one.getMessage() for one in caplog.records]
    assert told.isprintable()
    assert len(told) < 300


async def test_a_visitor_is_told_to_sign_in(db: None) -> None:
    async with opened(None) as socket:
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_a_guest_of_a_site_that_was_closed_has_to_sign_in(
    stub: StubReader, settings: Any
) -> None:
    guest = await in_database(make_user, "guest", is_guest=True)
    client = await in_database(signed_in, guest)
    async with opened(client) as socket:
        assert await socket.is_silent()
        settings.VISITORS = False
        await socket.send(type="resume", after=0)
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN
    async with opened(client) as socket:
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_signing_out_closes_the_sockets_of_this_browser_at_once(
    stub: StubReader, alice: User, alice_client: Client
) -> None:
    elsewhere = await in_database(signed_in, alice)
    async with opened(alice_client) as here, opened(elsewhere) as there:
        await in_database(alice_client.logout)
        assert await here.closing_code() == consumers.NOT_SIGNED_IN
        assert await there.is_silent()


async def test_a_sign_out_that_nobody_heard_of_counts_at_the_next_message(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await quietly_signed_out()
        await socket.send(**new_question(passage.library))
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN
    assert await Question.objects.acount() == 0


async def quietly_signed_out() -> None:
    """End all sessions as another process does: without a word in this one."""
    sessions = Session.objects.all()
    await in_database(sessions._raw_delete, sessions.db)


async def test_a_sign_out_in_another_process_is_noticed_after_a_while(
    stub: StubReader, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "LOOK_AGAIN_SECONDS", 0.05)
    async with opened(alice_client) as socket:
        await quietly_signed_out()
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_signing_out_in_mid_answer_keeps_the_answer_back(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        await quietly_signed_out()
        stub.readings[0].finish()
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED


async def test_a_new_password_closes_the_sockets_of_the_old_one(
    stub: StubReader, alice: User, alice_client: Client
) -> None:
    async with opened(alice_client) as socket:
        alice.set_password("another one")
        await alice.asave()
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_a_deleted_account_closes_its_sockets(
    stub: StubReader, mallory: User
) -> None:
    client = await in_database(signed_in, mallory)
    async with opened(client) as socket:
        await mallory.adelete()
        assert await socket.closing_code() == consumers.NOT_SIGNED_IN


async def test_losing_a_library_closes_the_socket_and_keeps_the_answer_back(
    stub: StubReader, mallory: User, passage: Passage
) -> None:
    stub.hold = True
    membership = await in_database(make_member, passage.library, mallory)
    client = await in_database(signed_in, mallory)
    async with opened(client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        await membership.adelete()
        stub.readings[0].finish()
        assert await socket.closing_code() == consumers.ACCESS_LOST
    await until(asking.all_ended)


async def test_a_quote_is_kept_back_even_before_the_loss_was_heard_of(
    stub: StubReader, mallory: User, passage: Passage
) -> None:
    """The first of two passages is read when the membership is gone already."""
    await in_database(make_passage, passage.library, "Other text.", title="Other")
    stub.hold = True
    await in_database(make_member, passage.library, mallory)
    client = await in_database(signed_in, mallory)
    async with opened(client) as socket:
        await socket.send(**new_question(passage.library))
        await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        theirs = mallory.memberships.all()
        await in_database(theirs._raw_delete, theirs.db)
        stub.readings[0].finish(0)
        error = await socket.until("error")
        assert error["code"] == "denied"
        assert "three minutes" not in json.dumps(error)
        stub.readings[0].finish()
    await until(asking.all_ended)


async def test_a_library_that_becomes_private_closes_the_sockets_of_strangers(
    stub: StubReader,
    mallory: User,
    alice_client: Client,
    public_library: Library,
) -> None:
    client = await in_database(signed_in, mallory)
    async with opened(client) as socket, opened(alice_client) as owners:
        await socket.send(type="resume", after=0)  # it has looked around by then
        assert await socket.is_silent()
        public_library.is_public = False
        await public_library.asave()
        assert await socket.closing_code() == consumers.ACCESS_LOST
        assert await owners.is_silent()


async def test_being_given_a_library_closes_nothing(
    stub: StubReader, mallory: User, library: Library
) -> None:
    client = await in_database(signed_in, mallory)
    async with opened(client) as socket:
        membership = await in_database(make_member, library, mallory, "editor")
        membership.role = "viewer"
        await membership.asave()
        assert await socket.is_silent()


async def test_a_person_has_a_limited_number_of_sockets(
    stub: StubReader, alice_client: Client, passage: Passage, settings: Any
) -> None:
    settings.SOCKETS_PER_PERSON = 1
    async with opened(alice_client), opened(alice_client) as second:
        assert await second.closing_code() == consumers.TOO_MUCH
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
    assert consumers.open_sockets() == 0
    stub.readings[0].finish()
    await until(asking.all_ended)
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED
