"""A full disk ends an import; where the database is locked, it waits."""

import errno
import sqlite3
from unittest.mock import Mock, patch

import pytest
from django.db import OperationalError

from answers import tasks
from answers.imports import holding
from answers.management.commands import run_tasks
from answers.models import Library
from tests.imports.handed import Hand, finished, outcome, queued
from tests.outages import of_sqlite


@pytest.mark.parametrize(
    "fault",
    [OSError(errno.ENOSPC, "No space left"), OperationalError("disk is full")],
)
def test_a_full_disk_ends_the_import_with_a_sentence(
    hand: Hand, library: Library, fault: Exception
) -> None:
    where = "sha256_of" if isinstance(fault, OSError) else "Batch.save"
    with patch(f"answers.imports.running.{where}", side_effect=fault):
        job = finished(hand(("a.txt", "Salt."), ("b.txt", "Tea.")))
    assert job.status == "cancelled"
    assert "The disk of this site is full" in job.message
    assert {file.status for file in job.files.all()} == {"cancelled"}


def locked() -> OperationalError:
    return of_sqlite(sqlite3.SQLITE_BUSY, "database is locked")


def test_an_import_waits_as_long_as_the_database_is_locked(
    hand: Hand, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    job = hand(("a.txt", "Salt."))
    for _ in range(holding.DEATHS + 1):  # the file has killed nobody
        with patch("answers.imports.running.Batch.save", side_effect=locked()):
            tasks.run_import.call(job.pk)
    job.refresh_from_db()
    assert not job.finished_at
    told = {record.getMessage() for record in caplog.records}
    assert told == {f"Import {job.pk} waits: database is locked."}
    tasks.take_up()
    assert queued() == [job.pk]
    tasks.run_import.call(job.pk)
    assert outcome(job) == [("a.txt", "done", 1, 0)]


def test_a_worker_waits_for_the_database(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_tasks, "OUTAGE_SECONDS", 0)
    assert run_tasks.as_the_database_lets(Mock(side_effect=locked())) is None
    assert "waits: database is locked." in caplog.text
    with pytest.raises(OperationalError):
        run_tasks.as_the_database_lets(Mock(side_effect=OperationalError("no table")))
