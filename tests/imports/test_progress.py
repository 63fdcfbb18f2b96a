"""How far an import is: files and passages, counted as they come."""

from collections.abc import Callable

from answers import imports
from answers.imports.progress import Progress
from answers.models import Library, User
from tests.imports.handed import Hand, finished, lines


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
