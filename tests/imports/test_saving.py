"""What an import saves, and what it tells of each file."""

from pathlib import Path
from unittest.mock import patch

import pytest
from django.utils import translation

from answers import imports
from answers.models import Library, User
from tests.imports.handed import Hand, finished, lines, outcome, zipped


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
