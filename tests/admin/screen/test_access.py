"""Who gets to the screen of an item."""

from django.test import Client

from answers.models import Library, Passage, Review, ReviewItem, User
from tests.admin.pages import screen_of
from tests.admin.screen.buttons import send
from tests.factories import make_answered, make_member, make_user


def test_an_item_of_a_private_library_is_not_there(
    rita_client: Client, rita: User, alice: User, library: Library, passage: Passage
) -> None:
    item = make_answered(alice, library, passage).question.review_item
    assert rita_client.get(screen_of(item)).status_code == 404
    for action in ("give", "next", "undo", "second", "select"):
        assert send(rita_client, item, action, verdict="right").status_code == 404
    make_member(library, rita, "reviewer")
    assert rita_client.get(screen_of(item)).status_code == 200


def test_staff_without_the_permission_get_nowhere(
    client: Client, item: ReviewItem
) -> None:
    client.force_login(make_user("guest", is_staff=True))
    assert client.get(screen_of(item)).status_code == 403
    assert send(client, item, verdict="right").status_code == 403
    assert not Review.objects.exists()


def test_a_visitor_is_sent_to_the_sign_in(client: Client, item: ReviewItem) -> None:
    response = client.get(screen_of(item), follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")
