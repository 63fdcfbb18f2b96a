"""How manage.py ends when a person or the disk stops it: in one line."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings

import manage


def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
    (tmp_path / "a.sqlite3-wal").mkdir()  # as good as a disk without room for it
    path = str(tmp_path / "a.sqlite3")
    environment = {**os.environ, "QAWEB_DATA": str(tmp_path), "QAWEB_DATABASE": path}
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: QAWEB_DATABASE={path}: ")
    assert "Traceback" not in done.stderr


ENDED = """
import signal, sys, manage
from django.core import management

def work(argv):
    try:
        signal.raise_signal(int(sys.argv[1]))
        print("went on")
    finally:
        print("tidied up")

management.execute_from_command_line = work
manage.main()
"""


@pytest.mark.parametrize(
    ("number", "is_ignored", "status"),
    [
        (signal.SIGTERM, False, 143),
        (signal.SIGHUP, False, 129),
        (signal.SIGHUP, True, 0),
    ],
)
def test_a_signal_ends_a_command_after_tidying_up(
    number: signal.Signals, is_ignored: bool, status: int
) -> None:
    done = subprocess.run(
        ["nohup"] * is_ignored + [sys.executable, "-c", ENDED, str(int(number))],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    told = "went on\n" * is_ignored + "tidied up\n"
    assert (done.returncode, done.stdout) == (status, told), done.stderr


def unheard(*arguments: str, **environment: str) -> tuple[int, str]:
    """What comes of a command whose output nobody reads: its status, its errors."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as out:
        done = subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
            env=os.environ | environment,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    return done.returncode, done.stderr


def test_a_command_that_nobody_listens_to_ends_without_a_word() -> None:
    assert unheard("help") == (141, "")


def test_a_first_start_that_nobody_listens_to_does_its_work(tmp_path: Path) -> None:
    data = str(tmp_path)
    status, errors = unheard("prepare", "--no-model", QAWEB_DATA=data)
    assert (status, errors) == (0, "")
    assert (tmp_path / "static.stamp").exists()


def test_ctrl_c_ends_a_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not the signal itself: tests before may have left a handler of another kind.
    monkeypatch.setattr(manage, "run", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as end:
        manage.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "\nInterrupted.\n"
