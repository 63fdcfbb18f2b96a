"""python manage.py run_tasks: the worker of the task queue; `serve` starts one."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import (
    DEFAULT_TASK_BACKEND_ALIAS,
    DEFAULT_TASK_QUEUE_NAME,
    TaskResultStatus,
)
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from answers import tasks, tidying, visiting
from answers.management.choosing import need_database
from answers.management.keeping import has_own_worker
from answers.outages import is_outage

# Whoever asks a question goes first; but much nicer, and on a busy machine the worker
# would hold the database's only write lock while it waits for its turn.
NICENESS = 5
LOOK_SECONDS = 0.5  # between looks for a new task
LAST_SECONDS = 15  # to end in, after which the process is ended
TAKE_UP_SECONDS = 30  # between looks for work that was given up
OUTAGE_SECONDS = 10  # until the database is tried again
UPKEEP_SECONDS = 24 * 3600  # between two upkeeps; the first is at the start
KEPT_DAYS = 7  # tasks that are over, for whoever looks for a fault

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run the tasks that wait in the database, until Ctrl-C; an import that is "
        "running then goes on at the next start. `serve` starts this by itself."
    )

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--with-parent",
            action="store_true",
            help="stop when standard input ends, as it does when who started this dies",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not has_own_worker():
            raise CommandError("QAWEB_TASKS names another queue: start its own worker.")
        need_database()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        if options["with_parent"]:
            threading.Thread(target=_stop_with_parent, daemon=True).start()
        os.nice(NICENESS)
        tasks.recover()
        as_the_database_lets(upkeep)
        taken_up = kept_up = time.monotonic()
        while not tasks.stopping.is_set():
            if time.monotonic() - kept_up > UPKEEP_SECONDS:
                kept_up = time.monotonic()
                as_the_database_lets(upkeep)
            if time.monotonic() - taken_up > TAKE_UP_SECONDS:
                taken_up = time.monotonic()
                as_the_database_lets(tasks.take_up)
            if not as_the_database_lets(run_one):
                tasks.stopping.wait(LOOK_SECONDS)


def upkeep() -> None:
    """Do what is to be done once a day."""
    prune()
    visiting.forget_sessions()
    tidying.tidy(tasks.stopping.is_set)


def prune() -> None:
    """Forget tasks that are long over, and those that ended with their worker."""
    call_command("prune_db_task_results", min_age_days=KEPT_DAYS, verbosity=0)
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    running.filter(started_at__lt=long_ago).delete()


def run_one() -> bool:
    """Run the task that has waited longest; return whether there was one.

    Looking takes no lock, unlike the Worker itself, which would take SQLite's only one
    again and again.
    """
    close_old_connections()
    waiting = DBTaskResult.objects.ready()
    if not waiting.filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS).exists():
        return False
    Worker(
        queue_names=[DEFAULT_TASK_QUEUE_NAME],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=1,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    ).run()
    return True


def as_the_database_lets(work: Callable[[], object]) -> object:
    """Do the work and return what it gives; after an outage wait, and give None."""
    try:
        return work()
    except OperationalError as error:
        if not is_outage(error):
            raise
        logger.warning("The worker of the background tasks waits: %s.", error)
        tasks.stopping.wait(OUTAGE_SECONDS)
        return None


def _stop(number: int, frame: FrameType | None) -> None:
    tasks.stopping.set()


def _stop_with_parent() -> None:
    while os.read(0, 1):
        pass
    tasks.stopping.set()
    # A file may take long until its next passage; the import goes on where it was.
    threading.Event().wait(LAST_SECONDS)
    os._exit(1)
