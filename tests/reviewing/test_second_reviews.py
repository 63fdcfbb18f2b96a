"""Two reviewers of one item, a third where they differ, and who is chosen for it."""

from typing import Any

import pytest

from answers.models import Library, ReviewEvent, ReviewItem, User
from answers.reviewing import (
    Correction,
    Refused,
    enqueue,
    give,
    golds_of,
    want_second,
    withdraw,
)
from tests.factories import make_answer, make_conversation, make_passage, make_question
from tests.reviewing.items import best


def test_an_item_waits_for_as_many_reviews_as_it_wants(
    item: ReviewItem, rita: User, ben: User
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    item.refresh_from_db()
    assert item.state == "waiting"
    assert not ReviewItem.objects.waiting_for(rita).exists()
    assert list(ReviewItem.objects.waiting_for(ben)) == [item]
    give(item, "right", by=ben)
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("reviewed", "right")


def test_a_third_decides_where_two_differ(
    item: ReviewItem, rita: User, ben: User, cleo: User
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    give(item, "wrong", by=ben)
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("conflict", "")
    assert not ReviewItem.objects.in_conflict_for(ben).exists()
    assert list(ReviewItem.objects.in_conflict_for(cleo)) == [item]
    review = give(
        item, "wrong_span", by=cleo, spans=[Correction(best(item).passage_id, 0, 3)]
    )
    assert review.decides
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("reviewed", "wrong_span")
    assert [gold.text for gold in golds_of([item])[item.pk]] == ["Tea"]
    withdraw(item, by=cleo)
    item.refresh_from_db()
    assert item.state == "conflict"


def test_who_decided_and_withdrew_is_one_of_many_where_no_conflict_is_left(
    item: ReviewItem, rita: User, ben: User, cleo: User
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    give(item, "wrong", by=ben)
    assert give(item, "unclear", by=cleo).decides
    withdraw(item, by=cleo)
    give(item, "right", by=ben)
    review = give(item, "unclear", by=cleo)
    assert not review.decides
    item.refresh_from_db()
    assert item.state == "conflict"


def test_what_a_third_has_decided_waits_for_nobody_else(
    item: ReviewItem, rita: User, ben: User, cleo: User
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    give(item, "wrong", by=ben)
    give(item, "unclear", by=cleo)
    logged = ReviewEvent.objects.count()
    with pytest.raises(Refused, match="has decided"):
        want_second(item, by=rita)
    item.refresh_from_db()
    assert (item.state, item.wanted) == ("reviewed", 2)
    assert ReviewEvent.objects.count() == logged
    withdraw(item, by=cleo)
    want_second(item, by=rita)
    assert list(ReviewItem.objects.waiting_for(cleo)) == [item]


def test_a_reviewer_of_a_conflict_who_gives_in_ends_it(
    item: ReviewItem, rita: User, ben: User
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    give(item, "wrong", by=ben)
    review = give(item, "right", by=ben)
    assert not review.decides
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("reviewed", "right")


def test_equal_verdicts_with_spans_far_apart_are_a_conflict(
    item: ReviewItem, rita: User, ben: User
) -> None:
    want_second(item, by=rita)
    key = best(item).passage_id
    give(item, "wrong_span", by=rita, spans=[Correction(key, 0, 3)])
    give(item, "wrong_span", by=ben, spans=[Correction(key, 22, 35)])
    item.refresh_from_db()
    assert item.state == "conflict"


def test_spans_far_apart_are_a_conflict_beside_a_first_review_without_any(
    item: ReviewItem, rita: User, ben: User, cleo: User
) -> None:
    key = best(item).passage_id
    give(item, "wrong_span", by=rita)
    give(item, "wrong_span", by=ben, spans=[Correction(key, 0, 3)])
    give(item, "wrong_span", by=cleo, spans=[Correction(key, 22, 35)])
    item.refresh_from_db()
    assert item.state == "conflict"


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (100, 60, 60)])
def test_a_share_of_the_questions_wants_two_reviews(
    alice: User,
    public_library: Library,
    settings: Any,
    percent: int,
    least: int,
    most: int,
) -> None:
    settings.SECOND_REVIEWS = percent
    assert least <= wanting_two(alice, public_library) <= most


def test_the_share_is_chosen_by_chance(
    alice: User, public_library: Library, settings: Any
) -> None:
    settings.SECOND_REVIEWS = 50
    # Outside of this once in a billion runs.
    assert 7 <= wanting_two(alice, public_library) <= 53


def wanting_two(user: User, library: Library) -> int:
    """Of 60 questions, how many want two reviews."""
    conversation = make_conversation(user, library)
    passage = make_passage(library)
    wanted = []
    for _ in range(60):
        question = make_question(conversation, status="answered")
        item = enqueue(question, make_answer(question, passage), library.pk)
        wanted.append(item.wanted)
    assert set(wanted) <= {1, 2}
    return wanted.count(2)
