"""A worker process that runs as long as the server does, and not longer.

The worker's standard input is a pipe from here. It ends when this process ends, by
kill -9 too, and the worker ends with it; closing it is also how the worker is stopped.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from django.conf import settings
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks_db import DatabaseBackend

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0  # until a worker that died is replaced
CALM_SECONDS = 60.0  # a worker that lived so long did not die of how it was started
STOP_SECONDS = 20.0  # until a worker that should stop is killed

logger = logging.getLogger(__name__)


def has_own_worker() -> bool:
    """Whether tasks wait in the database; other queues bring workers of their own."""
    return isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend)


def command() -> list[str]:
    """Return the command that starts a worker."""
    manage = settings.BASE_DIR / "manage.py"
    return [sys.executable, str(manage), "run_tasks", "--with-parent"]


class Keeper:
    """Starts a worker, and another one whenever it ends, until `stop`."""

    def __init__(
        self, command: Sequence[str], *, first_seconds: float = FIRST_SECONDS
    ) -> None:
        self.command = list(command)
        self.first_seconds = first_seconds
        self.started = 0  # workers
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the worker end what it is saving, and wait for it."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        pause = self.first_seconds
        while not self._stopping.is_set():
            began = time.monotonic()
            outcome = self._run()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > CALM_SECONDS:
                pause = self.first_seconds
            logger.warning(
                "The worker of the background tasks %s; another one starts in %.0f s.",
                outcome,
                pause,
            )
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_SECONDS)

    def _run(self) -> str:
        """Start a worker and wait for its end; return what came of it."""
        try:
            process = self._begin()
        except OSError as error:  # no memory, or too many processes, for now
            return f"could not be started: {error.strerror}"
        return f"ended ({process.wait()})" if process else ""

    def _begin(self) -> "subprocess.Popen[bytes] | None":
        """Start a worker, unless all is to stop."""
        with self._lock:
            if self._stopping.is_set():
                return None
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
            self.started += 1
            self._process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.PIPE,
                stdout=2,  # what the server says on its standard output is its own
                start_new_session=True,  # Ctrl-C is for the server, which stops us
            )
            return self._process
