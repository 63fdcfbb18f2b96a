"""python manage.py backup FOLDER: all that is saved, as it is now, in a new folder."""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, transaction

from answers import tidying
from answers.management import database_file
from answers.management.choosing import need_tables
from answers.management.terminal import safe

HALF = re.compile(r"\..+\.(\d{1,9})\.part")  # its process's number
NAMES = re.compile(r"backup-(\d{1,9})")
MERGE_ALL = "INSERT INTO {index}({index}) VALUES ('optimize')"
KEPT = ("secret_key", "accounts.txt")  # what else of the data folder cannot be remade


class Command(BaseCommand):
    help = (
        "Write a copy of all that is saved, as it is at this moment, to a new folder; "
        "the server may go on running. QAWEB_DATA=FOLDER then serves the copy (with "
        "QAWEB_DATABASE left empty)."
    )

    # It has to work just before an update, when the database is still the old one.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", help="one that is not there")

    def handle(self, *args: Any, **options: Any) -> None:
        need_tables()
        _need_write_ahead_log()
        target = Path(options["folder"]).absolute()
        name = safe(str(target))
        if os.path.lexists(target):
            raise CommandError(f"{name} is there already. Name another folder.")
        try:
            _write_whole(target)
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(f"{name} cannot be written: {reason}.") from error
        except sqlite3.Error as error:
            raise CommandError(f"{name} cannot be written: {error}.") from error
        self.stdout.write(f"All that is saved is in {name}.")
        if database_file.file() != database_file.in_data_folder():
            self.stdout.write(_how_to_restore(target))


def _how_to_restore(target: Path) -> str:
    """Tell how to use the copy where QAWEB_DATABASE names another place."""
    path, folder = database_file.file(), Path(settings.DATA_DIR)
    database, data, copy = (quote(str(x)) for x in (path, folder, target))
    new, old = (quote(f"{folder}.{x}") for x in ("new", "old"))
    restored = quote(str(database_file.in_data_folder()))
    return (
        f"The database of this site lies elsewhere: QAWEB_DATABASE={safe(str(path))}.\n"
        "To serve the copy:\n"
        f"    QAWEB_DATABASE= QAWEB_DATA={copy} make run\n"
        "To restore it, stop the site, and then:\n"
        f"    cp -a {copy} {new}\n"
        f"    mv {data} {old}\n"
        f"    mv {database}* {old}\n"
        f"    mv {new} {data}\n"
        f"    mv {restored} {database}"
    )


def _need_write_ahead_log() -> None:
    """Refuse a database that `prepare` has not finished: readers would lock it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if mode != "wal":
        raise CommandError(
            "The database is not set up to its end yet. Run: python manage.py prepare"
        )


def _write_whole(target: Path) -> None:
    """Write beside the folder first: a backup is whole, or not there."""
    _throw_away_left(target.parent)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    beside.mkdir(mode=0o700, exist_ok=True)
    try:
        with _this_moment() as (database, uploads):
            _copy_database(database, beside / database_file.NAME)
            shutil.copytree(uploads, beside / "uploads")
        for name in KEPT:
            if (path := Path(settings.DATA_DIR) / name).exists():
                shutil.copy2(path, beside / name)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _throw_away_left(folder: Path) -> None:
    """Delete what backups that were killed have left: half copies, and names."""
    left = [path for path in folder.iterdir() if _is_of_dead(HALF, path)]
    ours = [path for path in left if (path / database_file.NAME).exists()]
    uploads = Path(settings.UPLOADS_DIR)
    ours += [path for path in uploads.iterdir() if _is_of_dead(NAMES, path)]
    for path in ours:
        shutil.rmtree(path, ignore_errors=True)


def _is_of_dead(pattern: re.Pattern[str], path: Path) -> bool:
    found = pattern.fullmatch(path.name)
    return found is not None and _is_dead(int(found[1]))


def _is_dead(pid: int) -> bool:
    """Whether no other process has the number: in containers it is often ours again."""
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        return False
    return False


@contextmanager
def _this_moment() -> Iterator[tuple[sqlite3.Connection, Path]]:
    """Give a connection and a folder in which time stands still.

    One sees the database, the other has the uploads of imports, both of one moment:
    while the write lock is held no import can begin or end. Others wait for it only
    until there is a second name for each file, not until all is copied.
    """
    uploads = Path(settings.UPLOADS_DIR)
    # The next backup throws it away if this process is killed, and so does a worker.
    names = uploads / f"backup-{os.getpid()}"
    with closing(_connect(connection.settings_dict["NAME"])) as database:
        try:
            with _write_lock():
                database.execute("BEGIN")
                database.execute("SELECT 1 FROM sqlite_master").fetchone()
                names.mkdir(mode=0o700)
                for folder in uploads.iterdir():
                    if folder.name.isdecimal():
                        _name_again(folder, names / folder.name)
            yield database, names
        finally:
            shutil.rmtree(names, ignore_errors=True)


@contextmanager
def _write_lock() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        raise CommandError(f"The database cannot be read: {error}.") from error


def _connect(name: str | Path) -> sqlite3.Connection:
    return sqlite3.connect(name, isolation_level=None)


def _name_again(folder: Path, names: Path) -> None:
    """Link the uploads of an import, unless it has just ended and they are going."""
    names.mkdir()
    for path in folder.glob("[0-9]*"):  # what is unpacked of a ZIP file is not needed
        try:
            (names / path.name).hardlink_to(path)
        except FileNotFoundError:
            continue


def _copy_database(source: sqlite3.Connection, target: Path) -> None:
    target.touch(mode=0o600)
    with closing(_connect(target)) as copy:
        source.backup(copy)
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise CommandError(f"The database is damaged: {safe(found)}.")
        _wipe_deleted_words(copy)
    # Copied over a data folder that a crash has left, it empties the log that lies
    # there, which SQLite would take for one of this database.
    database_file.beside(target, database_file.LOG).touch(mode=0o600)


def _wipe_deleted_words(copy: sqlite3.Connection) -> None:
    """Do at once what `tidying` does in steps; an older database lacks an index."""
    copy.execute("PRAGMA secure_delete = ON")
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
    for index in tables.intersection(tidying.INDEXES):
        copy.execute(MERGE_ALL.format(index=index))
