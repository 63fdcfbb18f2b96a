"""The way from the list to the screen of an item."""

import pytest
from django.test import Client

from answers.models import Library, ReviewItem, User
from answers.reviewing import give, want_second
from tests.admin.pages import LIST, QUEUE, Elements, get, screen_of
from tests.conftest import signed_in
from tests.factories import make_answered, make_passage, make_user


@pytest.fixture
def other(alice: User, public_library: Library) -> ReviewItem:
    """Of a question about something else."""
    bread = make_passage(public_library, "Bread needs salt.", title="Bread")
    return make_answered(
        alice, public_library, bread, question="What needs salt?", quote="salt"
    ).question.review_item


def test_reviewing_starts_in_four_orders_with_the_filters_of_the_list(
    rita_client: Client, item: ReviewItem
) -> None:
    links = Elements(get(rita_client, LIST, library=item.library_id)).links()
    starts = [link for link in links if link.startswith(QUEUE)]
    assert starts == [
        f"{QUEUE}?order={order}&library={item.library_id}"
        for order in ("doubt", "dispute", "newest", "random")
    ]
    response = rita_client.get(starts[0])
    assert response.headers["Location"] == (
        f"{screen_of(item)}?order=doubt&library={item.library_id}"
    )


NARROWED = {"q": "tea", "status": "answered", "helpful": "none", "score_to": "90"}
KEPT = "q=tea&helpful=none&status=answered&score_to=90"


def test_reviewing_goes_through_what_was_searched_and_filtered(
    rita_client: Client, item: ReviewItem, other: ReviewItem
) -> None:
    links = Elements(get(rita_client, LIST, **NARROWED)).links()
    assert f"{QUEUE}?order=doubt&{KEPT}" in links
    response = rita_client.get(f"{QUEUE}?order=doubt&{KEPT}")
    here = f"{screen_of(item)}?order=doubt&{KEPT}"
    assert response.headers["Location"] == here
    response = rita_client.post(here, {"action": "give", "verdict": "right"})
    assert response.headers["Location"] == f"{LIST}?order=doubt&{KEPT}"
    other.refresh_from_db()
    assert other.claimed_by is None


def test_an_item_that_is_opened_from_the_list_leads_back_to_what_was_listed(
    rita: User, rita_client: Client, item: ReviewItem
) -> None:
    links = Elements(get(rita_client, LIST, order="dispute", **NARROWED)).links()
    there = f"{screen_of(item)}?order=dispute&{KEPT}"
    assert there in links
    assert f"{LIST}?order=dispute&{KEPT}" in Elements(get(rita_client, there)).links()
    give(item, "right", by=rita)
    reviewed = {"state": "reviewed", "verdict": "right"}
    links = Elements(get(rita_client, LIST, **reviewed)).links()
    there = f"{screen_of(item)}?order=newest&state=reviewed&verdict=right"
    assert there in links
    back = f"{LIST}?order=newest&state=reviewed&verdict=right"
    assert back in Elements(get(rita_client, there)).links()


def test_starting_takes_the_item(
    rita: User, rita_client: Client, ben: User, item: ReviewItem
) -> None:
    rita_client.get(QUEUE)
    item.refresh_from_db()
    assert item.claimed_by == rita
    other = signed_in(ben)
    ben.groups.set(rita.groups.all())
    response = other.get(f"{QUEUE}?order=newest", follow=True)
    assert response.redirect_chain == [(f"{LIST}?order=newest", 302)]
    assert "Nothing is left to review in this queue." in response.content.decode()


def test_conflicts_are_resolved_where_there_are_some(
    rita: User, rita_client: Client, ben: User, item: ReviewItem
) -> None:
    assert "Resolve conflicts" not in get(rita_client, LIST)
    want_second(item, by=ben)
    give(item, "right", by=ben)
    give(item, "wrong", by=make_user("cleo", is_staff=True))
    html = get(rita_client, LIST)
    assert "Resolve conflicts" in html
    assert "In conflict: 1" in html
    response = rita_client.get(f"{QUEUE}?order=newest&state=conflict")
    assert response.headers["Location"].startswith(screen_of(item))


def test_the_page_of_an_item_is_its_screen_and_its_history_the_log(
    rita_client: Client, item: ReviewItem
) -> None:
    response = rita_client.get(f"{LIST}{item.pk}/change/")
    assert response.headers["Location"] == screen_of(item)
    response = rita_client.get(f"{LIST}{item.pk}/history/")
    assert response.headers["Location"].endswith(f"reviewevent/?item={item.pk}")
