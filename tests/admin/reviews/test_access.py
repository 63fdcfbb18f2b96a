"""Who sees which items in the list, and that nobody adds or deletes any."""

import pytest
from django.test import Client

from answers.models import Library, Question, Review, ReviewEvent, ReviewItem, User
from answers.reviewing import give
from tests.admin.pages import LIST, QUEUE, Elements, get, screen_of
from tests.factories import make_answered, make_member, make_passage, make_user


@pytest.fixture
def private(alice: User, library: Library) -> ReviewItem:
    """An item of Alice's private library."""
    passage = make_passage(library, title="Alice's own passage")
    return make_answered(alice, library, passage).question.review_item


def test_its_owner_sees_that_library_and_no_other(
    mallory: User, mallory_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    make_member(private.library, mallory, "reviewer")
    html = get(mallory_client, LIST)
    assert "Alice&#x27;s own passage" in html
    assert "Open shelf" not in html
    assert Elements(get(mallory_client, LIST, q="tea")).marks == ["three minutes"]


def test_an_item_goes_with_its_question(
    admin_client: Client, rita: User, item: ReviewItem
) -> None:
    give(item, "right", by=rita)
    url = f"/admin/answers/question/{item.question_id}/delete/"
    admin_client.post(url, {"post": "yes"})
    assert not Question.objects.exists()
    assert not ReviewItem.objects.exists()
    assert not Review.objects.exists()
    assert ReviewEvent.objects.exists()


def test_a_private_library_is_none_of_a_staff_reviewers_business(
    rita_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    html = get(rita_client, LIST)
    assert "Alice&#x27;s own passage" not in html
    assert "Tea and bread" not in html  # nor is it a choice of the filter
    assert "Open shelf" in html
    assert rita_client.get(screen_of(private)).status_code == 404
    assert "Waiting: 1" in html
    found = get(rita_client, LIST, q="tea", library=private.library_id)
    assert "<mark>" not in found


def test_an_action_cannot_reach_a_private_library(
    rita_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    chosen = [private.pk, item.pk]
    rita_client.post(LIST, {"action": "want_second", "_selected_action": chosen})
    private.refresh_from_db()
    item.refresh_from_db()
    assert (private.wanted, item.wanted) == (1, 2)


@pytest.mark.parametrize("name", ["rita_client", "admin_client"])
def test_nobody_adds_items_or_deletes_them_here(
    request: pytest.FixtureRequest, name: str, item: ReviewItem
) -> None:
    client = request.getfixturevalue(name)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{item.pk}/delete/", {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [item.pk], "post": "yes"}
    client.post(LIST, sent)
    assert ReviewItem.objects.exists()
    html = get(client, LIST)
    assert "delete_selected" not in html
    assert "addlink" not in html


@pytest.mark.parametrize("name", ["mallory_client", "client"])
def test_who_reviews_nothing_does_not_get_in(
    request: pytest.FixtureRequest, name: str, item: ReviewItem
) -> None:
    client = request.getfixturevalue(name)
    for url in (LIST, QUEUE, screen_of(item), f"{LIST}agreement/"):
        assert client.get(url).status_code == 302
    item.refresh_from_db()
    assert item.claimed_by is None


def test_staff_without_the_permission_do_not_review(
    client: Client, db: None, item: ReviewItem
) -> None:
    client.force_login(make_user("guest", is_staff=True))
    for url in (LIST, QUEUE, screen_of(item), f"{LIST}agreement/"):
        assert client.get(url).status_code == 403
