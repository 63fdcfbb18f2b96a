"""`manage.py prepare`: everything that an installation needs, as often as you like."""

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from answers import library, reviewing
from answers.management import preparing
from answers.models import Library, User
from answers.reviewing import REVIEWERS, triggers
from tests.commands.conftest import Run
from tests.conftest import HASHED_STORAGE
from tests.stub_reader import StubReader


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    """A data folder that is not there yet."""
    settings.DATA_DIR = tmp_path / "data"
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    return tmp_path / "data"


@pytest.fixture
def new_database(transactional_db: None) -> Iterator[None]:
    """A database that has never been furnished, before and after."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version = 0")


@pytest.fixture
def quick_static(settings: Settings, tmp_path: Path) -> Path:
    """Only one style sheet to collect, under its hashed name."""
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "one.css").write_text("a { color: red }", encoding="utf-8")
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": HASHED_STORAGE}}
    return folder


def test_a_first_start_makes_all_and_a_second_one_nothing(
    new_database: None, data: Path, quick_static: Path, stub: StubReader, run: Run
) -> None:
    first = run("prepare")

    assert "Demo library: loaded\n" in first
    assert "Static files: collected\n" in first
    assert "Model:        stub@0123456789ab\n" in first
    passwords = [line.split("\t")[1] for line in accounts(data)]
    assert all(password in first for password in passwords)

    before = (Library.objects.count(), User.objects.count(), accounts(data))
    second = run("prepare", "--no-model")

    assert "Static files: unchanged\n" in second
    assert "Demo library" not in second
    assert not any(password in second for password in passwords)
    assert str(data / "accounts.txt") in second
    assert (Library.objects.count(), User.objects.count(), accounts(data)) == before


def accounts(data: Path) -> list[str]:
    return (data / "accounts.txt").read_text(encoding="utf-8").splitlines()


# -- the database ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_write_ahead_log_is_in_force() -> None:
    preparing.write_ahead()
    preparing.write_ahead()
    with connection.cursor() as cursor:
        (mode,) = cursor.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"


@pytest.mark.django_db
def test_a_disk_that_cannot_do_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_pragma", lambda *_: "delete")
    with pytest.raises(CommandError, match="needs a local disk"):
        preparing.write_ahead()


@pytest.mark.django_db(transaction=True)
def test_a_full_text_index_that_is_missing_is_made(data: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE passage_words")
    assert preparing.database() == "up to date"
    assert "passage_words" in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_triggers_that_a_migration_has_not_brought_back_are_made(data: Path) -> None:
    reviewing.remove_triggers()  # as it does when it begins, and then was broken off
    assert preparing.database() == "up to date"
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    assert present >= set(triggers.TRIGGERS)


# -- demo and accounts -------------------------------------------------------------


@pytest.fixture
def furnished(db: None, data: Path) -> list[preparing.Account]:
    preparing.data_folder()
    return preparing.furnish()


def test_the_demo_library_is_whole_and_public(
    furnished: list[preparing.Account],
) -> None:
    demo = Library.objects.get()
    files = list((preparing.DEMO / "passages").glob("*.md"))
    assert demo.title == "Demo library"
    assert demo.is_public
    assert demo.passages.count() == len(files) >= 40
    assert library.search([demo], "How much salt is in the sourdough loaf?", 3)


def test_the_accounts_work(furnished: list[preparing.Account], client: Client) -> None:
    for account in furnished:
        assert client.login(username=account.username, password=account.password)


def test_the_reviewer_is_staff_and_no_more(
    furnished: list[preparing.Account],
) -> None:
    reviewer = User.objects.get(username="reviewer")
    assert reviewer.is_staff
    assert not reviewer.is_superuser
    assert [group.name for group in reviewer.groups.all()] == [REVIEWERS]
    assert not User.objects.get(username="demo").is_staff


def test_only_this_user_of_the_machine_reads_the_passwords(
    furnished: list[preparing.Account], data: Path
) -> None:
    mode = (data / "accounts.txt").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_an_older_file_that_was_open_to_all_is_replaced(db: None, data: Path) -> None:
    preparing.data_folder()
    (data / "accounts.txt").write_text("old", encoding="utf-8")
    (data / "accounts.txt").chmod(0o644)
    preparing.furnish()
    assert stat.S_IMODE((data / "accounts.txt").stat().st_mode) == 0o600


def test_what_was_deleted_stays_deleted(furnished: list[preparing.Account]) -> None:
    Library.objects.all().delete()
    User.objects.all().delete()
    assert preparing.furnish() == []
    assert not Library.objects.exists()


def test_a_person_who_is_there_keeps_their_password(db: None, data: Path) -> None:
    preparing.data_folder()
    User.objects.create_user("demo", password="their own")
    made = preparing.furnish()
    assert [account.username for account in made] == ["reviewer"]
    assert User.objects.get(username="demo").check_password("their own")


def test_nothing_is_half_made_when_a_step_fails(
    db: None, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(preparing, "keep", fail)
    with pytest.raises(OSError, match="disk full"):
        preparing.furnish()
    assert not Library.objects.exists()
    assert not User.objects.exists()


def test_passwords_are_long_readable_and_never_the_same() -> None:
    made = {preparing.make_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(password) == 24 and password.islower() for password in made)


# -- static files ------------------------------------------------------------------


def test_static_files_are_collected_when_one_has_changed(
    data: Path, quick_static: Path
) -> None:
    preparing.data_folder()
    assert preparing.static_files() == "collected"
    assert preparing.static_files() == "unchanged"
    (quick_static / "one.css").write_text("a { color: green }", encoding="utf-8")
    assert preparing.static_files() == "collected"
    assert len(list((data / "static").glob("one.*.css"))) == 2


def test_static_files_that_were_cleared_away_are_collected_again(
    data: Path, quick_static: Path
) -> None:
    preparing.data_folder()
    preparing.static_files()
    shutil.rmtree(data / "static")
    assert preparing.static_files() == "collected"
    assert list((data / "static").glob("one.*.css"))


@pytest.mark.parametrize("left", ["*.*", "one.*.css", "staticfiles.json"])
def test_static_files_of_which_some_were_deleted_are_collected_again(
    data: Path, quick_static: Path, left: str
) -> None:
    """The folder itself may be there: a volume, or `rm var/static/*`."""
    preparing.data_folder()
    preparing.static_files()
    for path in (data / "static").glob(left):
        path.unlink()
    assert preparing.static_files() == "collected"
    assert list((data / "static").glob("one.*.css"))
    assert preparing.static_files() == "unchanged"


def test_static_files_whose_list_was_cut_short_are_collected_again(
    data: Path, quick_static: Path
) -> None:
    """By a power cut."""
    preparing.data_folder()
    preparing.static_files()
    (data / "static" / "staticfiles.json").write_text("")
    assert preparing.static_files() == "collected"
    assert preparing.static_files() == "unchanged"


def test_with_debug_nothing_is_collected(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    assert "QAWEB_DEBUG" in preparing.static_files()


def test_a_model_that_cannot_be_loaded_fails_with_a_sentence(
    new_database: None,
    data: Path,
    quick_static: Path,
    run: Run,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.WEIGHTS_DIR = tmp_path
    with pytest.raises(CommandError, match="cannot be used"):
        run("prepare")


@pytest.mark.parametrize("name", ["missing/qaweb.sqlite3", "text", "."])
def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "text").write_text("Not a database, and longer than a header. " * 20)
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare", "--no-model"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"QAWEB_DATA": str(tmp_path), "QAWEB_DATABASE": str(tmp_path / name)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: QAWEB_DATABASE={tmp_path / name}: ")
    assert "Traceback" not in done.stderr


def begin_to_prepare(data: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "prepare", "--no-model"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"QAWEB_DATA": str(data), "QAWEB_DATABASE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_that_prepare_at_once_do_so_one_after_the_other(tmp_path: Path) -> None:
    with (tmp_path / "prepare.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        both = [begin_to_prepare(tmp_path) for _ in range(2)]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Data:")
            assert process.stdout.readline().startswith("Waiting:")
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Accounts:" in out for out, _ in said) == 1


def test_a_folder_that_takes_no_files_is_one_sentence(
    new_database: None, data: Path, quick_static: Path
) -> None:
    data.mkdir()
    (data / "static").touch()
    with pytest.raises(CommandError) as raised:
        preparing.prepare(lambda what, outcome: None)
    assert str(raised.value) == (
        f"QAWEB_DATA={data}: {data / 'static' / 'staticfiles.json'}: Not a directory."
    )


@pytest.mark.parametrize(
    ("pragma", "reason"),
    [
        ("query_only = 1", "attempt to write a readonly database"),
        ("max_page_count = 1", "database or disk is full"),
    ],
)
def test_a_database_that_takes_no_more_is_one_sentence(
    new_database: None, data: Path, pragma: str, reason: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
    try:
        with pytest.raises(CommandError) as raised:
            preparing.prepare(lambda what, outcome: None)
    finally:
        connection.close()
    name = connection.settings_dict["NAME"]
    assert str(raised.value) == f"QAWEB_DATABASE={name}: {reason}."


def test_a_fault_of_our_own_is_no_matter_of_the_disk(
    new_database: None, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask_for_what_is_not_there() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")

    monkeypatch.setattr(preparing, "furnish", ask_for_what_is_not_there)
    with pytest.raises(OperationalError, match="no such table"):
        preparing.prepare(lambda what, outcome: None)


@pytest.mark.parametrize(
    "command", ["forget_guests", "run_tasks", "serve --no-prepare"]
)
def test_commands_without_a_database_say_how_to_make_one(
    tmp_path: Path, command: str
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command.split()],
        cwd=settings.BASE_DIR,
        env=os.environ | {"QAWEB_DATA": str(tmp_path), "QAWEB_DATABASE": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Run: python manage.py prepare" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_refuse_a_database_that_is_older_than_they_are(
    db: None, run: Run
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'answers' AND name > '0008'"
        )
    with pytest.raises(CommandError, match=r"older than this program\. Run: .*prepare"):
        run("forget_guests")


@pytest.fixture
def newer_database(db: None) -> None:
    """As a later version of this program leaves it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('answers', '9999_from_the_future', '2099-01-01 00:00:00')"
        )


def test_commands_refuse_a_database_that_is_newer_than_they_are(
    newer_database: None, run: Run
) -> None:
    with pytest.raises(CommandError, match="newer than this program"):
        run("forget_guests")


def test_a_database_of_a_newer_program_is_not_prepared(newer_database: None) -> None:
    with pytest.raises(CommandError, match="newer than this program"):
        preparing.database()


def test_sessions_that_have_ended_are_deleted(
    new_database: None, data: Path, quick_static: Path
) -> None:
    for days in (-1, 1):
        session = SessionStore()
        session.set_expiry(timezone.now() + timedelta(days=days))
        session.save()
    assert Session.objects.count() == 2
    preparing.prepare(lambda what, outcome: None)
    assert Session.objects.get().expire_date > timezone.now()


def test_a_terminal_that_is_gone_is_no_matter_of_the_disk(
    db: None, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(what: str, outcome: str) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    with pytest.raises(BrokenPipeError):
        preparing.prepare(say)
