"""Work that takes longer than a page may: the tasks of the task queue.

The queue (settings.TASKS) may forget a task or give it twice; the rows of the work say
what is left to do, so that both are harmless.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import TaskResultStatus, task
from django_tasks.exceptions import TaskResultDoesNotExist

from answers import figures, imports, replaying
from answers.models import Import, Replay
from answers.outages import is_outage

Work = Import | Replay  # a row that says what is left to do
# Set by a worker that is to end: long tasks leave the rest for the next one.
stopping = threading.Event()
# A command may need so long from when it has noted down an import until it holds it.
BEGINNING = timedelta(seconds=60)
logger = logging.getLogger(__name__)


@task()
def run_import(job_pk: int) -> None:
    """Read the files of an import."""
    try:
        imports.run(job_pk, stopping=stopping.is_set)
    except Exception as error:
        if is_outage(error):
            logger.warning("Import %d waits: %s.", job_pk, error)
            return  # `take_up` comes back to it
        # Whatever it was, nobody shall wait for an import that nobody runs.
        logger.exception("Import %d ended", job_pk)
        if job := Import.objects.unfinished().filter(pk=job_pk).first():
            _end(job, Import.Status.CANCELLED, _import_fault)


@task()
def run_replay(pk: int) -> None:
    """Read reviewed questions with two models."""
    unfinished = Replay.objects.unfinished().filter(pk=pk)
    try:
        if replaying.run(pk, stopping=_replays_wait):
            return
    except Exception as error:
        if is_outage(error):
            logger.warning("Replay %d waits: %s.", pk, error)
            return
        logger.exception("Replay %d ended", pk)
        if replay := unfinished.first():
            _end(replay, Replay.Status.FAILED, _replay_fault)
        return
    if not stopping.is_set() and (replay := unfinished.first()) and _is_free(replay):
        enqueue(replay)  # behind the imports that it made room for


def _replays_wait() -> bool:
    """Whether replays are to make room: imports come first, since people wait."""
    waiting = Import.objects.unfinished().filter(status=Import.Status.WAITING)
    return stopping.is_set() or waiting.filter(from_terminal=False).exists()


@task()
def sum_up_days() -> None:
    """Sum up the days that nobody has summed up yet, for the dashboard."""
    figures.catch_up_all(stopping.is_set)


def enqueue(work: Work) -> None:
    """Have the work done by a worker."""
    result = _task_of(work).enqueue(work.pk)
    type(work)._default_manager.filter(pk=work.pk).update(task_id=result.id)


def take_up() -> None:
    """Queue what nobody does and no task waits for: its worker died, or gave it up."""
    left: list[Work] = [*Import.objects.unfinished().filter(from_terminal=False)]
    left += Replay.objects.unfinished()
    for work in left:
        with _alone(work):
            if not _is_queued(work) and _is_free(work):
                enqueue(work)
    _close(created_at__lte=timezone.now() - BEGINNING)


def recover() -> None:
    """Take up what workers that died have left; called when a worker starts."""
    take_up()
    _close()
    imports.clean()


def _close(**which: Any) -> None:
    """Close the imports of commands that have died."""
    for job in Import.objects.unfinished().filter(from_terminal=True, **which):
        with _alone(job):
            _end(job, Import.Status.CANCELLED, _interrupted)


@contextmanager
def _alone(work: Work) -> Iterator[None]:
    """What is wrong with the files of one piece of work stops no other."""
    try:
        yield
    except OSError as error:
        logger.warning(
            "%s %d is left: %s.",
            type(work).__name__,
            work.pk,
            error.strerror or error,
        )


def _task_of(work: Work) -> Any:
    return run_import if isinstance(work, Import) else run_replay


def _end(work: Work, status: str, why: Callable[[], str]) -> None:
    """Close the work, if nobody does it, with a sentence in its own language."""
    with _held(work) as hold, override(work.language or None):
        if hold is None:
            return
        if isinstance(work, Import):
            imports.finish(work, status, why())
        else:
            replaying.finish(work, status, why())


def _is_queued(work: Work) -> bool:
    """Whether a worker will come to the task (one that is running holds its work)."""
    try:
        return bool(work.task_id) and (
            _task_of(work).get_result(work.task_id).status == TaskResultStatus.READY
        )
    except TaskResultDoesNotExist:
        return False


def _is_free(work: Work) -> bool:
    with _held(work) as hold:
        return hold is not None


def _held(work: Work) -> Any:
    if isinstance(work, Import):
        return imports.held(work.pk)
    return replaying.held(work.pk)


def _import_fault() -> str:
    return _(
        "It stopped because of a fault of this program, which it has noted down. "
        "Import the files once more: what is in the library already is left out."
    )


def _replay_fault() -> str:
    return _("It stopped because of a fault of this program, which it has noted down.")


def _interrupted() -> str:
    return _("The command was interrupted. Run it again to go on.")
