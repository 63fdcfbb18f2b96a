"""`manage.py backup`: all that is saved, of one moment, while others go on writing."""

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection
from pytest_django.fixtures import Settings

from answers import imports
from answers.imports import Handed
from answers.management import database_file, preparing
from answers.management.commands import backup
from answers.models import Import, User
from tests.commands.conftest import Run
from tests.commands.crashes import kill_a_writer
from tests.factories import make_library, make_passage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def data(tmp_path: Path, settings: Settings, transactional_db: None) -> Path:
    """A data folder with a secret key and the passwords of the first start."""
    preparing.write_ahead()
    settings.DATA_DIR = tmp_path / "data"
    settings.UPLOADS_DIR = settings.DATA_DIR / "uploads"
    settings.UPLOADS_DIR.mkdir(parents=True)
    for name in ("secret_key", "accounts.txt", "static.stamp"):
        (settings.DATA_DIR / name).write_text(name)
    return tmp_path / "data"


@pytest.fixture
def job(data: Path, alice: User) -> Import:
    """An import that waits."""
    library = make_library("Manuals", owner=alice)
    make_passage(library, "The kettle boils in three minutes.")
    path = data / "uploads" / "sent.part"
    path.write_text("The lamp is in the hall.")
    return imports.start(library, [Handed("lamp.txt", path, 24)], by=alice)


@pytest.fixture
def copy(tmp_path: Path, job: Import, run: Run) -> Iterator[sqlite3.Connection]:
    told = run("backup", tmp_path / "copy")
    assert told.startswith(f"All that is saved is in {tmp_path / 'copy'}.\n")
    with closing(sqlite3.connect(tmp_path / "copy" / "qaweb.sqlite3")) as opened:
        yield opened


def test_the_copy_has_the_texts_their_index_and_the_triggers(
    copy: sqlite3.Connection,
) -> None:
    (text,) = copy.execute("SELECT text FROM answers_passage").fetchone()
    assert text == "The kettle boils in three minutes."
    hits = "SELECT count(*) FROM passage_words WHERE passage_words MATCH 'kettle'"
    assert copy.execute(hits).fetchone() == (1,)
    triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(triggers)
        assert copy.execute(triggers).fetchone() == cursor.fetchone() != (0,)


def test_the_copy_has_what_waits_to_be_imported_and_what_cannot_be_made_anew(
    copy: sqlite3.Connection, tmp_path: Path, job: Import, data: Path
) -> None:
    there = tmp_path / "copy"
    waits = there / "uploads" / str(job.pk) / "1"
    assert waits.read_text() == "The lamp is in the hall."
    assert (there / "secret_key").read_text() == "secret_key"
    assert (there / "accounts.txt").read_text() == "accounts.txt"
    assert not (there / "static.stamp").exists()
    assert [path.name for path in (data / "uploads").iterdir()] == [str(job.pk)]


def move_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the commands find a copy of the test's database there."""
    with closing(sqlite3.connect(path)) as made:
        connection.ensure_connection()
        connection.connection.backup(made)
    monkeypatch.setitem(connection.settings_dict, "NAME", path)


def check_restored(database: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        texts = opened.execute("SELECT text FROM answers_passage").fetchall()
    assert texts == [("The kettle boils in three minutes.",)]


def test_it_restores_over_what_a_crash_has_left(
    job: Import, tmp_path: Path, data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log of the crash would else be taken for one of the restored database."""
    live = data / database_file.NAME
    move_database(live, monkeypatch)
    told = run("backup", tmp_path / "copy")
    assert told == f"All that is saved is in {tmp_path / 'copy'}.\n"
    kill_a_writer(live)
    subprocess.run(["cp", "-r", f"{tmp_path}/copy/.", data], check=True)
    check_restored(live)


def test_restoring_where_the_database_lies_elsewhere_is_told_step_by_step(
    job: Import, tmp_path: Path, data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = tmp_path / "the database"
    move_database(live, monkeypatch)
    kept = data / "backups" / "copy"
    kept.parent.mkdir()
    told = run("backup", kept)
    assert f"\n    QAWEB_DATABASE= QAWEB_DATA={kept} make run\n" in told
    kill_a_writer(live)
    (data / "secret_key").write_text("lost")

    steps = told.partition("and then:\n")[2]
    subprocess.run(["sh", "-e", "-c", steps], check=True)

    check_restored(live)
    assert (data / "secret_key").read_text() == "secret_key"
    assert (data / "uploads" / str(job.pk) / "1").exists()
    assert not (data / database_file.NAME).exists()
    old = {path.name for path in (tmp_path / "data.old").iterdir()}
    assert old >= {"the database", "the database-wal", "backups"}


def test_words_of_what_was_deleted_are_not_in_it(
    job: Import, tmp_path: Path, run: Run
) -> None:
    gone = make_passage(job.library, "The Xyzzyphant is gone.")
    gone.delete()
    run("backup", tmp_path / "copy")
    assert b"xyzzyph" not in (tmp_path / "copy" / database_file.NAME).read_bytes()


def test_nobody_else_on_the_machine_reads_it(
    copy: sqlite3.Connection, tmp_path: Path
) -> None:
    for path, allowed in ((".", 0o700), ("qaweb.sqlite3", 0o600)):
        mode = (tmp_path / "copy" / path).stat().st_mode
        assert stat.S_IMODE(mode) == allowed


def test_what_ends_while_it_is_copied_is_as_it_was(
    job: Import, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may write, and what they delete is still copied."""
    copy_database = backup._copy_database

    def import_meanwhile(source: sqlite3.Connection, target: Path) -> None:
        assert imports.run(job.pk)
        assert Import.objects.get().status == Import.Status.DONE
        copy_database(source, target)

    monkeypatch.setattr(backup, "_copy_database", import_meanwhile)
    run("backup", tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy" / "qaweb.sqlite3")) as opened:
        (status,) = opened.execute("SELECT status FROM answers_import").fetchone()
        assert status == Import.Status.WAITING
        count = opened.execute("SELECT count(*) FROM answers_passage").fetchone()
        assert count == (1,)
    waits = tmp_path / "copy" / "uploads" / str(job.pk) / "1"
    assert waits.read_text() == "The lamp is in the hall."


def test_an_older_database_can_be_saved_before_an_update(
    job: Import, tmp_path: Path, run: Run
) -> None:
    with connection.cursor() as cursor:
        migrations = "FROM django_migrations WHERE app = 'answers' AND name > '0008'"
        cursor.execute(f"SELECT app, name, applied {migrations}")
        rows = cursor.fetchall()
        cursor.execute(f"DELETE {migrations}")
    try:
        assert "All that is saved" in run("backup", tmp_path / "copy")
    finally:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO django_migrations (app, name, applied) "
                "VALUES (%s, %s, %s)",
                rows,
            )


def test_a_database_that_is_being_made_is_left_alone(
    job: Import, tmp_path: Path, run: Run
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = DELETE")
    with pytest.raises(CommandError, match=r"not set up to its end yet\. Run: .*prep"):
        run("backup", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_nothing_is_written_over(job: Import, tmp_path: Path, run: Run) -> None:
    target = tmp_path / "copy"
    target.write_text("mine")
    with pytest.raises(CommandError, match=r"copy is there already\. Name another"):
        run("backup", target)
    assert target.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_one_sentence(
    job: Import, tmp_path: Path, run: Run
) -> None:
    target = tmp_path / "missing" / "copy"
    with pytest.raises(CommandError) as raised:
        run("backup", target)
    told = f"{target} cannot be written: No such file or directory."
    assert str(raised.value) == told


@pytest.mark.parametrize("where", ["database", "uploads"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    job: Import,
    tmp_path: Path,
    data: Path,
    run: Run,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def is_full(*_: object, **__: object) -> None:
        if where == "database":
            raise sqlite3.OperationalError("database or disk is full")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where == "database":
        monkeypatch.setattr(backup, "_copy_database", is_full)
    else:
        monkeypatch.setattr(shutil, "copytree", is_full)
    with pytest.raises(CommandError, match=r"copy cannot be written: .* (full|device)"):
        run("backup", tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert [path.name for path in (data / "uploads").iterdir()] == [str(job.pk)]


def test_what_a_backup_that_was_killed_has_left_goes_with_the_next(
    job: Import, tmp_path: Path, data: Path, run: Run
) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    alive, mine = os.getppid(), os.getpid()  # a number comes again in a container
    halves = [tmp_path / f".copy.{pid}.part" for pid in (dead.pid, mine, alive)]
    halves.append(tmp_path / f".yesterday's.{dead.pid}.part")
    others = [tmp_path / f".film.{dead.pid}.part", tmp_path / ".copy.part"]
    for half in (*halves, *others):
        half.mkdir()
    for half in (*halves, others[1]):
        (half / "qaweb.sqlite3").touch()
    for pid in (dead.pid, mine, alive):
        (data / "uploads" / f"backup-{pid}").mkdir()

    run("backup", tmp_path / "copy")
    left = {path.name for path in tmp_path.iterdir()}
    kept = {path.name for path in others}
    assert left == {"data", "copy", f".copy.{alive}.part", *kept}
    waiting = {path.name for path in (data / "uploads").iterdir()}
    assert waiting == {str(job.pk), f"backup-{alive}"}


def test_a_damaged_database_is_no_backup(
    job: Import, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "data" / "damaged"
    with closing(sqlite3.connect(damaged)) as made:
        made.execute("CREATE TABLE words (word TEXT)")
        made.executemany("INSERT INTO words VALUES (?)", [("lamp" * 100,)] * 100)
        made.commit()
    with damaged.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"x" * 4096)
    connect = backup._connect

    def connect_to(name: str | Path) -> sqlite3.Connection:
        return connect(name if "copy" in str(name) else damaged)

    monkeypatch.setattr(backup, "_connect", connect_to)
    with pytest.raises(CommandError, match="The database is damaged: "):
        run("backup", tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
