"""Who runs an import: one process at a time, and the system notices when it dies.

A lock of the operating system on a file ends with the process, however that ends: by
kill -9 too. (The database is SQLite, so all processes are on one machine.) The file
also says which file is being read, so that one that kills its reader is given up.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings

DEATHS = 3  # a file during which the process died so often is not read again


class Held:
    """An import that this process, and no other, may run."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._pk, self._deaths = self._remembered()

    def begin(self, pk: int) -> bool:
        """Note that this file is being read; return whether that is worth trying."""
        deaths = self._deaths + 1 if self._pk == pk else 0
        if deaths >= DEATHS:
            return False
        self._note(pk, deaths)
        return True

    def went_on(self) -> None:
        """Note that the file was read further than ever before."""
        if self._deaths:
            self._note(self._pk, 0)

    def rest(self) -> None:
        """Note that no file is being read."""
        self._note(0, 0)

    def _note(self, pk: int, deaths: int) -> None:
        self._pk, self._deaths = pk, deaths
        self._file.seek(0)
        self._file.truncate()
        json.dump([pk, deaths], self._file)
        self._file.flush()

    def _remembered(self) -> tuple[int, int]:
        try:
            pk, deaths = json.load(self._file)
        except ValueError:
            return 0, 0  # it is new
        return int(pk), int(deaths)


@contextmanager
def held(job_pk: int) -> Iterator[Held | None]:
    """Take the import, or give None if another process has it."""
    path = _path(job_pk)
    with path.open("a+", encoding="ascii") as file:
        file.seek(0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield Held(file)


def let_go(job_pk: int) -> None:
    """Forget a finished import; called while it is held."""
    _path(job_pk).unlink(missing_ok=True)


def _path(job_pk: int) -> Path:
    return Path(settings.UPLOADS_DIR) / f"{job_pk}.lock"
