"""The websocket of the chat page: parse, start, forward, cancel; no thinking."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from answers import asking, news, outages
from answers.consumers import frames
from answers.consumers.access import Access, AccessLost, SignedOut
from answers.consumers.messages import (
    after_of,
    as_uuid,
    ids_of,
    parse,
    time_of,
)
from answers.forms import AskForm, Refused
from answers.languages import language_of
from answers.models import Answer, Question

logger = logging.getLogger(__name__)

NOT_SIGNED_IN, ACCESS_LOST, NO_SENSE, TOO_MUCH = 4401, 4403, 4400, 4429
BAD_FRAMES_ALLOWED = 20
# Messages that are not dealt with yet. They pile up when a page does not read what it
# is sent, and each may hold fifty questions.
MESSAGES_AT_ONCE = 64
LOOK_AGAIN_SECONDS = 30.0  # what other processes change is noticed this late
# Frames of several questions overtake each other, so a little more is sent again.
RESUME_OVERLAP = timedelta(seconds=60)
RESUMED_AT_MOST = 50  # closed questions

_sockets: Counter[int] = Counter()  # open sockets by person, in this process


def open_sockets() -> int:
    """Return how many sockets are open in this process."""
    return sum(_sockets.values())


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One browser tab."""

    async def connect(self) -> None:
        self.seq = 0
        self.bad_frames = 0
        self.messages: set[asyncio.Task[None]] = set()  # those of self.tasks
        self.tasks: set[asyncio.Task[None]] = set()
        self.followed: set[UUID] = set()
        self.writing = asyncio.Lock()
        self.is_open = False
        self.person_id: int | None = self.scope["user"].pk
        self.language = language_of(self.scope)
        # Accepted first: a refused handshake has no close code, and a script that does
        # not know why it was refused comes back for ever.
        await self.accept()
        if self.person_id is None:
            await self.close(NOT_SIGNED_IN)
        elif _sockets[self.person_id] >= settings.SOCKETS_PER_PERSON:
            await self.close(TOO_MUCH)
        else:
            self._open(self.person_id)

    def _open(self, person: int) -> None:
        self.is_open = True
        _sockets[person] += 1
        self.access = Access(self.scope)
        self.stop_listening = news.listen(person, self._hear)
        self._begin(self._look_again_and_again())

    async def disconnect(self, code: int) -> None:
        await self._leave()

    async def _leave(self, code: int | None = None) -> None:
        """Take the socket out of use; with a code, close it from this side."""
        if not self.is_open:
            return
        self.is_open = False
        self.stop_listening()
        person = self.person_id or 0
        _sockets[person] -= 1
        if not _sockets[person]:
            del _sockets[person]
        for task in self.tasks - {asyncio.current_task()}:
            task.cancel()  # it only followed: what is being read goes on
        if code is not None:
            await self.close(code)

    # -- Messages ---------------------------------------------------------------------

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
            with translation.override(self.language):
                message = parse(text_data)
        except ValueError as error:
            await self._refuse_frame(str(error))
            return
        if len(self.messages) >= MESSAGES_AT_ONCE:
            await self._leave(TOO_MUCH)
            return
        task = self._begin(self._do(message), ids_of(message))
        self.messages.add(task)
        task.add_done_callback(self.messages.discard)

    async def _do(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ask":
                await self._ask(message)
            case "cancel":
                await self._cancel(message)
            case "resume":
                await self._resume(message)

    async def _refuse_frame(self, reason: str) -> None:
        self.bad_frames += 1
        await self._send_error(Refused("invalid", reason), [])
        if self.bad_frames >= BAD_FRAMES_ALLOWED:
            await self._leave(NO_SENSE)

    def _begin(
        self, work: Coroutine[Any, Any, None], ids: Sequence[str] | None = None
    ) -> asyncio.Task[None]:
        """Do the work beside the messages; `ids`: of the questions in the message."""
        task = asyncio.create_task(self._guarded(work, ids or []))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _guarded(
        self, work: Coroutine[Any, Any, None], ids: Sequence[str]
    ) -> None:
        translation.activate(self.language)  # of this task alone
        try:
            await work
        except SignedOut:
            await self._leave(NOT_SIGNED_IN)
        except AccessLost:
            await self._leave(ACCESS_LOST)
        except Refused as refused:
            await self._send_error(refused, ids)
        except Exception as error:
            await self._send_error(_fault(error), ids)

    async def _send_error(self, refused: Refused, ids: Sequence[str]) -> None:
        await self._send(
            {
                "type": "error",
                "id": ids[0] if ids else None,
                "ids": list(ids),
                "code": refused.code,
                "message": refused.message,
                "retry_after": refused.retry_after,
            }
        )

    async def _ask(self, message: dict[str, Any]) -> None:
        asked, pending = await database_sync_to_async(self._accept)(message)
        for question in pending:  # what a killed server left behind comes first
            asking.start(question)
        await self._follow_all(asked)

    def _accept(self, message: dict[str, Any]) -> tuple[list[Question], list[Question]]:
        person = self.access.person()
        address = (self.scope.get("client") or [""])[0]
        asked = AskForm(message, user=person, address=address).accept_all()
        return asked, asking.pending_of(person)

    async def _cancel(self, message: dict[str, Any]) -> None:
        if message.get("waiting") is True:
            for question in await database_sync_to_async(self._pending)(message):
                run = asking.running(question.pk)
                if run is None or asking.still_waiting(run):
                    await asking.cancel(question)
            return
        identity = as_uuid(message.get("id"))
        question = await database_sync_to_async(self._mine)(identity)
        await asking.cancel(question)

    def _pending(self, message: dict[str, Any]) -> list[Question]:
        """Return the pending questions, of one conversation if the message says so."""
        pending = asking.pending_of(self.access.person())
        only = message.get("conversation")
        return [q for q in pending if only is None or q.conversation_id == only]

    def _mine(self, identity: UUID) -> Question:
        person = self.access.person()
        mine = Question.objects.with_answers(person).visible_to(person)
        if question := mine.filter(pk=identity).first():
            return question
        raise Refused("denied", _("There is no such question."))

    async def _resume(self, message: dict[str, Any]) -> None:
        after = after_of(message)
        missed = await database_sync_to_async(self._missed)(after)
        await self._follow_all(missed)

    def _missed(self, after: int) -> list[Question]:
        """Return what is pending, or was asked or closed since `after`, in order."""
        person = self.access.person()
        missed = asking.pending_of(person)
        if after:
            mine = Question.objects.with_answers(person).visible_to(person)
            closed = mine.filter(_newer(after), finished_at__isnull=False)
            missed += closed.order_by("-asked_at")[:RESUMED_AT_MOST]
        return sorted(missed, key=lambda question: (question.asked_at, question.pk))

    # -- Following --------------------------------------------------------------------

    async def _follow_all(self, questions: Sequence[Question]) -> None:
        """Start what is pending in this order, and send what comes of each."""
        new = [question for question in questions if question.pk not in self.followed]
        self.followed.update(question.pk for question in new)
        # All runs before the first wait: their order in the line is that of asking.
        runs = [asking.start(question) for question in new]
        for question, run in zip(new, runs, strict=True):
            await self._send(frames.asked(question))
            self._begin(self._follow(run))

    async def _follow(self, run: asking.Run) -> None:
        identity = run.question.pk
        try:
            async for event in run.follow():
                await self._send_event(event)
        except Refused as refused:
            # Signing out, or losing the library, meanwhile must stop the answer too.
            error = {"code": refused.code, "message": refused.message, "ids": []}
            await self._send(frames.about(run.question, "error", **error))
        finally:
            self.followed.discard(identity)

    async def _send_event(self, event: asking.Event) -> None:
        match event:
            case asking.Waiting():
                await self._send(frames.waiting(event))
            case asking.Searching():
                pass
            case asking.Reading():
                answers = await self._readable(event.question, event.answers)
                await self._send(frames.reading(event, answers))
            case asking.Finished():
                answers = await self._readable(
                    event.question, list(event.question.answers.all())
                )
                await self._send(frames.closed(event.question, answers))

    async def _readable(
        self, question: Question, answers: Sequence[Answer]
    ) -> list[Answer]:
        if question.status == Question.Status.CANCELLED:  # deleted, perhaps
            return []
        if question.is_pending and not answers:
            return []
        readable = database_sync_to_async(self.access.readable)
        return list(await readable(question, answers))

    # -- News -------------------------------------------------------------------------

    def _hear(self, what: news.News) -> None:
        """Hear from other tabs and from changes of access; on the event loop."""
        if not self.is_open:
            return
        match what:
            case news.SessionEnded():
                if what.key == self.access.session_key:
                    self._begin(self._leave(NOT_SIGNED_IN))
            case news.AccessChanged():
                self._begin(database_sync_to_async(self.access.look_again)())
            case news.Asked():
                if what.question not in self.followed:
                    self._begin(self._join(what.question))

    async def _join(self, identity: UUID) -> None:
        """Follow what another tab has asked."""
        try:
            question = await database_sync_to_async(self._mine)(identity)
        except Refused:
            return  # it was deleted meanwhile
        await self._follow_all([question])

    async def _look_again_and_again(self) -> None:
        while True:
            try:
                await database_sync_to_async(self.access.look_again)()
            except DatabaseError:
                logger.exception("access_not_looked_up")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _send(self, frame: frames.Frame) -> None:
        """Write one frame; the numbers on a socket only ever grow."""
        async with self.writing:
            if not self.is_open:
                return
            self.seq = max(time.time_ns() // 1000, self.seq + 1)
            try:
                await self.send(json.dumps({**frame, "seq": self.seq}))
            except OSError:  # it has just gone, as all do when the server stops
                await self._leave()


def _fault(error: Exception) -> Refused:
    """What is said of a fault; the log has the whole, where it is one of our own."""
    if outages.is_outage(error):
        logger.error("message_failed: %s", error)
        return Refused("outage", str(outages.SENTENCE))
    logger.error("message_failed", exc_info=error)
    return Refused("failed", _("Something went wrong here. Please try again."))


def _newer(after: int) -> Q:
    """Return what was asked or closed since the frame with this number.

    Where the clock has been set back meanwhile nobody can tell: it may be anything.
    """
    if (sent := time_of(after)) is None:
        return Q()
    since = sent - RESUME_OVERLAP
    return Q(asked_at__gte=since) | Q(finished_at__gte=since)
