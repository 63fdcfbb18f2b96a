"""Uploads that nobody imports any more are thrown away, and no others."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from answers import tasks
from answers.imports import files
from answers.models import Import
from tests.imports.handed import Hand, finished, outcome


@pytest.mark.django_db
def test_what_broken_uploads_left_is_thrown_away() -> None:
    old, new = (Path(settings.UPLOADS_DIR) / name for name in ("old.part", "new.part"))
    lost = Path(settings.UPLOADS_DIR) / "987654"
    lost.mkdir()
    for path in (old, new, lost / "1"):
        path.write_text("x")
    long_ago = time.time() - 2 * files.STRAY_SECONDS
    for path in (old, lost):
        os.utime(path, (long_ago, long_ago))
    files.clean()
    assert [path.name for path in Path(settings.UPLOADS_DIR).iterdir()] == ["new.part"]
    new.unlink()


@pytest.mark.django_db
def test_what_cannot_be_thrown_away_stops_no_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else's files, and the lost+found of a disk of its own."""
    first, second = (Path(settings.UPLOADS_DIR) / name for name in ("a.part", "b.part"))
    long_ago = time.time() - 2 * files.STRAY_SECONDS
    for path in (first, second):
        path.touch()
        os.utime(path, (long_ago, long_ago))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse_to_unlink)
        tasks.recover()
    assert f"{first} is left" in caplog.text
    assert f"{second} is left" in caplog.text
    files.clean()
    assert not first.exists()


def refuse_to_unlink(path: Path, missing_ok: bool = False) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def test_an_import_that_begins_while_others_are_tidied_away_keeps_its_files(
    hand: Hand,
) -> None:
    begun: list[Import] = []
    once = [True]  # the queries of the import begin no other

    def begin(execute: Callable[..., Any], *query: Any) -> Any:
        """Answer the query, and begin an import after the first one."""
        found = execute(*query)
        if once and once.pop():
            begun.append(hand(("a.txt", "Salt.")))
        return found

    with connection.execute_wrapper(begin):
        files.clean()
    assert outcome(finished(begun[0])) == [("a.txt", "done", 1, 0)]
