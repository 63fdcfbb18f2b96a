"""Who opens an item takes it, and leaves to others what they have taken."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from answers.models import ReviewItem, User
from answers.reviewing import claim, give, want_second
from tests.admin.pages import Elements, get, screen_of


def test_opening_an_item_takes_it(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    get(rita_client, screen_of(item))
    item.refresh_from_db()
    assert item.claimed_by == rita


def test_a_claim_that_ended_is_taken_over(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    ReviewItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    get(rita_client, screen_of(item))
    item.refresh_from_db()
    assert item.claimed_by == rita


def test_who_looks_at_their_own_review_keeps_nobody_from_theirs(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    get(rita_client, screen_of(item))
    assert list(ReviewItem.objects.waiting_for(ben)) == [item]


def test_what_another_has_taken_can_only_be_read(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    html = get(rita_client, screen_of(item))
    assert "Another reviewer has taken this question." in html
    sending = [a for tag, a in Elements(html).tags if a.get("value") == "give"]
    assert sending
    assert all("disabled" in one for one in sending)
    item.refresh_from_db()
    assert item.claimed_by == ben
