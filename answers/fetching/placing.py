"""From published files to a model folder that the reader loads, all or nothing.

::

    WEIGHTS/<name>.part    what has arrived; kept when a run breaks off
    WEIGHTS/<name>         appears by one rename, when every byte was checked
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from answers.reader import ModelError, ReaderConfig
from answers.reader.config import file_digest

from .card import CARD, card
from .catalogue import Entry, PublishedFile
from .downloading import CHUNK, HTTPS, TIMEOUT, download, unwritable
from .errors import FetchError

PART: Final = ".part"
OLD: Final = ".old"
SPARE: Final = 10_000_000  # bytes of the disk that are left alone

# Bytes there, bytes in all, and bytes that an earlier run had left: of all files.
Report = Callable[[int, int, int], None]


def fetch(
    entry: Entry,
    weights: Path,
    *,
    source: Path | None = None,
    force: bool = False,
    schemes: Collection[str] = HTTPS,
    timeout: float = TIMEOUT,
    report: Report = lambda done, total, before: None,
    free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
) -> Path:
    """Make ``weights/<name>`` and return it; raises FetchError and leaves no half.

    From the entry's addresses, or from the folder ``source``, under our names or the
    publisher's. ``force`` puts it in the place of a folder that is there.
    """
    target = weights / entry.name
    if target.exists() and not force:
        raise FetchError(
            f"{target} is there already. --force fetches the model again and puts it "
            "in that place."
        )
    part = weights / f"{entry.name}{PART}"
    try:
        part.mkdir(parents=True, exist_ok=True)
        # Whoever is not alone leaves the folder to the one that is at work there.
        with _alone(part), _removed_if_empty(part):
            _require_room(entry, part, free)
            if source is not None:
                _copy_all(entry, source, part, report)
            else:
                _download_all(entry, part, schemes, timeout, report)
            _complete(entry, part)
            _place(part, target)
    except OSError as error:
        raise FetchError(unwritable(error, Path(error.filename or part))) from error
    return target


def is_intact(entry: Entry, weights: Path) -> bool:
    """Whether the model is installed with the very bytes of the catalogue."""
    folder = weights / entry.name
    try:
        ReaderConfig.load(folder).verify(folder, *(file.name for file in entry.files))
    except ModelError:
        return False
    return all(file.is_at(folder / file.name) for file in entry.files)


@contextmanager
def _removed_if_empty(part: Path) -> Iterator[None]:
    """Nothing arrived: nothing stays behind."""
    try:
        yield
    finally:
        with suppress(OSError):
            part.rmdir()


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Two runs that write one file would spoil it; the lock dies with its process."""
    opened = os.open(part, os.O_RDONLY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchError(
                f"Another fetch_model is at work on {part}. Let it end first."
            ) from error
        yield
    finally:
        os.close(opened)


def _require_room(entry: Entry, part: Path, free: Callable[[Path], int]) -> None:
    here = sum(path.stat().st_size for path in part.iterdir())
    needed = max(entry.size - here, 0) + SPARE
    if (there := free(part)) < needed:
        raise FetchError(
            f"{needed / 1e6:,.0f} MB of disk are needed, {there / 1e6:,.0f} MB are "
            f"free at {part.parent}. Make room, or set QAWEB_WEIGHTS to a folder on "
            "another disk."
        )


def _download_all(
    entry: Entry,
    part: Path,
    schemes: Collection[str],
    timeout: float,
    report: Report,
) -> None:
    before = sum(
        min((part / file.name).stat().st_size, file.size)
        for file in entry.files
        if (part / file.name).exists()
    )
    finished = 0
    for file in entry.files:

        def tell(here: int, finished: int = finished) -> None:
            report(finished + here, entry.size, before)

        download(file, part / file.name, schemes=schemes, timeout=timeout, report=tell)
        finished += file.size


def _copy_all(entry: Entry, source: Path, part: Path, report: Report) -> None:
    """All files are looked for before the first is copied."""
    if not source.is_dir():
        raise FetchError(f"{source} is not a folder.")
    found = [_find(file, source) for file in entry.files]
    done = 0
    for file, path in zip(entry.files, found, strict=True):
        target = part / file.name
        if target.exists() and target.samefile(path):
            continue  # is where it belongs already; opening it to write would empty it
        with path.open("rb") as given, target.open("wb") as out:
            while chunk := given.read(CHUNK):
                out.write(chunk)
                done += len(chunk)
                report(done, entry.size, 0)
            out.flush()
            os.fsync(out.fileno())
        file.check(target)


def _find(file: PublishedFile, source: Path) -> Path:
    names = [file.name, *file.also]
    there = [source / name for name in names if (source / name).is_file()]
    if not there:
        listed = "\n".join(f"  {name}" for name in names)
        raise FetchError(f"{source} does not hold {file.name}. Looked for:\n{listed}")
    for path in there:
        if file.is_at(path):
            return path
    file.check(there[0])  # says what is wrong with it
    return there[0]


def _complete(entry: Entry, part: Path) -> None:
    names = [file.name for file in entry.files]
    for path in part.iterdir():
        if path.name not in names:
            path.unlink()  # of another version of the catalogue
    config = entry.config({name: file_digest(part / name) for name in names})
    config.save(part)
    (part / CARD).write_text(card(entry, config), encoding="utf-8")


def _place(part: Path, target: Path) -> None:
    """A folder cannot be renamed over one that is not empty: that steps aside."""
    old = target.with_name(f"{target.name}{OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
