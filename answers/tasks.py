"""Work that takes longer than a page may: the tasks of the task queue.

The queue (settings.TASKS) may forget a task or give it twice; the rows of an import say
what is left to do, so that both are harmless.
"""

import logging
import threading
from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import TaskResultStatus, task
from django_tasks.exceptions import TaskResultDoesNotExist

from answers import figures, imports
from answers.models import Import

# Set by a worker that is to end: long tasks leave the rest for the next one.
stopping = threading.Event()
logger = logging.getLogger(__name__)


@task()
def run_import(job_pk: int) -> None:
    """Read the files of an import."""
    try:
        imports.run(job_pk, stopping=stopping.is_set)
    except Exception:
        # Whatever it was, nobody shall wait for an import that nobody runs.
        logger.exception("Import %d ended", job_pk)
        if job := Import.objects.unfinished().filter(pk=job_pk).first():
            _end(job, _fault)


@task()
def sum_up_days() -> None:
    """Sum up the days that nobody has summed up yet, for the dashboard."""
    figures.catch_up_all(stopping.is_set)


def enqueue(job: Import) -> None:
    """Have the import run by a worker."""
    result = run_import.enqueue(job.pk)
    Import.objects.filter(pk=job.pk).update(task_id=result.id)


def recover() -> None:
    """Take up what workers that died have left; called when a worker starts."""
    for job in Import.objects.unfinished().filter(from_terminal=False):
        if not _is_queued(job.task_id) and _is_free(job):
            enqueue(job)
    for job in Import.objects.unfinished().filter(from_terminal=True):
        _end(job, _interrupted)
    imports.clean()


def _end(job: Import, why: Callable[[], str]) -> None:
    with imports.held(job.pk) as hold, override(job.language or None):
        if hold is not None:
            imports.finish(job, Import.Status.CANCELLED, why())


def _is_queued(task_id: str) -> bool:
    """Whether a worker will come to the task (one that is running has its import)."""
    try:
        return bool(task_id) and (
            run_import.get_result(task_id).status == TaskResultStatus.READY
        )
    except TaskResultDoesNotExist:
        return False


def _is_free(job: Import) -> bool:
    with imports.held(job.pk) as hold:
        return hold is not None


def _fault() -> str:
    return _(
        "It stopped because of a fault of this program, which it has noted down. "
        "Import the files once more: what is in the library already is left out."
    )


def _interrupted() -> str:
    return _("The command was interrupted. Run it again to go on.")
