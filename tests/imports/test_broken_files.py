"""A file that cannot be read says why, and stops no other."""

from unittest.mock import patch

import pytest

from answers import imports
from answers.imports import Handed
from answers.models import Library, User
from tests.imports.handed import Hand, finished, lines, outcome


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
