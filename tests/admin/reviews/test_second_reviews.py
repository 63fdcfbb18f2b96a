"""Second reviews are asked for from the list, of many items at once."""

from typing import Any

import pytest
from django.test import Client

from answers.admin import second
from answers.models import Library, ReviewEvent, ReviewItem, User
from answers.reviewing import claim, give, want_second
from tests.admin.pages import LIST
from tests.factories import make_answered, make_passage, make_user


def words(response: Any) -> str:
    return str(response.content.decode())


def test_second_reviews_are_asked_for_and_kept_in_the_log(
    rita: User, rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    items = [
        make_answered(alice, public_library, passage).question.review_item
        for _ in range(3)
    ]
    chosen = [item.pk for item in items[:2]]
    sent = {"action": "want_second", "_selected_action": chosen}
    response = rita_client.post(LIST, sent, follow=True)
    assert "2 questions wait for another review." in response.content.decode()
    wanted = ReviewItem.objects.filter(wanted=2).values_list("pk", flat=True)
    assert sorted(wanted) == chosen
    events = ReviewEvent.objects.filter(kind="second", actor_name="rita")
    assert set(events.values_list("item_id", flat=True)) == set(chosen)


def test_many_are_asked_for_in_turns(
    rita_client: Client,
    alice: User,
    public_library: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(second, "AT_ONCE", 3)
    passage = make_passage(public_library)
    items = [make_answered(alice, public_library, passage) for _ in range(7)]
    sent = {
        "action": "want_second",
        "_selected_action": [items[0].question.review_item.pk],
        "select_across": "1",
    }
    said = [words(rita_client.post(LIST, sent, follow=True)) for _ in range(4)]
    assert "3 questions wait for another review." in said[0]
    assert "4 are left, since at most 3 are asked for at once." in said[0]
    assert "3 questions wait for another review. For 3, it was asked" in said[1]
    assert "One is left" in said[1]
    assert "One question waits for another review. For 6, it was asked" in said[2]
    assert "left, since" not in said[2]
    assert "0 questions wait for another review. For 7, it was asked" in said[3]
    assert ReviewItem.objects.filter(wanted=2).count() == 7
    assert ReviewEvent.objects.filter(kind="second").count() == 7


def test_those_that_cannot_be_asked_for_keep_nobody_from_the_others(
    rita_client: Client,
    rita: User,
    ben: User,
    alice: User,
    public_library: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(second, "AT_ONCE", 1)
    monkeypatch.setattr(second, "NAMED", 1)
    passage = make_passage(public_library)
    first, *decided = [
        make_answered(alice, public_library, passage).question.review_item
        for _ in range(3)
    ]
    give(first, "right", by=ben)
    for item in decided:  # the newest: they come first
        want_second(item, by=ben)
        give(item, "right", by=ben)
        give(item, "wrong", by=rita)
        give(item, "unclear", by=make_user(f"third{item.pk}", is_superuser=True))
    chosen = [item.pk for item in (first, *decided)]
    sent = {"action": "want_second", "_selected_action": chosen}
    said = words(rita_client.post(f"{LIST}?state=reviewed", sent, follow=True))
    assert said.count("A third reviewer has decided this question:") == 1
    assert "One more was decided by a third reviewer." in said
    assert "One question waits for another review." in said
    assert "left, since" not in said


def test_what_another_has_taken_is_left_to_them(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    sent = {"action": "want_second", "_selected_action": [item.pk]}
    response = rita_client.post(LIST, sent, follow=True)
    assert "Another reviewer has taken" in response.content.decode()
    item.refresh_from_db()
    assert item.wanted == 1


def test_what_a_third_has_decided_is_left_out(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=ben)
    give(item, "right", by=ben)
    give(item, "wrong", by=rita)
    give(item, "unclear", by=make_user("cleo", is_staff=True))
    sent = {"action": "want_second", "_selected_action": [item.pk]}
    response = rita_client.post(f"{LIST}?state=reviewed", sent, follow=True)
    html = response.content.decode()
    assert (
        "A third reviewer has decided this question: "
        "<bdi>How long should tea be brewed?</bdi>" in html
    )
    assert "0 questions wait for another review." in html
    item.refresh_from_db()
    assert item.wanted == 2
