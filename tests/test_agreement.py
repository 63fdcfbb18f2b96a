"""How far two agree: kappa against values worked out by hand, and who is compared."""

import pytest

from answers.models import Library, ReviewItem, User
from answers.reviewing import give, want_second
from answers.reviewing.agreement import compare
from answers.reviewing.agreement_figures import Pair, agreement_of, kappa
from answers.reviewing.judging import Correction
from tests.factories import make_answered, make_member, make_passage, make_user


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Cohen (1960) and every textbook: 20 and 15 equal of 50; 0.7 seen, 0.5 by
        # chance: (0.7 - 0.5) / (1 - 0.5).
        ({("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15}, 0.4),
        # 45 + 15 equal of 100; by chance 0.6 * 0.7 + 0.4 * 0.3 = 0.54.
        (
            {("a", "a"): 45, ("a", "b"): 15, ("b", "a"): 25, ("b", "b"): 15},
            0.06 / 0.46,
        ),
        # 25 + 35 equal of 100; by chance 0.3 * 0.6 + 0.7 * 0.4 = 0.46.
        (
            {("a", "a"): 25, ("a", "b"): 5, ("b", "a"): 35, ("b", "b"): 35},
            0.14 / 0.54,
        ),
        # Three verdicts: 9 of 12 equal; by chance (4*5 + 4*4 + 4*3) / 144 = 1/3.
        (
            {
                ("a", "a"): 4,
                ("b", "b"): 3,
                ("b", "a"): 1,
                ("c", "c"): 2,
                ("c", "b"): 1,
                ("c", "a"): 0,
                ("c", "c2"): 0,
                ("d", "d"): 0,
                ("c", "d"): 1,
            },
            (9 / 12 - 44 / 144) / (1 - 44 / 144),
        ),
        ({("a", "a"): 3, ("b", "b"): 4}, 1.0),
        ({("a", "b"): 5, ("b", "a"): 5}, -1.0),
        ({("a", "b"): 5}, 0.0),  # no chance, and no agreement
        ({("a", "a"): 9}, None),  # nothing but chance
        ({}, None),
    ],
)
def test_kappa_is_what_it_is_by_hand(
    table: dict[tuple[str, str], int], expected: float | None
) -> None:
    found = kappa(table)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_figures_of_some_pairs() -> None:
    pairs = [
        Pair(1, ("right", "right"), 1.0),
        Pair(2, ("right", "wrong"), None),
        Pair(2, ("wrong", "wrong"), 0.5),
    ]
    figures = agreement_of(pairs)
    assert (figures.items, figures.pairs, figures.equal) == (2, 3, 2)
    assert figures.observed == pytest.approx(2 / 3)
    assert (figures.f1, figures.with_spans) == (0.75, 2)
    assert figures.kappa == pytest.approx((6 - 4) / (9 - 4))
    assert figures.rows(["right", "wrong"]) == [("right", [1, 1]), ("wrong", [0, 1])]
    none = agreement_of([])
    assert (none.observed, none.kappa, none.f1) == (0.0, None, None)


# -- which reviews are compared ------------------------------------------------------


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", is_staff=True)


def made(user: User, library: Library) -> ReviewItem:
    passage = library.passages.first() or make_passage(library)
    item = make_answered(user, library, passage).question.review_item
    want_second(item, by=user)
    return item


def test_reviews_of_the_same_item_are_compared(
    alice: User, rita: User, ben: User, public_library: Library
) -> None:
    for verdicts in (("right", "right"), ("right", "wrong"), ("wrong", "wrong")):
        item = made(alice, public_library)
        give(item, verdicts[0], by=rita)
        give(item, verdicts[1], by=ben)
    once = made(alice, public_library)
    give(once, "right", by=rita)
    found = compare(rita)
    assert found.everyone.table == {
        ("right", "right"): 1,
        ("right", "wrong"): 1,
        ("wrong", "wrong"): 1,
    }
    assert found.everyone.f1 == 1.0
    (names, figures), *others = found.people
    assert (names, others) == (("ben", "rita"), [])
    assert figures.table[("wrong", "right")] == 1  # ben's word first
    assert [title for title, _ in found.libraries] == ["Open shelf"]


def test_spans_are_compared_as_text(
    alice: User, rita: User, ben: User, public_library: Library
) -> None:
    item = made(alice, public_library)
    key = item.passage_id
    assert key is not None
    give(item, "wrong_span", by=rita, spans=[Correction(key, 0, 13)])  # Tea should be
    give(item, "wrong_span", by=ben, spans=[Correction(key, 4, 13)])  # should be
    # Of 2 and 3 words 2 are the same: 2 * 2 / (2 + 3).
    assert compare(rita).everyone.f1 == pytest.approx(0.8)


def test_who_decides_a_conflict_is_not_counted_nor_what_was_withdrawn(
    alice: User, rita: User, ben: User, public_library: Library
) -> None:
    from answers.reviewing import withdraw

    item = made(alice, public_library)
    give(item, "right", by=rita)
    give(item, "wrong", by=ben)
    give(item, "wrong", by=make_user("cleo", is_staff=True))
    assert compare(rita).everyone.table == {("right", "wrong"): 1}
    withdraw(item, by=ben)
    assert compare(rita).everyone.pairs == 0


def test_libraries_of_others_do_not_show(
    alice: User, rita: User, mallory: User, library: Library
) -> None:
    make_member(library, mallory, "reviewer")
    item = made(alice, library)
    give(item, "right", by=alice)
    give(item, "right", by=mallory)
    assert compare(alice).everyone.pairs == 1
    assert compare(rita).everyone.pairs == 0


@pytest.mark.parametrize("latest", [1, 100])
def test_among_many_only_the_latest_are_looked_at(
    alice: User,
    rita: User,
    ben: User,
    public_library: Library,
    monkeypatch: pytest.MonkeyPatch,
    latest: int,
) -> None:
    items = [made(alice, public_library) for _ in range(3)]
    for item in items:
        give(item, "right", by=rita)
        give(item, "right", by=ben)
    monkeypatch.setattr("answers.reviewing.agreement.LATEST", latest)
    assert compare(rita).everyone.items == (1 if latest == 1 else 3)
    monkeypatch.setattr("answers.reviewing.agreement.MOST_ITEMS", 2)
    assert compare(rita).everyone.items == (1 if latest == 1 else 2)
