"""The file of the database, looked at before Django opens it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from answers.management.terminal import safe

NAME = "qaweb.sqlite3"  # in a data folder, where QAWEB_DATABASE names no other
LOG, INDEX_OF_LOG = "-wal", "-shm"  # the files beside it, while SQLite has it open


def file() -> Path:
    """Return where the database lies, or will lie."""
    return Path(connection.settings_dict["NAME"])


def in_data_folder() -> Path:
    """Return where it lies unless QAWEB_DATABASE is set."""
    return Path(settings.DATA_DIR) / NAME


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def need_only_one() -> None:
    """Refuse a data folder with another database in it, as a backup has one.

    Whoever serves a backup, or has restored one, would else use the old database.
    """
    path, other = file(), in_data_folder()
    if other.exists() and not (path.exists() and path.samefile(other)):
        raise CommandError(
            f"QAWEB_DATABASE={path}: there is another database in QAWEB_DATA: {other}. "
            "To use that one, leave QAWEB_DATABASE empty; else move it away."
        )


def need_whole() -> None:
    """Refuse a damaged database, where a write-ahead log was left beside it.

    That is after a crash, or where a backup was put over a database that had crashed:
    the log is another one's then. Read only, since whoever closes a database last
    writes the log into it. Otherwise nothing is read: it may take seconds.
    """
    path = file().resolve()
    log = beside(path, LOG)
    if not log.exists() or not log.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
            (found,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        return  # Django cannot open it either, and then that is told
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise CommandError(
            f"QAWEB_DATABASE={path}: it is damaged ({safe(found.splitlines()[-1])}). "
            f"If it was put in the place of another one, move {log} away, which "
            "belongs to that one; else restore a backup, as README.md says."
        )


def make_private() -> str:
    """Make the file, if there is none, for this user of the machine alone.

    SQLite would let others read it; what it makes beside it opens to the same people.
    Returns a few words on a file that was open to others.
    """
    path = file().resolve()
    try:
        # Never opened where it is there: closing it would end the locks of SQLite.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return _closed_to_others(path)
    except OSError as error:
        raise CommandError(f"QAWEB_DATABASE={file()}: {error.strerror}.") from error


def _closed_to_others(path: Path) -> str:
    """Close a file that everyone could read; one for a group is meant to be."""
    all_three = (path, beside(path, LOG), beside(path, INDEX_OF_LOG))
    wide = [p for p in all_three if p.is_file() and p.stat().st_mode & 0o007]
    try:
        for one in wide:
            one.chmod(0o600)
    except PermissionError:
        return f"others on this machine can read it; its owner can: chmod 600 {path}"
    return "no longer open to others on this machine" if wide else ""
