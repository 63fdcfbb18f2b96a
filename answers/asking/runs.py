"""Questions being answered in this process, and those that wait for their turn."""

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings

from answers import news, runtime
from answers.asking.closing import as_it_is_now, save, what_went_wrong
from answers.asking.confirming import look_up
from answers.asking.events import Event, Finished, Lead, Reading, Searching, Waiting
from answers.asking.line import Line
from answers.asking.reading import shown, to_answers
from answers.models import Answer, Passage, Question, User
from answers.outages import is_outage
from answers.reader import Reader
from answers.reader import Reading as ReaderReading

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Run:
    """One question on its way to its answers, on the running event loop."""

    question: Question
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    ending: bool = False  # it is being closed as cancelled or failed
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    person: int = field(init=False)
    _latest: Event = field(init=False)
    _news: asyncio.Event = field(init=False)

    def __post_init__(self) -> None:
        self.person = self.question.conversation.user_id
        self._latest = Searching(self.question)
        self._news = asyncio.Event()

    def publish(self, event: Event) -> None:
        self._latest = event
        told, self._news = self._news, asyncio.Event()
        told.set()

    def step_up(self, place: int) -> None:
        """Hear from the line how far it is; 0: it is this question's turn."""
        if place == 0:
            self.publish(Searching(self.question))
            self.turn.set()
        elif not isinstance(self._latest, Waiting) or self._latest.place != place:
            self.publish(Waiting(self.question, place))

    async def follow(self) -> AsyncIterator[Event]:
        """Yield the newest state and each newer one, up to Finished.

        Progress that was superseded before the follower came round is left out, so a
        slow reader never makes a backlog.
        """
        while True:
            event, news = self._latest, self._news
            yield event
            if isinstance(event, Finished):
                return
            await news.wait()

    def cancel(self) -> None:
        """Stop answering because the person said so; once more changes nothing."""
        if self.task is not None and not self.task.done() and not self.cancelled:
            self.cancelled = True
            # Not at once: a task that was cancelled before its first step would never
            # run, and so never tell its followers of the end.
            asyncio.get_running_loop().call_soon(self._stop, self.task)

    def _stop(self, task: asyncio.Task[None]) -> None:
        # Nor while it is being closed: the followers would not hear the end.
        if not self.ending:
            task.cancel()


_runs: dict[UUID, Run] = {}
_line = Line()


def running(question_id: UUID) -> Run | None:
    """Return the run of the question in this process, if there is one."""
    return _runs.get(question_id)


def still_waiting(run: Run) -> bool:
    """Whether the question's turn is yet to come."""
    return _line.is_waiting(run)


def all_ended() -> bool:
    return not _runs


def check_room(person_id: int) -> None:
    """Raise TooManyQuestions when the person may not ask one more at the moment."""
    _line.check_room(person_id)


def seconds_for(questions: int) -> int:
    """Return about how long a person waits until so many questions are answered."""
    return _line.seconds_for(questions)


def pending_of(user: User) -> list[Question]:
    """Return the person's questions that are not answered yet, in the order asked.

    To be started together: what a killed server left behind comes first then.
    """
    mine = Question.objects.with_answers(user).visible_to(user)
    # Not by status: whoever is not finished is pending, and this has an index.
    return list(mine.filter(finished_at=None).order_by("asked_at", "pk"))


def start(question: Question) -> Run:
    """Answer the question when its turn comes; once more the same gives its run.

    To be called on the event loop.
    """
    if run := _runs.get(question.pk):
        return run
    run = Run(question)
    if not question.is_pending:
        run.publish(Finished(question))
        return run
    _runs[question.pk] = run
    # A context of its own: Django ends a request's database thread with the request,
    # and a run outlives the request that began it.
    run.task = asyncio.get_running_loop().create_task(
        _run_to_the_end(run), context=contextvars.Context()
    )
    _line.join(run)
    news.tell(question.conversation.user_id, news.Asked(question.pk))
    return run


async def cancel(question: Question) -> None:
    """Close a pending question because the person said so, wherever it is."""
    if run := _runs.get(question.pk):
        run.cancel()
    elif question.is_pending:
        cancelled = Question.Status.CANCELLED
        with suppress(Question.DoesNotExist):  # deleted meanwhile
            await database_sync_to_async(save)(question, cancelled, [])
        news.tell(question.conversation.user_id, news.Asked(question.pk))


async def _run_to_the_end(run: Run) -> None:
    try:
        await run.turn.wait()
        await _answer(run)
    except asyncio.CancelledError:
        # Only a person's word closes the question. When the server stops it stays
        # pending, and is read when it is followed again.
        if run.cancelled:
            run.ending = True
            await _end(run, Question.Status.CANCELLED)
        raise
    except Question.DoesNotExist:
        _tell_gone(run)
    except Exception as error:
        run.ending = True
        await _fail(run, error)
    finally:
        _runs.pop(run.question.pk, None)
        _line.leave(run)


async def _answer(run: Run) -> None:
    began = time.perf_counter()
    run.question = await database_sync_to_async(as_it_is_now)(run.question)
    question = run.question
    if not question.is_pending:  # another process was faster
        run.publish(Finished(question))
        return
    confirmed, passages = await database_sync_to_async(look_up)(question)
    if confirmed:
        question.took_ms = _milliseconds_since(began)
        await _close(run, Question.Status.ANSWERED, answers=confirmed)
        logger.info("question_confirmed id=%s ms=%d", question.pk, question.took_ms)
        return
    await _read(run, passages, began)


async def _read(run: Run, passages: Sequence[Passage], began: float) -> None:
    """Let the model answer; `began`: when that of this question began."""
    question = run.question
    run.publish(Reading(question, [], 0, len(passages)))
    reader = await asyncio.to_thread(runtime.get_reader)
    reading = await _submit(reader, question, passages)
    try:
        await _follow_reading(run, reading, passages)
    finally:
        reading.cancel()
    question.model_name = reader.config.name
    question.model_hash = reader.config.model_hash
    question.passages_read = len(passages)
    question.windows_read = reading.windows
    question.took_ms = _milliseconds_since(began)
    ranking = reading.rank(top=settings.ANSWERS_SHOWN)
    status = Question.Status.ANSWERED if ranking.answers else Question.Status.NO_ANSWER
    answers = to_answers(question, passages, shown(ranking), reading)
    await _close(run, status, answers=answers)
    _line.took(time.perf_counter() - began)
    logger.info(
        "question_answered id=%s status=%s passages=%d windows=%d ms=%d",
        question.pk,
        status.value,
        question.passages_read,
        question.windows_read,
        question.took_ms,
    )


def _milliseconds_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


async def _submit(
    reader: Reader, question: Question, passages: Sequence[Passage]
) -> ReaderReading:
    texts = [passage.text for passage in passages]
    headings = [passage.heading for passage in passages]
    future = reader.submit(question.text, texts, titles=headings)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        # What is being tokenised cannot be stopped, but need not be read afterwards.
        future.add_done_callback(_drop)
        raise


def _drop(future: Future[ReaderReading]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().cancel()


async def _follow_reading(
    run: Run, reading: ReaderReading, passages: Sequence[Passage]
) -> None:
    """Publish the ranking whenever another passage is read; wait until all is."""
    total = len(passages)
    lead = Lead()
    ends = [asyncio.wrap_future(end) for end in reading.passages]
    try:
        for read, end in enumerate(asyncio.as_completed(ends), 1):
            await end
            if read == total:
                break  # the caller ranks once more, and saves
            spans = reading.rank(top=settings.ANSWERS_SHOWN).answers
            answers = to_answers(run.question, passages, spans, reading)
            stable = lead.is_stable(answers, read=read, total=total)
            run.publish(Reading(run.question, answers, read, total, stable))
        await asyncio.wrap_future(reading.whole)
    finally:
        for end in ends:
            if not end.cancel() and not end.cancelled():
                end.exception()  # looked at, so that asyncio does not complain


async def _close(
    run: Run, status: Question.Status, *, answers: Sequence[Answer] = ()
) -> None:
    try:
        closed = await database_sync_to_async(save)(run.question, status, answers)
    except Question.DoesNotExist:
        _tell_gone(run)
    else:
        run.publish(Finished(closed))


def _tell_gone(run: Run) -> None:
    """The question was deleted meanwhile; followers have to hear its end."""
    logger.info("question_deleted id=%s", run.question.pk)
    run.question.status = Question.Status.CANCELLED
    run.publish(Finished(run.question))


async def _fail(run: Run, error: Exception) -> None:
    code, numbers = what_went_wrong(error)
    run.question.error_code, run.question.error_params = code, numbers
    if code == "failed":
        logger.error("question_failed id=%s", run.question.pk, exc_info=error)
    else:
        logger.warning(
            "question_failed id=%s code=%s: %s", run.question.pk, code, error
        )
    await _end(run, Question.Status.FAILED)


async def _end(run: Run, status: Question.Status) -> None:
    """Close the question, which has no answer, whatever the database says."""
    try:
        await _close(run, status)
    except Exception as fault:
        # The database is out of reach. The followers have to hear the end all the same.
        trace = None if is_outage(fault) else fault
        logger.error(
            "question_not_closed id=%s: %s", run.question.pk, fault, exc_info=trace
        )
        run.question.status = Question.Status.FAILED
        run.publish(Finished(run.question))
