"""Who may review what."""

import pytest

from answers import organising
from answers.models import Library, ReviewEvent, ReviewItem, User
from answers.reviewing import (
    MayNotReview,
    give,
    may_review,
    reviewers,
    want_second,
    withdraw,
)
from tests.factories import make_member
from tests.reviewing.items import best


def test_the_owner_of_a_library_may_review_it(private: ReviewItem, alice: User) -> None:
    assert give(private, "right", by=alice).reviewer == alice
    assert may_review(alice)


def test_the_group_of_reviewers_is_made_once(db: None) -> None:
    group = reviewers()
    assert reviewers() == group
    names = set(group.permissions.values_list("codename", flat=True))
    assert {"change_reviewitem", "view_reviewitem", "view_reviewevent"} <= names
    assert not any(name.startswith(("delete", "add")) for name in names)


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_other_members_may_not(private: ReviewItem, mallory: User, role: str) -> None:
    make_member(private.library, mallory, role)
    with pytest.raises(MayNotReview):
        give(private, "right", by=mallory)
    assert not may_review(mallory)


def test_staff_may_not_review_a_private_library(
    private: ReviewItem, rita: User
) -> None:
    for act in (
        lambda: give(private, "right", by=rita),
        lambda: withdraw(private, by=rita),
        lambda: want_second(private, by=rita),
    ):
        with pytest.raises(MayNotReview):
            act()
    assert not ReviewEvent.objects.exists()


def test_a_stranger_may_not_review_a_public_library(
    item: ReviewItem, mallory: User
) -> None:
    with pytest.raises(MayNotReview):
        give(item, "right", by=mallory)


def test_an_item_moves_with_its_passage(
    item: ReviewItem, rita: User, library: Library
) -> None:
    organising.move(item.library, [best(item).passage_id], library)
    with pytest.raises(MayNotReview):
        give(item, "right", by=rita)
    assert not ReviewItem.objects.visible_to(rita).exists()
