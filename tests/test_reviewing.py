"""Who may review, what a review does to its item, and that the log keeps it all."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from answers import organising
from answers.models import Answer, Library, Review, ReviewEvent, ReviewItem, User
from answers.reviewing import (
    Claimed,
    Correction,
    MayNotReview,
    Order,
    Refused,
    claim,
    enqueue,
    give,
    golds_of,
    may_review,
    release,
    reviewers,
    take_next,
    want_second,
    withdraw,
)
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_member,
    make_passage,
    make_question,
    make_user,
)


@pytest.fixture
def item(alice: User, public_library: Library) -> ReviewItem:
    passage = make_passage(public_library)
    return make_answered(alice, public_library, passage).question.review_item


@pytest.fixture
def private(alice: User, library: Library) -> ReviewItem:
    return make_answered(alice, library, make_passage(library)).question.review_item


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", is_staff=True)


@pytest.fixture
def cleo(db: None) -> User:
    return make_user("cleo", is_staff=True)


def best(item: ReviewItem) -> Answer:
    assert item.answer is not None
    return item.answer


# -- what a review does --------------------------------------------------------------


def test_a_review_says_who_what_and_when(item: ReviewItem, rita: User) -> None:
    review = give(item, "right", by=rita, note="Exactly.", seconds=4)
    assert (review.reviewer, review.note, review.seconds) == (rita, "Exactly.", 4)
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("reviewed", "right")
    assert item.settled_at is not None


def test_a_right_answer_is_its_own_gold(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    gold = golds_of([item])[item.pk]
    assert [(one.start, one.text, one.reviewer) for one in gold] == [
        (best(item).start, "three minutes", "rita")
    ]


def test_a_wrong_span_is_corrected_by_several(item: ReviewItem, rita: User) -> None:
    passage = best(item).passage
    spans = [Correction(passage.pk, 0, 3), Correction(passage.pk, 22, 25)]
    give(item, "wrong_span", by=rita, spans=[*spans, spans[0]])
    golds = golds_of([item])[item.pk]
    assert [gold.text for gold in golds] == [passage.text[:3], passage.text[22:25]]


@pytest.mark.parametrize("span", [(-1, 2), (3, 3), (0, 10_000), (4, 2)])
def test_a_span_outside_of_its_passage_is_refused(
    item: ReviewItem, rita: User, span: tuple[int, int]
) -> None:
    with pytest.raises(Refused, match="does not stand"):
        give(
            item,
            "wrong_span",
            by=rita,
            spans=[Correction(best(item).passage_id, *span)],
        )
    assert not Review.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_a_span_of_any_other_passage_is_refused(
    item: ReviewItem, private: ReviewItem, rita: User
) -> None:
    with pytest.raises(Refused, match="none of this question's"):
        give(item, "wrong", by=rita, spans=[Correction(best(private).passage_id, 0, 3)])


def test_what_is_wrong_may_be_right_in_another_passage_that_was_read(
    item: ReviewItem, rita: User, public_library: Library
) -> None:
    other = make_passage(public_library, "Bread takes an hour.", title="Bread")
    make_answer(item.question, other, "an hour", rank=2)
    with pytest.raises(Refused, match="same passage"):
        give(item, "wrong_span", by=rita, spans=[Correction(other.pk, 12, 19)])
    give(item, "wrong", by=rita, spans=[Correction(other.pk, 12, 19)])
    assert [gold.text for gold in golds_of([item])[item.pk]] == ["an hour"]


@pytest.mark.parametrize("verdict", ["no_answer", "unclear"])
def test_where_nothing_is_right_nothing_can_be_marked(
    item: ReviewItem, rita: User, verdict: str
) -> None:
    spans = [Correction(best(item).passage_id, 0, 3)]
    with pytest.raises(Refused, match="no correct span"):
        give(item, verdict, by=rita, spans=spans)
    give(item, verdict, by=rita)
    assert golds_of([item]) == {}


def test_an_unknown_verdict_is_refused(item: ReviewItem, rita: User) -> None:
    with pytest.raises(Refused, match="maybe"):
        give(item, "maybe", by=rita)


def test_withdrawing_puts_the_item_back(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    withdraw(item, by=rita)
    item.refresh_from_db()
    assert (item.state, item.verdict, item.settled_at) == ("waiting", "", None)
    assert golds_of([item]) == {}
    with pytest.raises(Refused, match="not reviewed"):
        withdraw(item, by=rita)
    give(item, "wrong", by=rita)
    item.refresh_from_db()
    assert item.verdict == "wrong"


# -- two reviewers -------------------------------------------------------------------


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


# -- rights --------------------------------------------------------------------------


def test_the_owner_of_a_library_may_review_it(private: ReviewItem, alice: User) -> None:
    assert give(private, "right", by=alice).reviewer == alice
    assert may_review(alice)


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


def test_the_group_of_reviewers_is_made_once(db: None) -> None:
    group = reviewers()
    assert reviewers() == group
    names = set(group.permissions.values_list("codename", flat=True))
    assert {"change_reviewitem", "view_reviewitem", "view_reviewevent"} <= names
    assert not any(name.startswith(("delete", "add")) for name in names)


# -- the queue -----------------------------------------------------------------------


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


# -- the log -------------------------------------------------------------------------


def test_the_log_keeps_the_old_and_the_new(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    give(item, "wrong", by=rita, note="No.")
    withdraw(item, by=rita)
    events = list(ReviewEvent.objects.order_by("pk"))
    assert [event.kind for event in events] == ["reviewed", "changed", "withdrawn"]
    old, new = events[1].old, events[1].new
    assert old is not None
    assert new is not None
    assert old["verdict"] == "right"
    assert old["spans"][0]["text"] == "three minutes"
    assert (new["verdict"], new["note"]) == ("wrong", "No.")
    assert {event.actor_name for event in events} == {"rita"}


def test_the_log_outlasts_what_it_tells_of(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    item.question.conversation.delete()
    assert ReviewEvent.objects.get().old is None


def test_nobody_edits_the_log(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    with pytest.raises(DatabaseError, match="never changed"):
        ReviewEvent.objects.update(actor_name="mallory")


def test_nobody_deletes_the_log(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    with pytest.raises(DatabaseError, match="never deleted"):
        ReviewEvent.objects.all().delete()


def test_a_stranger_sees_nothing_of_the_log(
    item: ReviewItem, private: ReviewItem, rita: User, alice: User
) -> None:
    give(item, "right", by=rita)
    give(private, "right", by=alice)
    mine = ReviewEvent.objects.visible_to(rita)
    assert [event.item_id for event in mine] == [item.pk]


# -- second reviews ------------------------------------------------------------------


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
