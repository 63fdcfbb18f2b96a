"""What is in the library already is not saved again, and comes back if archived."""

from unittest.mock import patch

import pytest

from answers.models import Library, User
from tests.factories import make_library
from tests.imports.handed import Hand, finished, lines, outcome


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
