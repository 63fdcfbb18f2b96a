"""An import that is cancelled, paused, or not allowed any more stops after a batch."""

import pytest

from answers import imports
from answers.models import Import, Library, Passage, User
from tests.imports.handed import Hand, finished, lines, outcome


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
