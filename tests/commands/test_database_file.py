"""What `manage.py prepare` sees to before it opens the database."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection
from pytest_django.fixtures import Settings

from answers.management import database_file
from tests.commands.crashes import kill_a_writer, log_of


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database is to lie, in a data folder of its own."""
    path = tmp_path / "qaweb.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", path)
    return path


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    before = os.umask(0o022)
    settings.DATA_DIR = tmp_path
    yield tmp_path
    os.umask(before)


def fill(file: Path, count: int = 2000) -> None:
    """Make a database with a write-ahead log, as `prepare` does."""
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE words (word TEXT)")
        rows = [(f"earlier {n} " * 50,) for n in range(count)]
        made.executemany("INSERT INTO words VALUES (?)", rows)
        made.commit()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- one database ------------------------------------------------------------------


def test_a_database_elsewhere_is_used_where_the_data_folder_has_none(
    file: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", data / "elsewhere")
    database_file.need_only_one()


def test_a_backup_that_would_not_be_served_is_refused(
    file: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QAWEB_DATA names a backup, QAWEB_DATABASE still the database of the site."""
    fill(file, 1)
    monkeypatch.setitem(connection.settings_dict, "NAME", data / "live")
    for _ in range(2):
        with pytest.raises(CommandError) as raised:
            database_file.need_only_one()
        assert str(raised.value) == (
            f"QAWEB_DATABASE={data / 'live'}: there is another database in QAWEB_DATA: "
            f"{file}. To use that one, leave QAWEB_DATABASE empty; else move it away."
        )
        (data / "live").touch()


def test_the_same_database_under_two_names_is_one(
    file: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file, 1)
    (data / "link").symlink_to(file)
    for name in (file, data / "link"):
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        database_file.need_only_one()


# -- damage ------------------------------------------------------------------------


def test_what_a_crash_has_left_is_whole(file: Path) -> None:
    fill(file)
    kill_a_writer(file)
    database_file.need_whole()


def test_a_backup_put_beside_the_log_of_a_crash_is_refused_and_left_as_it_is(
    file: Path, tmp_path: Path
) -> None:
    fill(file)
    shutil.copy(file, tmp_path / "backup")
    kill_a_writer(file)
    shutil.copy(tmp_path / "backup", file)
    with pytest.raises(CommandError, match=r"it is damaged .* move .*-wal away"):
        database_file.need_whole()
    assert file.read_bytes() == (tmp_path / "backup").read_bytes()
    log_of(file).unlink()  # as it was told
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("SELECT count(*) FROM words").fetchone() == (2000,)


def test_nothing_is_read_of_a_database_that_was_closed(file: Path) -> None:
    file.write_text("Not a database: Django says so.")
    database_file.need_whole()
    log_of(file).touch()
    database_file.need_whole()


# -- who may read it ---------------------------------------------------------------


def test_a_new_database_is_of_its_owner_alone(file: Path) -> None:
    assert database_file.make_private() == ""
    fill(file, 1)
    assert mode_of(file) == 0o600
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("INSERT INTO words VALUES ('one')")
        opened.commit()
        assert mode_of(log_of(file)) == 0o600


def test_a_database_that_all_could_read_is_closed_to_them(file: Path) -> None:
    fill(file, 1)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("INSERT INTO words VALUES ('one')")
        opened.commit()
        assert mode_of(file) == mode_of(log_of(file)) == 0o644
        assert "no longer open to others" in database_file.make_private()
        assert mode_of(file) == mode_of(log_of(file)) == 0o600
    assert database_file.make_private() == ""


def test_a_group_that_may_read_it_may_go_on(file: Path) -> None:
    fill(file, 1)
    file.chmod(0o640)
    assert database_file.make_private() == ""
    assert mode_of(file) == 0o640


def test_one_of_somebody_else_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError

    fill(file, 1)
    monkeypatch.setattr(Path, "chmod", refuse)
    assert database_file.make_private().endswith(f"its owner can: chmod 600 {file}")
