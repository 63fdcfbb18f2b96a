"""A process that dies in the middle of an import loses and doubles nothing."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
from django.conf import settings

from answers import imports
from answers.imports import holding
from answers.models import Import, Library
from tests.imports.handed import Hand, finished, lines, outcome, zipped


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
