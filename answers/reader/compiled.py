"""Compiled models that OpenVINO keeps on disk for faster starts, and their sums.

OpenVINO takes what it has kept as it finds it: damaged weights would answer, wrongly,
under the hash of the model that was verified. So a SHA-256 stands beside each file from
when it was made, and a file that has another one, or none, is thrown away.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

KEPT: Final = ".blob"  # OpenVINO's own ending
SUM: Final = ".sha256"


@contextmanager
def alone(folder: Path) -> Iterator[Path | None]:
    """Have the folder for this process alone, and nothing damaged in it.

    Others that start at the same time wait, and find what this one has made. Gives None
    for a folder that cannot be used: one starts without it, and only slower.
    """
    with ExitStack() as held:
        try:
            held.enter_context(_lock(folder))
            for path in _kept(folder):
                if not _is_whole(path):
                    path.unlink()
        except OSError:
            yield None
            return
        yield folder


def sign(folder: Path) -> None:
    """Note the sums of what is in the folder, which was made or verified just now.

    Where the disk takes none, the next start throws away what has none.
    """
    with suppress(OSError):
        for path in _kept(folder):
            part = _sum(path).with_suffix(".part")
            part.write_text(_digest(path), encoding="ascii")
            os.replace(part, _sum(path))


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _kept(folder: Path) -> list[Path]:
    # Not `glob`, which finds nothing in a folder that may not be read.
    return [path for path in folder.iterdir() if path.suffix == KEPT]


def _is_whole(path: Path) -> bool:
    try:
        return _sum(path).read_bytes() == _digest(path).encode()
    except OSError:
        return False


def _sum(path: Path) -> Path:
    return path.with_name(path.name + SUM)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
