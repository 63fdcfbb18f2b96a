"""Each import is run by one task, once, and taken up when its worker has died."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django_tasks_db.models import DBTaskResult

from answers import imports, tasks
from answers.imports import Handed
from answers.models import Import, Library
from tests.imports.handed import Hand, finished, outcome, queued


def test_the_task_runs_the_import(hand: Hand, library: Library) -> None:
    job = hand(("a.txt", "Salt."))
    tasks.run_import.call(job.pk)
    assert library.passages.count() == 1


def test_a_fault_in_the_task_ends_the_import_with_a_sentence(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    with patch("answers.imports.running.Batch.save", side_effect=ZeroDivisionError):
        tasks.run_import.call(job.pk)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "a fault of this program" in job.message


def test_two_processes_never_run_one_import(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    with imports.held(job.pk) as mine:
        assert mine is not None
        assert not imports.run(job.pk)
        imports.cancel(job)  # takes effect when the one that runs it looks
        assert outcome(job) == [("a.txt", "waiting", 0, 0)]
    finished(job)
    assert job.status == "cancelled"


def test_a_finished_import_is_not_run_again(hand: Hand, library: Library) -> None:
    job = finished(hand(("a.txt", "Salt.")))
    library.passages.all().delete()
    assert imports.run(job.pk)
    assert not library.passages.exists()


# -- taken up ----------------------------------------------------------------------


def test_a_worker_takes_up_what_a_dead_one_left(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    tasks.enqueue(job)
    DBTaskResult.objects.update(status="RUNNING")
    tasks.recover()
    assert queued() == [job.pk]
    tasks.recover()
    assert queued() == [job.pk]
    imports.cancel(job)


def test_an_import_that_lost_its_task_is_taken_up(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    tasks.recover()
    assert queued() == [job.pk]
    imports.cancel(job)


def test_an_import_that_another_process_runs_is_left_to_it(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    with imports.held(job.pk):
        tasks.recover()
    assert queued() == []
    imports.cancel(job)


@pytest.fixture
def from_terminal(library: Library, tmp_path: Path) -> Import:
    """An import of a command, which nobody runs."""
    file = tmp_path / "a.txt"
    file.write_text("Salt.")
    return imports.start(library, [Handed("a.txt", file, 5)], from_terminal=True)


def test_an_import_whose_command_died_is_closed(
    from_terminal: Import, tmp_path: Path
) -> None:
    tasks.recover()
    from_terminal.refresh_from_db()
    assert (from_terminal.status, from_terminal.message) == (
        "cancelled",
        "The command was interrupted. Run it again to go on.",
    )
    assert (tmp_path / "a.txt").exists()
    assert queued() == []


def test_an_import_whose_command_died_is_closed_while_the_worker_runs(
    from_terminal: Import,
) -> None:
    tasks.take_up()
    from_terminal.refresh_from_db()
    assert from_terminal.status == "waiting"  # its command may only just begin

    from_terminal.created_at -= tasks.BEGINNING
    from_terminal.save(update_fields=["created_at"])
    with imports.held(from_terminal.pk):
        tasks.take_up()
    from_terminal.refresh_from_db()
    assert from_terminal.status == "waiting"
    tasks.take_up()
    from_terminal.refresh_from_db()
    assert from_terminal.status == "cancelled"
    assert queued() == []


# -- locks of other users ----------------------------------------------------------


def lock_of(job: Import) -> Path:
    return Path(settings.UPLOADS_DIR) / f"{job.pk}.lock"


@pytest.fixture
def left_by_root(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    """An import whose lock another user has left, who lets us read it at most."""
    job = hand(("a.txt", "Salt."))
    lock_of(job).write_text("[0, 0]", encoding="ascii")
    as_usual = Path.open

    def opened(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if path == lock_of(job) and mode != "r":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return as_usual(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", opened)
    yield job
    lock_of(job).unlink(missing_ok=True)


def test_a_lock_that_another_user_has_left_is_free(
    left_by_root: Import, library: Library
) -> None:
    tasks.recover()
    assert queued() == [left_by_root.pk]
    assert finished(left_by_root).status == "done"
    assert library.passages.count() == 1


def test_a_lock_that_another_user_holds_is_heeded(left_by_root: Import) -> None:
    with imports.held(left_by_root.pk):
        tasks.recover()
    assert queued() == []
    imports.cancel(left_by_root)


def test_a_lock_that_only_another_user_reads_is_taken_for_held(
    left_by_root: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *rest: Any, **options: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        tasks.recover()
    assert queued() == []
    imports.cancel(left_by_root)


def test_one_import_that_cannot_be_looked_at_stops_no_other(
    hand: Hand, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = hand(("a.txt", "Salt.")), hand(("b.txt", "Bread."))
    file = tmp_path / "c.txt"
    file.write_text("Tea.")
    handed = [Handed("c.txt", file, 4)]
    ended = [imports.start(library, handed, from_terminal=True) for _ in range(2)]
    for job in (bad, ended[0]):
        lock_of(job).mkdir()
    tasks.recover()
    assert queued() == [good.pk]
    ended[1].refresh_from_db()
    assert ended[1].status == "cancelled"
    assert f"Import {bad.pk} is left: Is a directory." in caplog.text
    assert caplog.text.count(" is left: ") == 2
    for job in (bad, ended[0]):
        lock_of(job).rmdir()
    for job in (bad, good, ended[0]):
        imports.cancel(job)
