"""Second and third reviews: asked for, given unseen, and then compared."""

import re
from html import unescape

import pytest
from django.test import Client

from answers.models import Review, ReviewItem, User
from answers.reviewing import give, want_second
from tests.admin.pages import Elements, get, screen_of
from tests.admin.screen.buttons import judged, said, send
from tests.conftest import signed_in
from tests.factories import TEA, make_review


@pytest.fixture
def disputed(item: ReviewItem, rita: User, ben: User) -> ReviewItem:
    """Ben and Rita differ."""
    want_second(item, by=rita)
    key = (22, 35)
    make_review(judged(item), "wrong_span", by=ben, spans=[key], note="Ben's secret")
    make_review(judged(item), "right", by=rita, note="Rita's note")
    item.refresh_from_db()
    return item


def test_a_second_review_is_asked_for(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    send(rita_client, item, verdict="right")
    response = send(rita_client, item, "second")
    assert "One more person will look at this." in said(response)
    assert list(ReviewItem.objects.waiting_for(ben)) == [item]


def test_asking_for_it_keeps_what_is_not_saved_yet(
    rita_client: Client, item: ReviewItem
) -> None:
    span = f"{judged(item).passage_id}:22:35"
    sent = {"verdict": "wrong_span", "note": "Longer.", "span": span}
    response = send(rita_client, item, "second", **sent)
    html = response.content.decode()
    assert 'value="wrong_span" data-verdict="2"' in html
    assert re.search(r'value="wrong_span"[^>]* checked>', html)
    assert f'name="span" value="{span}"' in html
    assert "Longer.</textarea>" in html
    assert not Review.objects.exists()
    item.refresh_from_db()
    assert (item.wanted, item.claimed_by) == (2, User.objects.get(username="rita"))


def test_the_third_sees_what_both_said(disputed: ReviewItem, cleo: User) -> None:
    html = unescape(get(signed_in(cleo), screen_of(disputed)))
    for shown in ("Ben's secret", "Rita's note", "What you say decides."):
        assert shown in html
    assert Elements(html).marks == ["or ", "three minu", "tes"]
    assert f"<li><bdi>{TEA[22:35]}</bdi></li>" in html
    response = send(signed_in(cleo), disputed, verdict="wrong", note="So it is.")
    assert response.status_code == 302
    disputed.refresh_from_db()
    assert (disputed.state, disputed.verdict) == ("reviewed", "wrong")
    assert Review.objects.get(reviewer=cleo).decides


def test_nobody_sees_what_another_said_before_saying_something(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=rita)
    make_review(judged(item), "wrong_span", by=ben, spans=[(22, 35)], note="Secret")
    html = get(rita_client, screen_of(item))
    assert "Secret" not in html
    assert "What others said" not in html
    assert Elements(html).marks == ["three minutes"]
    log = html[html.index("review-log") :]
    assert "ben" in log  # that he has reviewed it is no secret
    assert "wrong span" not in log[: log.index("</details>")]
    assert get(rita_client, screen_of(item)).count("Right passage, wrong span") == 1

    make_review(judged(item), "right", by=rita)
    html = get(rita_client, screen_of(item))
    assert "Secret" in html
    assert html.count("Right passage, wrong span") > 1


def test_no_second_review_is_asked_for_of_what_a_third_has_decided(
    rita_client: Client, disputed: ReviewItem, cleo: User
) -> None:
    button = 'name="action" value="second"'
    assert button in get(rita_client, screen_of(disputed))
    give(disputed, "wrong", by=cleo)
    assert button not in get(rita_client, screen_of(disputed))
    response = send(rita_client, disputed, "second")  # of a page that was open before
    assert said(response) == ["A third reviewer has decided this question."]
