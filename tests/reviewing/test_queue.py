"""Whose an item is for a while, and which comes next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from answers.models import Library, ReviewItem, User
from answers.reviewing import Claimed, Order, claim, give, release, take_next
from tests.factories import make_answered, make_passage
from tests.reviewing.items import best


def test_an_item_is_one_reviewers_at_a_time(
    item: ReviewItem, rita: User, ben: User
) -> None:
    waiting = ReviewItem.objects.waiting_for
    assert take_next(waiting(rita), Order.DOUBT, by=rita) == item
    assert take_next(waiting(ben), Order.DOUBT, by=ben) is None
    with pytest.raises(Claimed):
        claim(item, by=ben)
    with pytest.raises(Claimed):
        give(item, "right", by=ben)
    release(item, by=ben)  # not his
    assert take_next(waiting(ben), Order.DOUBT, by=ben) is None
    release(item, by=rita)
    assert take_next(waiting(ben), Order.DOUBT, by=ben) == item


def test_a_claim_ends_by_itself(item: ReviewItem, rita: User, ben: User) -> None:
    claim(item, by=rita)
    ReviewItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    claim(item, by=ben)
    with pytest.raises(Claimed):
        claim(item, by=rita)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("doubt", [1, 2, 0]),
        ("dispute", [2, 1, 0]),
        ("newest", [2, 1, 0]),
        ("random", [0, 2, 1]),
    ],
)
def test_the_queue_has_four_orders(
    alice: User, rita: User, public_library: Library, order: str, expected: list[int]
) -> None:
    passage = make_passage(public_library)
    items = []
    for score, lot in ((0.99, 1), (0.52, 9), (0.7, 5)):
        answer = make_answered(alice, public_library, passage, score=score)
        items.append(answer.question.review_item)
        ReviewItem.objects.filter(pk=items[-1].pk).update(lot=lot)
    best(items[2]).feedback.create(user=alice, helpful=False)
    found = []
    after = None
    for _ in range(3):
        waiting = ReviewItem.objects.waiting_for(rita)
        item = take_next(waiting, Order(order), by=rita, after=after)
        assert item is not None
        give(item, "right", by=rita)
        found.append(items.index(item))
        after = item.pk
    assert found == expected


def test_feedback_is_counted_and_taken_back(item: ReviewItem, alice: User) -> None:
    said = best(item).feedback.create(user=alice, helpful=False)
    item.refresh_from_db()
    assert item.unhelpful == 1
    said.delete()
    item.refresh_from_db()
    assert item.unhelpful == 0
