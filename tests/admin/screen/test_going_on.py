"""From one item of a queue to the next, back, and undoing what one said."""

import re

import pytest
from django.test import Client

from answers.models import Library, Review, ReviewItem, User
from tests.admin.pages import LIST, get, screen_of
from tests.admin.screen.buttons import goes_to, judged, said, send
from tests.factories import make_answered, make_library, make_passage, make_review


def test_the_next_item_of_the_same_queue_comes_after_it(
    rita_client: Client, rita: User, items: list[ReviewItem]
) -> None:
    query = "?order=newest&score_from=55"
    get(rita_client, screen_of(items[2], query))
    response = send(rita_client, items[2], query=query, verdict="right")
    assert goes_to(response) == screen_of(items[1], query)
    items[1].refresh_from_db()
    assert items[1].claimed_by == rita
    response = send(rita_client, items[1], query=query, verdict="right")
    assert goes_to(response) == f"{LIST}{query}"  # the third has another score
    assert "Nothing is left in this queue. Well done." in said(response)


def test_skipping_lets_the_item_go(
    rita_client: Client, ben: User, items: list[ReviewItem]
) -> None:
    get(rita_client, screen_of(items[0]))
    assert goes_to(send(rita_client, items[0], "next")) == screen_of(
        items[1], "?order=doubt"
    )
    assert items[0] in ReviewItem.objects.waiting_for(ben)
    assert not Review.objects.exists()


def test_one_goes_back_the_way_one_came_and_forward_again(
    rita_client: Client, items: list[ReviewItem]
) -> None:
    first, second, third = items
    query = "?order=doubt"
    get(rita_client, screen_of(first, query))
    send(rita_client, first, query=query, verdict="right")
    send(rita_client, second, "next", query)
    get(rita_client, screen_of(third, query))
    assert goes_to(send(rita_client, third, "previous", query)) == screen_of(
        second, query
    )
    assert goes_to(send(rita_client, second, "previous", query)) == screen_of(
        first, query
    )
    response = send(rita_client, first, "previous", query)
    assert goes_to(response) == screen_of(first, query)
    assert said(response)[-1] == "There is none before this one."
    assert goes_to(send(rita_client, first, "next", query)) == screen_of(second, query)
    response = send(rita_client, second, query=query, verdict="wrong")
    assert goes_to(response) == screen_of(third, query)


def test_the_way_leads_past_what_was_deleted_meanwhile(
    rita_client: Client, items: list[ReviewItem]
) -> None:
    first, second, third = items
    query = "?order=doubt"
    for item in items:
        get(rita_client, screen_of(item, query))
    second.question.conversation.delete()
    response = send(rita_client, third, "previous", query)
    assert goes_to(response) == screen_of(first, query)
    assert goes_to(send(rita_client, first, "next", query)) == screen_of(third, query)


def test_the_last_one_is_the_next_one_again(
    rita_client: Client, item: ReviewItem
) -> None:
    response = send(rita_client, item, "next")
    assert goes_to(response) == screen_of(item, "?order=doubt")
    assert "This is the last one in this queue." in said(response)


def test_undoing_takes_back_the_last_review_of_this_queue(
    rita_client: Client, rita: User, items: list[ReviewItem], item: ReviewItem
) -> None:
    make_review(judged(item), "right", by=rita)  # not in this queue
    query = "?order=newest"
    get(rita_client, screen_of(items[2], query))
    send(rita_client, items[2], query=query, verdict="right")
    send(rita_client, items[1], query=query, verdict="wrong")
    response = send(rita_client, items[0], "undo", query)
    assert goes_to(response) == screen_of(items[1], query)
    assert "Taken back: Wrong." in said(response)
    assert set(Review.objects.standing().values_list("item", flat=True)) == {
        items[2].pk,
        item.pk,
    }
    send(rita_client, items[1], "undo", query)
    response = send(rita_client, items[2], "undo", query)
    assert "There is nothing to undo." in said(response)
    assert Review.objects.standing().get().item == item


def test_what_one_may_not_review_any_more_is_not_undone(
    rita_client: Client, rita: User, alice: User, item: ReviewItem
) -> None:
    other = make_library("Other", owner=alice, is_public=True)
    answer = make_answered(alice, other, make_passage(other))
    lost = answer.question.review_item
    query = "?order=newest"
    get(rita_client, screen_of(item, query))
    send(rita_client, item, query=query, verdict="right")
    send(rita_client, lost, query=query, verdict="wrong")
    Library.objects.filter(pk=other.pk).update(is_public=False)
    response = send(rita_client, item, "undo", query)
    assert goes_to(response) == screen_of(item, query)
    assert "Taken back: Right." in said(response)
    assert Review.objects.standing().get().item == lost


def test_a_button_that_does_not_exist_is_refused(
    rita_client: Client, item: ReviewItem
) -> None:
    assert send(rita_client, item, "delete").status_code == 400


@pytest.mark.parametrize("action", ["give", "next", "second"])
def test_where_the_question_was_deleted_meanwhile_one_is_told_and_goes_on(
    rita_client: Client, items: list[ReviewItem], action: str
) -> None:
    query = "?order=newest&score_from=55"
    gone, other = items[2], items[1]
    shown = shown_in(get(rita_client, screen_of(gone, query)))
    gone.question.delete()
    sent = {"action": action, "verdict": "right", "shown": shown}
    response = rita_client.post(screen_of(gone, query), sent, follow=True)
    assert response.redirect_chain[-1][0] == screen_of(other, query)
    assert "This question was deleted meanwhile" in response.content.decode()


def test_what_was_never_on_ones_screen_is_not_found(
    rita_client: Client, items: list[ReviewItem], alice_client: Client
) -> None:
    shown = shown_in(get(rita_client, screen_of(items[0])))
    items[1].question.delete()
    for sent in ({}, {"shown": "x"}, {"shown": shown}):
        response = rita_client.post(screen_of(items[1]), {"action": "give", **sent})
        assert response.status_code == 404


def shown_in(html: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', html)
    assert found
    return found[1]
