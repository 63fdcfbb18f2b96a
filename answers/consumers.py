"""The websocket of the chat page: parse, start, forward, cancel; no thinking.

JSON messages, one object a frame, at most `largest_message()` characters. `id` is the
client's UUID of a question: the same id twice is the same question.

To the server:

ask
    `id`, `question`; or `questions`: [{`id`, `question`}, ...], answered in this order.
    What is asked: `library` (an id or a list of ids), `passage` (an id, only this one is
    read), `pasted` (a text, kept in the conversation alone; asked with the libraries, or
    by itself), or several of these. `conversation`: an id; without one a new one begins.
    All questions of a message are saved, or none.
cancel
    `id`; or `waiting`: true, every question of the person that has not begun, with
    `conversation` only those of one.
resume
    `after`: the last `seq` received, or 0. After a reconnect, whenever the page comes
    into view again, and every so often: what another process did is heard this way.

To the client; frames about a question carry its `id` and its `conversation`. All tabs
of a person get them, whichever asked: a page passes over what it does not show.

asked
    Saved. `url`, `title` of the conversation, `html` (_exchange.html), `libraries` (the
    ids asked), `pasted` (the id of the conversation's pasted texts, as one more library
    to ask in this conversation, or null).
waiting
    Not begun yet. `place` in the person's line, 1 is next; `html` (_answers.html, whose
    context has `place` then).
answers
    Ranked so far: `html` (_answers.html), `read` of `total` passages, `status`, `final`
    once saved, `best_stable` (see asking.stable) once the best answer may be announced.
cancelled
    Closed by `cancel`, or deleted.
error
    `code`, `message` (a sentence in the person's language), `ids`, `retry_after`.
    The codes: `invalid` change it; `busy` and `too_many` ask again in `retry_after`
    seconds; `denied`; `no_reader`; `failed`. `ids` are the questions of a refused
    message, none of which was saved; it is empty where the question had been saved,
    which is failed then.

`seq` only ever grows on a socket. It is the time in microseconds, so that any process
can resume from the database what another one sent: `resume` answers with every question
that is pending, or was asked or closed since shortly before `after`. Getting a question
twice is harmless; its HTML replaces what the page shows.

Close codes: 4401 signed out, or the account is gone; 4403 a library that the page may
show is not shared with the person any more: for both, load the page anew, and do not
come back by yourself. 4400 too many messages that make no sense; 4429 too many sockets
of one person.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string

from answers import asking
from answers.forms import AskForm, Refused
from answers.models import Question, User

logger = logging.getLogger(__name__)

NOT_SIGNED_IN, NO_SENSE, TOO_MANY_SOCKETS = 4401, 4400, 4429
BAD_FRAMES_ALLOWED = 20
MESSAGE_CHARACTERS = 32_000
# Frames of several questions overtake each other, so a little more is sent again.
RESUME_OVERLAP = timedelta(seconds=60)
RESUMED_AT_MOST = 50

_sockets: Counter[int] = Counter()  # open sockets by person, in this process


class SignedOut(Exception):
    """The session that opened the socket is over."""


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One browser tab."""

    async def connect(self) -> None:
        self.seq = 0
        self.bad_frames = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.followed: set[UUID] = set()
        self.writing = asyncio.Lock()
        self.is_open = False
        self.person_id: int | None = self.scope["user"].pk
        # Accepted first: a refused handshake has no close code, and a script that does
        # not know why it was refused comes back for ever.
        await self.accept()
        if self.person_id is None:
            await self.close(NOT_SIGNED_IN)
        elif _sockets[self.person_id] >= settings.SOCKETS_PER_PERSON:
            await self.close(TOO_MANY_SOCKETS)
        else:
            self.is_open = True
            _sockets[self.person_id] += 1

    async def disconnect(self, code: int) -> None:
        await self._leave()

    async def _leave(self, code: int | None = None) -> None:
        """Take the socket out of use; with a code, close it from this side."""
        if not self.is_open:
            return
        self.is_open = False
        _sockets[self.person_id or 0] -= 1
        if code is not None:
            await self.close(code)
        for task in self.tasks - {asyncio.current_task()}:
            task.cancel()  # it only followed: what is being read goes on

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        """Start what the message asks for and return at once.

        Channels hands over one message at a time: a handler that waited would hold back
        the cancel and the disconnect.
        """
        if not self.is_open:
            return
        try:
            message = parse(text_data)
        except ValueError as error:
            await self._refuse_frame(str(error))
            return
        match message["type"]:
            case "ask":
                self._begin(self._ask(message), message)
            case "cancel":
                self._begin(self._cancel(message), message)
            case "resume":
                self._begin(self._resume(message), message)

    async def _refuse_frame(self, reason: str) -> None:
        self.bad_frames += 1
        await self._send("error", None, code="invalid", message=reason)
        if self.bad_frames >= BAD_FRAMES_ALLOWED:
            await self._leave(NO_SENSE)

    def _begin(
        self, work: Coroutine[Any, Any, None], message: Mapping[str, Any]
    ) -> None:
        task = asyncio.create_task(self._guarded(work, message.get("id")))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None], identity: Any) -> None:
        try:
            await work
        except SignedOut:
            await self._leave(NOT_SIGNED_IN)
        except Refused as refused:
            await self._send(
                "error", identity, code=refused.code, message=refused.message
            )
        except asking.TooManyQuestions as error:
            await self._send("error", identity, code="busy", message=str(error))
        except Exception:
            logger.exception("message_failed")
            sentence = "Something went wrong here. Please try again."
            await self._send("error", identity, code="failed", message=sentence)

    async def _ask(self, message: Mapping[str, Any]) -> None:
        if asking.running(as_uuid(message.get("id"))) is None:
            asking.check_room(self.person_id or 0)
        question = await database_sync_to_async(self._accept)(message)
        await self._follow(question)

    def _accept(self, message: Mapping[str, Any]) -> Question:
        return AskForm(message, user=self._person()).accept()

    async def _follow(self, question: Question) -> None:
        """Say that the question is accepted, then send each newer state of it."""
        if question.pk in self.followed:
            return
        self.followed.add(question.pk)
        try:
            await self._send_asked(question)
            async for event in asking.start(question).follow():
                await self._send_event(event)
        finally:
            self.followed.discard(question.pk)

    async def _send_asked(self, question: Question) -> None:
        await self._send(
            "asked",
            str(question.pk),
            url=question.conversation.get_absolute_url(),
            conversation=question.conversation_id,
            title=question.conversation.title,
        )

    async def _send_event(self, event: asking.Event) -> None:
        question = event.question
        match event:
            case asking.Searching():
                pass
            case asking.Reading():
                await self._send_answers(
                    question, event.answers, read=event.read, total=event.total
                )
            case asking.Finished():
                await self._send_end(question)

    async def _send_end(self, question: Question) -> None:
        # Signing out, or losing the library, meanwhile must stop the answer too.
        await database_sync_to_async(self._check_may_see)(question)
        match question.status:
            case Question.Status.CANCELLED:
                await self._send("cancelled", str(question.pk))
            case Question.Status.FAILED:
                await self._send(
                    "error",
                    str(question.pk),
                    code=question.error_code,
                    message=question.error_message,
                )
            case _:
                read = question.passages_read
                answers = list(question.answers.all())
                await self._send_answers(
                    question, answers, read=read, total=read, final=True
                )

    async def _send_answers(
        self,
        question: Question,
        answers: list[Any],
        *,
        read: int,
        total: int,
        final: bool = False,
    ) -> None:
        context = {
            "question": question,
            "answers": answers,
            "read": read,
            "total": total,
            "final": final,
        }
        await self._send(
            "answers",
            str(question.pk),
            html=render_to_string("answers/_answers.html", context),
            read=read,
            total=total,
            final=final,
            status=question.status,
        )

    async def _cancel(self, message: Mapping[str, Any]) -> None:
        question = await database_sync_to_async(self._visible)(message.get("id"))
        if run := asking.running(question.pk):
            run.cancel()
        elif question.is_pending:
            question = await database_sync_to_async(asking.save)(
                question, Question.Status.CANCELLED, []
            )
            await self._send_end(question)

    def _visible(self, identity: Any) -> Question:
        key = as_uuid(identity)
        person = self._person()
        mine = Question.objects.with_answers(person).visible_to(person)
        if question := mine.filter(pk=key).first():
            return question
        raise Refused("denied", "There is no such question.")

    async def _resume(self, message: Mapping[str, Any]) -> None:
        after = message.get("after")
        if not isinstance(after, int) or isinstance(after, bool) or after < 0:
            raise Refused("invalid", "“after” has to be the last seq received, or 0.")
        for question in await database_sync_to_async(self._missed)(after):
            self._begin(self._follow(question), {"id": str(question.pk)})

    def _missed(self, after: int) -> list[Question]:
        """Return what was pending, asked or closed since `after`, in order."""
        since = from_microseconds(after) - RESUME_OVERLAP if after else None
        missed = Q(status=Question.Status.PENDING)
        if since:
            missed |= Q(asked_at__gte=since) | Q(finished_at__gte=since)
        person = self._person()
        mine = Question.objects.with_answers(person).visible_to(person)
        newest = mine.filter(missed).order_by("-asked_at")[:RESUMED_AT_MOST]
        return list(reversed(newest))

    def _person(self) -> User:
        """Return the person as the database knows them now, not as at the handshake."""
        request = HttpRequest()
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(self.scope["session"].session_key)
        person = get_user(request)
        if not isinstance(person, User):
            raise SignedOut
        return person

    def _check_may_see(self, question: Question) -> None:
        person = self._person()
        if not question.may_be_read_by(person):
            raise Refused("denied", "This library is not shared with you any more.")

    async def _send(self, kind: str, identity: Any, **values: Any) -> None:
        """Write one frame; the numbers on a socket only ever grow."""
        async with self.writing:
            if not self.is_open:
                return
            self.seq = max(time.time_ns() // 1000, self.seq + 1)
            frame = {"type": kind, "id": identity, "seq": self.seq, **values}
            await self.send(json.dumps(frame))


def parse(text: str | None) -> dict[str, Any]:
    """Return the message. Raises ValueError with a sentence for what is none."""
    if text is None:
        raise ValueError("Messages are JSON text, not binary.")
    if len(text) > MESSAGE_CHARACTERS:
        raise ValueError(f"A message has at most {MESSAGE_CHARACTERS:,} characters.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("This message is not JSON.") from None
    if not isinstance(message, dict):
        raise ValueError("A message is a JSON object.")
    if message.get("type") not in ("ask", "cancel", "resume"):
        raise ValueError("The type of a message is ask, cancel or resume.")
    return message


def as_uuid(identity: Any) -> UUID:
    """Return the id of a question. Raises Refused."""
    try:
        return UUID(str(identity))
    except ValueError:
        raise Refused("invalid", "This is not the id of a question.") from None


def from_microseconds(since_epoch: int) -> datetime:
    """Return the time of a seq; one that lies in the future counts as now."""
    now = datetime.now(UTC)
    try:
        return min(now, datetime.fromtimestamp(since_epoch / 1_000_000, UTC))
    except (OverflowError, OSError, ValueError):
        return now
