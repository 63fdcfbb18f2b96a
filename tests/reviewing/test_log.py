"""The log keeps all that was said, and nobody changes it."""

import pytest
from django.db import DatabaseError

from answers.models import ReviewEvent, ReviewItem, User
from answers.reviewing import give, withdraw


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
