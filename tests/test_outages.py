"""A full disk, a database that others hold: what people and the log are told."""

import asyncio
import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from answers import asking
from answers.asking import runs
from answers.forms import AskForm
from answers.models import Library, Passage, Question
from answers.outages import SENTENCE, is_outage
from qaweb.middleware import OutageMiddleware
from tests.consumers.conftest import stub
from tests.consumers.sockets import new_question, opened
from tests.outages import of_sqlite
from tests.stub_reader import StubReader
from tests.test_asking import question
from tests.views.page import page

__all__ = ["question", "stub"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def taking_nothing() -> Iterator[None]:
    """The database refuses what is written, as on a disk that is read-only."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
        try:
            yield
        finally:
            cursor.execute("PRAGMA query_only = 0")


def full(*_: Any, **__: Any) -> None:
    raise of_sqlite(sqlite3.SQLITE_FULL)


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite(sqlite3.SQLITE_FULL),
        of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
        of_sqlite(sqlite3.SQLITE_IOERR_WRITE),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_what_may_work_later_is_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite(sqlite3.SQLITE_ERROR),
        OperationalError("no such table"),
        ProgrammingError("near"),
        FileNotFoundError(errno.ENOENT, "gone"),
        ValueError(),
    ],
)
def test_faults_of_this_program_are_none(error: Exception) -> None:
    assert not is_outage(error)


def test_a_page_that_cannot_save_says_why_and_that_it_may_be_tried_again(
    alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    alice_client.raise_request_exception = False
    with taking_nothing():
        response = alice_client.post(reverse("library_new"), {"title": "Teas"})
    shown = page(response, 503)
    assert "Nothing can be saved just now" in shown.one("h1").words
    assert str(SENTENCE) in shown.one("main").words
    assert response.headers["Retry-After"] == "60"
    (record,) = [one for one in caplog.records if one.name == "qaweb.middleware"]
    assert "readonly" in record.message
    assert not record.exc_info
    assert not Library.objects.filter(title="Teas").exists()
    alice_client.post(reverse("library_new"), {"title": "Teas"})
    assert Library.objects.filter(title="Teas").exists()


def test_the_log_keeps_a_forged_line_within_its_own(
    caplog: pytest.LogCaptureFixture, rf: RequestFactory
) -> None:
    request = rf.get("/invitations/x%0A2026-11-28 CRITICAL answers forged/")
    assert "\n" in request.path
    outage = OutageMiddleware(lambda _: HttpResponse())
    outage.process_exception(request, of_sqlite(sqlite3.SQLITE_BUSY))
    (record,) = caplog.records
    assert "\n" not in record.message
    assert "%0A2026-11-28" in record.message


async def test_a_socket_that_cannot_save_says_so_in_one_line(
    stub: StubReader,
    alice_client: Client,
    passage: Passage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = new_question(passage.library)
    async with opened(alice_client) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(AskForm, "accept_all", full)
            await socket.send(**asked)
            said = await socket.until("error")
        assert (said["code"], said["message"]) == ("outage", str(SENTENCE))
        assert said["ids"] == [asked["id"]]
        (record,) = [one for one in caplog.records if "message_failed" in one.message]
        assert not record.exc_info
        await socket.send(**asked)  # as it was: nothing of it had been saved
        await socket.until("answers", final=True)


async def test_a_question_that_cannot_be_closed_tells_its_followers(
    stub: StubReader,
    question: Question,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "save", full)
    run = asking.start(question)
    async with asyncio.timeout(20):
        (*_, last) = [event async for event in run.follow()]
    assert isinstance(last, asking.Finished)
    assert last.question.error_text == str(SENTENCE)
    closing = [one for one in caplog.records if "question_" in one.message]
    assert closing
    assert not any(one.exc_info for one in closing)
