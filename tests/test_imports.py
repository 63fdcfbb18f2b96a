"""The life of an import: what is saved, left out, refused, stopped, taken up again."""

import errno
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock, patch

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import translation
from django_tasks_db.models import DBTaskResult

from answers import imports, tasks
from answers.imports import Handed, files, holding
from answers.imports.progress import Progress
from answers.management.commands import run_tasks
from answers.models import Import, Library, Passage, User
from tests.factories import make_library
from tests.outages import of_sqlite

Hand = Callable[..., Import]
PASSAGE = "Passage number {} is on bread, tea and the keeping of bees in cold winters."


@pytest.fixture(autouse=True)
def no_uploads() -> Iterator[None]:
    """Every test leaves the folder of uploads as it found it: empty."""
    yield
    left = [path.name for path in Path(settings.UPLOADS_DIR).iterdir()]
    for path in Path(settings.UPLOADS_DIR).iterdir():
        path.unlink() if path.is_file() else files.throw_away(int(path.name))
    assert not left, left


@pytest.fixture
def hand(library: Library, alice: User, tmp_path: Path) -> Hand:
    """Hand over files, given as name=content, as Alice does on the page."""

    def over(*given: tuple[str, str | bytes], to: Library = library) -> Import:
        handed = []
        for number, (name, content) in enumerate(given):
            path = tmp_path / f"upload{number}.part"
            data = content.encode() if isinstance(content, str) else content
            path.write_bytes(data)
            handed.append(Handed(name, path, len(data)))
        return imports.start(to, handed, by=alice)

    return over


def lines(count: int, start: int = 0) -> str:
    """A .jsonl file of this many passages."""
    numbers = range(start, start + count)
    rows = [{"title": f"No. {n}", "text": PASSAGE.format(n)} for n in numbers]
    return "".join(json.dumps(row) + "\n" for row in rows)


def zipped(path: Path, members: dict[str, str | bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data = path.read_bytes()
    path.unlink()
    return data


def outcome(job: Import) -> list[tuple[str, str, int, int]]:
    rows = job.files.order_by("pk")
    return [(row.name, row.status, row.added, row.already) for row in rows]


def finished(job: Import) -> Import:
    assert imports.run(job.pk)
    job.refresh_from_db()
    return job


# -- works -------------------------------------------------------------------------


def test_files_become_passages_that_know_their_source(
    hand: Hand, library: Library, alice: User
) -> None:
    job = finished(hand(("bees.jsonl", lines(3)), ("tea.md", "# On tea\n\nHot.\n")))

    assert job.status == "done"
    assert outcome(job) == [("bees.jsonl", "done", 3, 0), ("tea.md", "done", 1, 0)]
    bees = library.sources.get(name="bees.jsonl")
    assert (bees.format, bees.size, bees.imported_by) == (
        ".jsonl",
        len(lines(3)),
        alice,
    )
    saved = bees.passages.order_by("source_order")
    assert [(p.title, p.source_order, p.created_by) for p in saved] == [
        ("No. 0", 0, alice),
        ("No. 1", 1, alice),
        ("No. 2", 2, alice),
    ]
    assert job.files.get(name="bees.jsonl").source == bees


@pytest.mark.parametrize(("passages", "tidied"), [(2, 0), (3, 1)])
def test_a_large_import_tidies_the_index(
    passages: int, tidied: int, hand: Hand
) -> None:
    with (
        patch("answers.imports.running.MANY_PASSAGES", 3),
        patch("answers.imports.running.tidy_index") as tidy,
    ):
        finished(hand(("bees.jsonl", lines(passages))))
    assert tidy.call_count == tidied


def test_passages_are_saved_in_batches_and_numbered_through(
    hand: Hand, library: Library
) -> None:
    saves = []
    job = hand(("many.jsonl", lines(450)))
    imports.run(job.pk, told=lambda job: saves.append(imports.progress(job).added))

    assert saves[:2] == [100, 200]
    orders = library.passages.order_by("pk").values_list("source_order", flat=True)
    assert list(orders) == list(range(450))


def test_the_files_of_a_zip_file_have_results_of_their_own(
    hand: Hand, library: Library, tmp_path: Path
) -> None:
    data = zipped(
        tmp_path / "a.zip",
        {"b/bread.txt": "Salt.", "photo.xcf": b"x", "tea.md": "Hot.", "none.txt": ""},
    )
    job = finished(hand(("all.zip", data)))

    assert outcome(job) == [
        ("all.zip", "done", 0, 0),
        ("b/bread.txt", "done", 1, 0),
        ("none.txt", "failed", 0, 0),
        ("photo.xcf", "failed", 0, 0),
        ("tea.md", "done", 1, 0),
    ]
    archive = job.files.get(name="all.zip")
    assert archive.message == "4 files were in it."
    assert {row.inside for row in job.files.exclude(pk=archive.pk)} == {archive}
    assert imports.progress(job).files == 4
    assert {p.title for p in library.passages.all()} == {"bread", "tea"}


def test_notes_of_a_format_reach_the_person(hand: Hand) -> None:
    job = finished(hand(("old.txt", "Crème brûlée schmeckt.".encode("cp1252"))))
    assert "Windows-1252" in job.files.get().message


def test_messages_are_in_the_language_of_who_started_it(hand: Hand) -> None:
    with translation.override("de"):
        job = hand(("a.txt", "Salz."))
    assert job.language == "de"
    seen: list[str | None] = []
    imports.run(job.pk, told=lambda job: seen.append(translation.get_language()))
    assert set(seen) == {"de"}


# -- the same again ----------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 450])
def test_the_same_file_again_adds_nothing(
    hand: Hand, library: Library, count: int
) -> None:
    finished(hand(("a.jsonl", lines(count))))
    again = finished(hand(("renamed.jsonl", lines(count))))

    assert outcome(again) == [("renamed.jsonl", "already", 0, count)]
    assert library.passages.count() == count
    assert library.sources.count() == 1


def test_a_long_file_is_known_again_without_being_read(
    hand: Hand, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(hand(("a.jsonl", lines(3))))
    monkeypatch.setattr("answers.imports.running.ASKED", 10)
    with patch("answers.importing.read", side_effect=AssertionError):
        again = finished(hand(("a.jsonl", lines(3))))
    assert outcome(again) == [("a.jsonl", "already", 0, 3)]


def test_the_same_file_twice_in_one_import_is_read_once(
    hand: Hand, library: Library
) -> None:
    job = finished(hand(("a.txt", "Salt."), ("a.txt", "Salt.")))
    assert outcome(job) == [("a.txt", "done", 1, 0), ("a.txt", "already", 0, 1)]


def test_texts_that_another_file_brought_are_left_out(
    hand: Hand, library: Library
) -> None:
    job = finished(hand(("a.jsonl", lines(3)), ("b.jsonl", lines(5))))
    assert outcome(job) == [("a.jsonl", "done", 3, 0), ("b.jsonl", "done", 2, 3)]
    orders = library.sources.get(name="b.jsonl").passages.order_by("source_order")
    assert list(orders.values_list("source_order", flat=True)) == [3, 4]


def test_a_file_comes_back_when_all_its_passages_were_archived(
    hand: Hand, library: Library
) -> None:
    finished(hand(("a.jsonl", lines(2))))
    for passage in library.passages.all():
        passage.archive()
    again = finished(hand(("a.jsonl", lines(2))))
    assert outcome(again) == [("a.jsonl", "done", 2, 0)]
    assert library.passages.current().count() == 2
    assert library.sources.count() == 1


def test_other_libraries_do_not_matter(hand: Hand, alice: User) -> None:
    finished(hand(("a.jsonl", lines(2))))
    other = make_library("Other", owner=alice)
    assert outcome(finished(hand(("a.jsonl", lines(2)), to=other))) == [
        ("a.jsonl", "done", 2, 0)
    ]


# -- refused -----------------------------------------------------------------------


def test_one_broken_file_never_stops_the_others(hand: Hand, library: Library) -> None:
    job = finished(
        hand(
            ("a.odt", "x"),
            ("broken.jsonl", lines(2) + "{"),
            ("empty.txt", ""),
            ("liar.pdf", "no pdf"),
            ("good.txt", "Salt."),
        )
    )
    assert job.status == "done"
    states = [(name, status) for name, status, *_ in outcome(job)]
    assert states == [
        ("a.odt", "failed"),
        ("broken.jsonl", "failed"),
        ("empty.txt", "failed"),
        ("liar.pdf", "failed"),
        ("good.txt", "done"),
    ]
    assert all(file.message for file in job.files.filter(status="failed"))
    # Nothing of a file that broke before anything of it was saved.
    assert library.passages.count() == 1
    assert library.sources.count() == 1


def test_what_was_saved_before_a_fault_is_told(hand: Hand, library: Library) -> None:
    job = finished(hand(("long.jsonl", lines(350) + "{")))
    file = job.files.get()
    assert (file.status, file.added) == ("failed", 350)
    assert file.message.startswith("Line 351 cannot be read")
    assert file.message.endswith("The 350 passages before that are in the library.")
    # Repaired, it goes on from there.
    again = finished(hand(("long.jsonl", lines(360))))
    assert outcome(again) == [("long.jsonl", "done", 10, 350)]


def test_a_fault_of_a_format_is_logged_and_told(
    hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    with patch("answers.importing.read", side_effect=ZeroDivisionError):
        job = finished(hand(("a.txt", "Salt.")))
    assert "a fault of this program" in job.files.get().message
    assert "ZeroDivisionError" in caplog.text


def test_a_file_that_is_gone_says_so(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."), ("b.txt", "Tea."))
    (imports.folder_of(job) / "1").unlink()
    finished(job)
    assert job.files.get(name="a.txt").message == "It is not there any more."
    assert job.files.get(name="b.txt").status == "done"


def test_refused_uploads_are_rows_like_others(library: Library, alice: User) -> None:
    job = imports.start(library, [Handed("big.txt", None, 5, "Too long.")], by=alice)
    finished(job)
    assert outcome(job) == [("big.txt", "failed", 0, 0)]
    assert job.files.get().message == "Too long."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.txt", "a b.txt"),
        ("\x1b[2Ja.txt", "[2Ja.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("ملف.txt", "ملف.txt"),
        ("🍞 bread.txt", "🍞 bread.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("", "(no name)"),
        ("\ud800.txt", ".txt"),
    ],
)
def test_names_are_made_fit_to_be_seen(name: str, shown: str) -> None:
    assert imports.safe_name(name) == shown


def test_a_long_name_keeps_what_says_its_format() -> None:
    name = imports.safe_name("a" * 400 + ".txt")
    assert len(name) == 255
    assert name.endswith("a.txt")


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


# -- cancelled, left, taken up -----------------------------------------------------


def test_cancelling_an_import_that_waits_ends_it_at_once(hand: Hand) -> None:
    job = hand(("a.txt", "Salt."))
    imports.cancel(job)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert job.finished_at
    assert outcome(job) == [("a.txt", "cancelled", 0, 0)]


def test_cancelling_takes_effect_after_the_batch(hand: Hand, library: Library) -> None:
    job = hand(("a.jsonl", lines(1000)), ("b.txt", "Salt."))
    imports.run(job.pk, told=imports.cancel)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert outcome(job) == [
        ("a.jsonl", "cancelled", 100, 0),
        ("b.txt", "cancelled", 0, 0),
    ]
    assert library.passages.count() == 100
    # And what was left out comes with the next import of the file.
    again = finished(hand(("a.jsonl", lines(1000))))
    assert outcome(again) == [("a.jsonl", "done", 900, 100)]


def test_a_deleted_library_ends_its_import(hand: Hand, library: Library) -> None:
    job = hand(("a.jsonl", lines(500)))
    pk = job.pk
    assert imports.run(pk, told=lambda job: Library.objects.all().delete() and None)
    assert not Import.objects.filter(pk=pk).exists()
    assert not Passage.objects.exists()


@pytest.mark.parametrize("how", ["member", "inactive", "deleted"])
def test_who_may_not_add_any_more_is_stopped(
    hand: Hand, library: Library, alice: User, how: str
) -> None:
    def lose(job: Import) -> None:
        if how == "member":
            library.memberships.all().delete()
        elif how == "inactive":
            User.objects.filter(pk=alice.pk).update(is_active=False)
        else:
            Passage.objects.update(created_by=None)
            Import.objects.update(started_by=None)

    job = hand(("a.jsonl", lines(500)))
    imports.run(job.pk, told=lose)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert job.message.startswith("It stopped because you may not add")
    assert library.passages.count() == 100


def test_a_pause_leaves_the_rest_for_later(hand: Hand, library: Library) -> None:
    job = hand(("a.jsonl", lines(500)), ("b.txt", "Salt."))
    assert not imports.run(job.pk, stopping=lambda: library.passages.count() >= 200)
    job.refresh_from_db()
    assert (job.status, job.finished_at) == ("waiting", None)

    finished(job)
    assert outcome(job) == [("a.jsonl", "done", 500, 0), ("b.txt", "done", 1, 0)]


class Killed(BaseException):
    """Stands for the death of the process: nothing may catch it."""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_an_import_that_died_goes_on_and_doubles_nothing(
    hand: Hand, library: Library, tmp_path: Path, at: int
) -> None:
    data = zipped(
        tmp_path / "a.zip", {"x.jsonl": lines(300), "y.jsonl": lines(300, 300)}
    )
    job = hand(("a.zip", data), ("b.txt", "Salt."))
    saves = 0

    def die(job: Import) -> None:
        nonlocal saves
        saves += 1
        if saves == at:
            raise Killed

    with pytest.raises(Killed):
        imports.run(job.pk, told=die)
    finished(job)

    assert outcome(job) == [
        ("a.zip", "done", 0, 0),
        ("b.txt", "done", 1, 0),
        ("x.jsonl", "done", 300, 0),
        ("y.jsonl", "done", 300, 0),
    ]
    for name, start in (("x.jsonl", 0), ("y.jsonl", 300)):
        saved = library.sources.get(name=name).passages.order_by("source_order")
        assert [(p.source_order, p.title) for p in saved] == [
            (n, f"No. {start + n}") for n in range(300)
        ]


def test_a_file_that_kills_its_reader_is_given_up(hand: Hand) -> None:
    job = hand(("deadly.txt", "x"), ("b.txt", "Salt."))
    for _ in range(holding.DEATHS):
        with (
            patch("answers.importing.read", side_effect=Killed),
            pytest.raises(Killed),
        ):
            imports.run(job.pk)
    finished(job)
    assert outcome(job)[1] == ("b.txt", "done", 1, 0)
    file = job.files.get(name="deadly.txt")
    assert (
        file.message == "Reading it has ended the program 3 times, so it was left out."
    )


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


# -- the task ----------------------------------------------------------------------


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


def queued() -> list[int]:
    """The imports whose tasks wait, by their keys."""
    rows = DBTaskResult.objects.ready().order_by("enqueued_at")
    return [row.args_kwargs["args"][0] for row in rows]


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


def test_an_import_whose_command_died_is_closed(
    library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Salt.")
    job = imports.start(library, [Handed("a.txt", file, 5)], from_terminal=True)
    tasks.recover()
    job.refresh_from_db()
    assert (job.status, job.message) == (
        "cancelled",
        "The command was interrupted. Run it again to go on.",
    )
    assert file.exists()
    assert queued() == []


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


# -- progress ----------------------------------------------------------------------


def test_progress_counts_files_and_passages(hand: Hand) -> None:
    job = hand(("a.jsonl", lines(250)), ("b.txt", "x" * 100), ("c.odt", "x"))
    seen: list[Progress] = []
    imports.run(job.pk, told=lambda job: seen.append(imports.progress(job)))
    assert (seen[0].added, seen[0].finished, seen[0].files) == (100, 0, 3)
    assert 20 < seen[0].percent < 60
    last = seen[-1]
    assert (last.added, last.finished, last.failed, last.percent) == (251, 3, 1, 100)


def test_an_import_of_nothing_is_complete(library: Library, alice: User) -> None:
    job = imports.start(library, [], by=alice)
    finished(job)
    assert (job.status, imports.progress(job).percent) == ("done", 100)


def test_telling_how_far_it_is_takes_one_query(
    hand: Hand, django_assert_num_queries: Callable[[int], object]
) -> None:
    job = finished(hand(("a.txt", "Salt.")))
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        imports.progress(job)


def test_ten_thousand_files_in_a_zip_are_each_told_of(
    hand: Hand, library: Library, tmp_path: Path
) -> None:
    """Names with newlines, right-to-left marks and emoji among them."""
    odd = {"a\nb.txt": "One.", "\u202egnp.txt": "Two.", "🍞.txt": "Three."}
    others = {f"{n}.odt": b"" for n in range(9_997)}
    job = finished(hand(("many.zip", zipped(tmp_path / "m.zip", odd | others))))
    counted = imports.progress(job)
    assert (counted.files, counted.added, counted.failed) == (10_000, 3, 9_997)
    names = set(job.files.filter(status="done").values_list("name", flat=True))
    assert names == {"many.zip", "a b.txt", "gnp.txt", "🍞.txt"}


# -- real processes ----------------------------------------------------------------


class Site:
    """A data folder of its own, with one library, and a worker for it."""

    SET_UP = (
        "from answers.models import *; from answers import imports, tasks; "
        "from answers.management import preparing; from pathlib import Path; "
        "preparing.write_ahead(); alice = User.objects.create(username='alice'); "
        "shelf = Library.create_for(alice, 'Bees'); "
        "tasks.enqueue(imports.start(shelf, [imports.Handed({name!r}, Path({path!r}), "
        "{size})], by=alice))"
    )

    def __init__(self, data: Path, file: Path) -> None:
        """Hand the file over; a worker will import it."""
        self.data = data
        self.environment = os.environ | {"QAWEB_DATA": str(data)}
        self.run("migrate", "--verbosity", "0")
        upload = data / "uploads" / "a.part"
        upload.write_bytes(file.read_bytes())
        code = self.SET_UP.format(
            name=file.name, path=str(upload), size=file.stat().st_size
        )
        self.run("shell", "--verbosity", "0", "--command", code)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> None:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said

    def rows(self, query: str) -> list[tuple[object, ...]]:
        address = f"file:{self.data / 'qaweb.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as database:
            return database.execute(query).fetchall()

    @property
    def passages(self) -> int:
        return cast(int, self.rows("SELECT count(*) FROM answers_passage")[0][0])

    @property
    def is_finished(self) -> bool:
        query = "SELECT count(*) FROM answers_import WHERE finished_at IS NULL"
        return self.rows(query) == [(0,)]

    def shelf(self) -> list[tuple[object, ...]]:
        """All that an import leaves, but for keys and times."""
        passages = (
            "SELECT source_order, text_sha256, title, s.name FROM answers_passage p "
            "JOIN answers_source s ON s.id = p.source_id ORDER BY s.name, source_order"
        )
        files = "SELECT name, status, added, already, message FROM answers_importfile"
        words = (  # what the full-text index holds
            "SELECT count(*) FROM passage_words WHERE passage_words MATCH 'bees'"
        )
        return [*self.rows(passages), *self.rows(files), *self.rows(words)]


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not true():
        assert time.monotonic() < until, "it took too long"
        threading.Event().wait(0.02)


def test_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """kill -9 in mid-import, twice, then a last worker: the same shelf as without."""
    file = tmp_path / "many.jsonl"
    file.write_text(lines(3000), encoding="utf-8")
    calm, torn = Site(tmp_path / "calm", file), Site(tmp_path / "torn", file)
    for least in (200, 800):
        worker = torn.start("run_tasks", "--with-parent")
        wait_for(lambda: torn.passages >= least)  # noqa: B023  it is over in this turn
        worker.kill()
        worker.communicate()
        assert least <= torn.passages < 3000, "the file was too short for this test"
    for site in (calm, torn):
        worker = site.start("run_tasks", "--with-parent")
        wait_for(lambda: site.is_finished)  # noqa: B023
        worker.communicate()  # closes its standard input, upon which it ends
        assert worker.returncode == 0
        assert not list((site.data / "uploads").iterdir())
    assert torn.passages == 3000
    assert torn.shelf() == calm.shelf()
