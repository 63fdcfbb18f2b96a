"""Who may give a verdict, and which answer waits next."""

import pytest

from answers.models import Library, Review, User
from answers.reviewing import (
    MayNotReview,
    give_verdict,
    give_verdicts,
    next_waiting,
    reviewers,
)
from tests.factories import make_answered, make_member, make_passage, make_user


@pytest.fixture
def review(alice: User, public_library: Library) -> Review:
    passage = make_passage(public_library)
    return make_answered(alice, public_library, passage).reviews.get()


@pytest.fixture
def private(alice: User, library: Library) -> Review:
    return make_answered(alice, library, make_passage(library)).reviews.get()


def test_a_verdict_says_who_and_when(review: Review, rita: User) -> None:
    give_verdict(review, "right", by=rita, note="Exactly.")
    assert (review.verdict, review.reviewer, review.note) == ("right", rita, "Exactly.")
    assert review.reviewed_at is not None


def test_a_second_verdict_keeps_the_note(review: Review, rita: User) -> None:
    give_verdict(review, "right", by=rita, note="Exactly.")
    give_verdict(review, "wrong", by=rita)
    assert (review.verdict, review.note) == ("wrong", "Exactly.")


def test_an_empty_verdict_puts_it_back(review: Review, rita: User) -> None:
    give_verdict(review, "wrong", by=rita)
    give_verdict(review, "", by=rita)
    assert list(Review.objects.waiting()) == [review]


def test_the_owner_of_a_library_may_review_it(private: Review, alice: User) -> None:
    give_verdict(private, "right", by=alice)
    assert private.reviewer == alice


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_other_members_may_not(private: Review, mallory: User, role: str) -> None:
    make_member(private.answer.passage.library, mallory, role)
    with pytest.raises(MayNotReview):
        give_verdict(private, "right", by=mallory)


def test_staff_may_not_review_a_private_library(private: Review, rita: User) -> None:
    with pytest.raises(MayNotReview):
        give_verdict(private, "right", by=rita)
    private.refresh_from_db()
    assert private.verdict == ""


def test_a_stranger_may_not_review_a_public_library(
    review: Review, mallory: User
) -> None:
    with pytest.raises(MayNotReview):
        give_verdict(review, "right", by=mallory)


def test_an_unknown_verdict_is_refused(review: Review, rita: User) -> None:
    with pytest.raises(ValueError, match="maybe"):
        give_verdict(review, "maybe", by=rita)


def test_of_several_all_or_none_get_the_verdict(
    review: Review, private: Review, rita: User
) -> None:
    with pytest.raises(MayNotReview):
        give_verdicts([review.pk, private.pk], "right", by=rita)
    assert Review.objects.waiting().count() == 2
    assert give_verdicts([review.pk], "right", by=rita) == 1


def test_the_next_one_is_older_then_any_that_waits(
    alice: User, rita: User, public_library: Library, private: Review
) -> None:
    passage = make_passage(public_library)
    first, second, third = (
        make_answered(alice, public_library, passage).reviews.get() for _ in range(3)
    )
    assert next_waiting(rita) == third
    assert next_waiting(rita, after=third) == second
    give_verdict(second, "right", by=rita)
    assert next_waiting(rita, after=third) == first
    assert next_waiting(rita, after=first) == third
    give_verdict(first, "right", by=rita)
    assert next_waiting(rita, after=third) is None


def test_the_group_of_reviewers_is_made_once(db: None) -> None:
    group = reviewers()
    assert reviewers() == group
    names = sorted(group.permissions.values_list("codename", flat=True))
    assert names == [
        "change_review",
        "view_answer",
        "view_library",
        "view_passage",
        "view_question",
        "view_review",
    ]


def test_a_person_who_reviews_nothing_has_nothing_waiting(
    review: Review, db: None
) -> None:
    assert next_waiting(make_user("nobody")) is None
