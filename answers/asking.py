"""The life of a question: retrieve, read, rank, save.

The chat page, the form without JavaScript and the command line all come through here.

A question that is being answered is a `Run`. It belongs to no socket: when the browser
goes away the run goes on and saves its answers, and whoever follows it again, or opens
the page later, finds them. The database is the truth; a run is only what is not in it
yet. A question that is pending in the database without a run was interrupted (the
server was killed); `start` runs it again.

::

    start(question) ──► Run.follow():  Searching ─► Reading … Reading ─► Finished
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from answers import library, runtime
from answers.models import Answer, Conversation, Library, Passage, Question, Review
from answers.reader import (
    EmptyQuestion,
    PassagesTooLong,
    QuestionTooLong,
    RankedSpan,
    Ranking,
    Reader,
    ReaderBusy,
    ReaderClosed,
)
from answers.reader import Reading as ReaderReading

logger = logging.getLogger(__name__)

NEAREST_SHOWN = 3  # spans shown below "no answer"


@dataclass(frozen=True, slots=True)
class Searching:
    """The question is saved; the passages worth reading are being looked up."""

    question: Question


@dataclass(frozen=True, slots=True)
class Reading:
    """Some passages are read; the answers so far, best first, not saved yet."""

    question: Question
    answers: list[Answer]
    read: int
    total: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The question is closed in the database, whatever came of it."""

    question: Question


Event = Searching | Reading | Finished


@dataclass(slots=True, eq=False)
class Run:
    """One question being answered in this process, on the running event loop."""

    question: Question
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    _latest: Event = field(init=False)
    _news: asyncio.Event = field(init=False)

    def __post_init__(self) -> None:
        self._latest = Searching(self.question)
        self._news = asyncio.Event()

    def publish(self, event: Event) -> None:
        self._latest = event
        told, self._news = self._news, asyncio.Event()
        told.set()

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
        """Stop answering because the person said so."""
        if self.task is not None and not self.task.done():
            self.cancelled = True
            # Not at once: a task that was cancelled before its first step would never
            # run, and so never tell its followers of the end.
            asyncio.get_running_loop().call_soon(self.task.cancel)


_runs: dict[UUID, Run] = {}


class TooManyQuestions(Exception):
    """The person has as many questions in flight as one person may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} of your questions are being answered. "
            "Please wait for one of them, or cancel it."
        )


def running(question_id: UUID) -> Run | None:
    """Return the run of the question in this process, if there is one."""
    return _runs.get(question_id)


def check_room(person_id: int) -> None:
    """Raise TooManyQuestions when the person may not ask one more at the moment."""
    theirs = [r for r in _runs.values() if r.question.conversation.user_id == person_id]
    if len(theirs) >= settings.QUESTIONS_IN_FLIGHT:
        raise TooManyQuestions(settings.QUESTIONS_IN_FLIGHT)


def start(question: Question) -> Run:
    """Answer the question; the same question again gives the run that it has.

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
    return run


async def _run_to_the_end(run: Run) -> None:
    began = time.perf_counter()
    question = run.question
    try:
        await _answer(run, began)
    except asyncio.CancelledError:
        # Only a person's word closes the question. When the server stops it stays
        # pending, and is read when it is followed again.
        if run.cancelled:
            await _close(run, Question.Status.CANCELLED)
        raise
    except Exception as error:
        code, message = _explain(error)
        if code == "failed":
            logger.exception("question_failed id=%s", question.pk)
        else:
            logger.warning("question_failed id=%s code=%s", question.pk, code)
        await _fail(run, code, message)
    finally:
        _runs.pop(question.pk, None)


def _explain(error: Exception) -> tuple[str, str]:
    """Return the code and the sentence for the person who asked."""
    if isinstance(error, runtime.NoReader):
        return "no_reader", "No model is ready to read. Please tell whoever runs this."
    if isinstance(error, ReaderBusy | ReaderClosed):
        return "busy", "The reader is busy. Please ask again in a moment."
    if isinstance(error, QuestionTooLong | EmptyQuestion):
        return "invalid", str(error)
    if isinstance(error, PassagesTooLong):
        return "invalid", f"{error} Please ask one passage instead of all."
    return "failed", "Something went wrong while reading. Please ask again."


async def _answer(run: Run, began: float) -> None:
    question = run.question
    passages = await database_sync_to_async(retrieve)(question)
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
    question.took_ms = round((time.perf_counter() - began) * 1000)
    ranking = reading.rank(top=settings.ANSWERS_SHOWN)
    spans = ranking.answers or ranking.nearest[:NEAREST_SHOWN]
    status = Question.Status.ANSWERED if ranking.answers else Question.Status.NO_ANSWER
    await _close(run, status, answers=_answers(question, passages, spans))
    logger.info(
        "question_answered id=%s status=%s passages=%d windows=%d ms=%d",
        question.pk,
        status.value,
        question.passages_read,
        question.windows_read,
        question.took_ms,
    )


async def _submit(
    reader: Reader, question: Question, passages: Sequence[Passage]
) -> ReaderReading:
    future = reader.submit(question.text, [passage.text for passage in passages])
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        # What is being tokenised cannot be stopped, but need not be read afterwards.
        future.add_done_callback(_drop)
        raise


def _drop(future: Future[ReaderReading]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().cancel()


def retrieve(question: Question) -> list[Passage]:
    """Return the passages to read: the one asked, or the best of the libraries asked.

    Of what the person may still read, that is.
    """
    person = question.conversation.user
    if question.passage is not None:
        mine = Passage.objects.visible_to(person)
        return list(mine.filter(pk=question.passage.pk))
    asked = question.libraries.filter(
        Q(pk__in=Library.objects.visible_to(person))
        | Q(conversation=question.conversation_id)
    )
    return library.search(list(asked), question.text, settings.PASSAGES_READ)


async def _follow_reading(
    run: Run, reading: ReaderReading, passages: Sequence[Passage]
) -> None:
    """Publish the ranking whenever another passage is read."""
    total = len(passages)
    ends = [asyncio.wrap_future(end) for end in reading.passages]
    try:
        for read, end in enumerate(asyncio.as_completed(ends), 1):
            await end
            if read == total:
                return  # the caller ranks once more, and saves
            spans = reading.rank(top=settings.ANSWERS_SHOWN).answers
            answers = _answers(run.question, passages, spans)
            run.publish(Reading(run.question, answers, read, total))
    finally:
        for end in ends:
            if not end.cancel() and not end.cancelled():
                end.exception()  # looked at, so that asyncio does not complain


def _answers(
    question: Question, passages: Sequence[Passage], spans: Sequence[RankedSpan]
) -> list[Answer]:
    return [
        Answer(
            question=question,
            passage=passages[span.passage],
            rank=rank,
            start=span.start,
            end=span.end,
            text=span.text,
            margin=span.margin,
            score=span.score,
        )
        for rank, span in enumerate(spans, 1)
    ]


async def _close(
    run: Run,
    status: Question.Status,
    *,
    answers: Sequence[Answer] = (),
    code: str = "",
    message: str = "",
) -> None:
    run.question.error_code, run.question.error_message = code, message[:300]
    closed = await database_sync_to_async(save)(run.question, status, answers)
    run.publish(Finished(closed))


async def _fail(run: Run, code: str, message: str) -> None:
    try:
        await _close(run, Question.Status.FAILED, code=code, message=message)
    except Exception:
        # The question was deleted, or the database is out of reach. Whoever follows
        # the run has to hear its end all the same.
        logger.exception("question_not_closed id=%s", run.question.pk)
        run.question.status = Question.Status.FAILED
        run.publish(Finished(run.question))


def save(
    question: Question, status: Question.Status, answers: Sequence[Answer]
) -> Question:
    """Close the question with its answers, in one transaction.

    Returns the question as saved. Whoever closes it first wins; a second attempt, from
    another process, changes nothing.
    """
    with transaction.atomic():
        # A library may have been deleted while it was read.
        quoted = Passage.objects.filter(pk__in=[a.passage_id for a in answers])
        there = set(quoted.values_list("pk", flat=True))
        answers = [answer for answer in answers if answer.passage_id in there]
        if status == Question.Status.ANSWERED and not answers:
            status = Question.Status.NO_ANSWER
        closed = Question.objects.filter(
            pk=question.pk, status=Question.Status.PENDING
        ).update(
            status=status,
            finished_at=timezone.now(),
            error_code=question.error_code,
            error_message=question.error_message,
            model_name=question.model_name,
            model_hash=question.model_hash,
            passages_read=question.passages_read,
            windows_read=question.windows_read,
            took_ms=question.took_ms,
        )
        if closed:
            saved = Answer.objects.bulk_create(answers)
            if saved:  # the best one waits for a reviewer
                Review.objects.create(answer=saved[0])
            Conversation.objects.filter(pk=question.conversation_id).update(
                updated_at=timezone.now()
            )
    person = question.conversation.user
    return Question.objects.with_answers(person).get(pk=question.pk)


def check_question(text: str) -> None:
    """Raise QuestionTooLong or EmptyQuestion for what the model cannot take."""
    runtime.get_reader().question_tokens(text)


def read_now(question: str, texts: Sequence[str], *, top: int) -> Ranking:
    """Read the texts at once and save nothing: for commands and measurements.

    Raises what `Reader.read` raises, and runtime.NoReader.
    """
    return runtime.get_reader().read(question, texts, top=top)
