"""Who does a long piece of work: one process at a time, noticed when it dies.

A lock of the operating system on a file ends with the process, however that ends: by
kill -9 too. (The database is SQLite, so all processes are on one machine.) The file
also says which part is being worked on, so that one that kills its worker is given up.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

DEATHS = 3  # a part during which the process died so often is not tried again


class Held:
    """A piece of work that this process, and no other, may do."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._pk, self._deaths = self._remembered()

    @property
    def part(self) -> int:
        """The part that was worked on last, if the process died of it; else 0."""
        return self._pk

    def begin(self, pk: int) -> bool:
        """Note that this part is worked on; return whether that is worth trying."""
        deaths = self._deaths + 1 if self._pk == pk else 0
        if deaths >= DEATHS:
            return False
        self._note(pk, deaths)
        return True

    def went_on(self) -> None:
        """Note that the part came further than ever before."""
        if self._deaths:
            self._note(self._pk, 0)

    def rest(self) -> None:
        """Note that nothing is being worked on."""
        self._note(0, 0)

    def _note(self, pk: int, deaths: int) -> None:
        self._pk, self._deaths = pk, deaths
        if not self._file.writable():
            return  # another user's: it locks as well, but deaths go uncounted
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
def held(path: Path) -> Iterator[Held | None]:
    """Take the work whose file this is, or give None if another process has it.

    The file may be another user's: that of a command that root has run.
    """
    try:
        opened = _opened(path)
    except PermissionError:  # nobody but that user can tell whether it is held
        yield None
        return
    with opened as file:
        file.seek(0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield Held(file)


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a+", encoding="ascii")
    except PermissionError:
        return path.open(encoding="ascii")
