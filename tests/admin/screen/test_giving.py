"""A verdict with its note, spans and time is saved, changed, or comes back as typed."""

import re
import time
from html import unescape

import pytest
from django.test import Client

from answers.admin.judgement import LONGEST_LOOK, SIGNER
from answers.models import CorrectSpan, Review, ReviewItem, User
from answers.reviewing import claim
from tests.admin.pages import LIST, Elements, get, screen_of
from tests.admin.screen.buttons import goes_to, judged, send
from tests.factories import TEA, make_review


@pytest.mark.parametrize(
    "verdict", ["right", "wrong_span", "wrong", "no_answer", "unclear"]
)
def test_a_verdict_is_saved(
    rita_client: Client, rita: User, item: ReviewItem, verdict: str
) -> None:
    response = send(rita_client, item, verdict=verdict, note="Yes.\r\nReally.")
    assert goes_to(response) == f"{LIST}?order=doubt"
    review = Review.objects.get()
    assert (review.reviewer, review.verdict) == (rita, verdict)
    assert review.note == "Yes.\nReally."


def test_a_note_may_have_as_many_lines_as_the_browser_lets_it(
    rita_client: Client, item: ReviewItem
) -> None:
    note = "\n".join(["n" * 99] * 20)  # 1999 characters, where a line's end is one
    send(rita_client, item, verdict="right", note=note.replace("\n", "\r\n"))
    assert Review.objects.get().note == note


def test_spans_are_saved_where_they_stand(
    rita_client: Client, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    send(rita_client, item, verdict="wrong_span", span=[f"{key}:22:35", f"{key}:40:49"])
    spans = CorrectSpan.objects.values_list("start", "end", "text")
    assert list(spans) == [(22, 35, TEA[22:35]), (40, 49, TEA[40:49])]


def test_a_span_can_be_removed_without_a_script(
    rita_client: Client, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    spans = [f"{key}:0:3", f"{key}:22:35"]
    response = rita_client.post(
        screen_of(item),
        {"verdict": "wrong", "note": "Hm", "span": spans, "without": spans[0]},
    )
    html = response.content.decode()
    left = [a["value"] for _, a in Elements(html).tags if a.get("name") == "span"]
    assert left == spans[1:]
    assert "Hm</textarea>" in html
    assert not Review.objects.exists()


def test_a_review_is_changed_on_the_same_screen(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    make_review(judged(item), "wrong_span", by=rita, spans=[(22, 35)], note="So.")
    html = get(rita_client, screen_of(item))
    tags = Elements(html).tags
    assert [a["value"] for _, a in tags if a.get("name") == "span"] == [f"{key}:22:35"]
    verdicts = [a for _, a in tags if a.get("name") == "verdict"]
    assert [a["value"] for a in verdicts if "checked" in a] == ["wrong_span"]
    assert "So.</textarea>" in html
    send(rita_client, item, verdict="unclear")
    assert Review.objects.get().verdict == "unclear"


def test_the_time_it_took_is_saved(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    shown = re.search(
        r'name="shown" value="([^"]+)"', get(rita_client, screen_of(item))
    )
    assert shown
    send(rita_client, item, verdict="right", shown=shown[1])
    seconds = Review.objects.get().seconds
    assert seconds is not None
    assert 0 <= seconds < 60


@pytest.mark.parametrize(
    ("ago", "expected"), [(7, 7), (3 * LONGEST_LOOK, LONGEST_LOOK), (-60, 0)]
)
def test_the_time_has_bounds(
    rita_client: Client, rita: User, item: ReviewItem, ago: int, expected: int
) -> None:
    shown = SIGNER.sign(f"{item.pk}:{rita.pk}:{int(time.time()) - ago}")
    send(rita_client, item, verdict="right", shown=shown)
    seconds = Review.objects.get().seconds
    assert seconds is not None
    assert expected <= seconds <= expected + 2


@pytest.mark.parametrize("shown", ["", "1:1:1", "of another item", "of another person"])
def test_a_time_that_was_not_sealed_for_this_is_no_time(
    rita_client: Client, rita: User, item: ReviewItem, shown: str
) -> None:
    now = int(time.time())
    shown = {
        "of another item": SIGNER.sign(f"{item.pk + 1}:{rita.pk}:{now}"),
        "of another person": SIGNER.sign(f"{item.pk}:{rita.pk + 1}:{now}"),
    }.get(shown, shown)
    send(rita_client, item, verdict="right", shown=shown)
    assert Review.objects.get().seconds is None


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "Choose a verdict first."),
        ({"verdict": "maybe"}, "Choose one of the five verdicts."),
        ({"verdict": "unclear", "span": "{key}:0:3"}, "no correct span to mark"),
        ({"verdict": "wrong", "span": "{key}:0:9999"}, "does not stand in its passage"),
        ({"verdict": "wrong", "span": "{key}:x:3"}, "was not understood"),
        ({"verdict": "wrong", "span": "99999:0:3"}, "none of this question"),
        ({"verdict": "right", "note": "n" * 2001}, "at most 2000 characters"),
        ({"verdict": "right", "note": "a\0b"}, "NUL character"),
    ],
)
def test_what_makes_no_sense_comes_back_as_it_was_typed(
    rita_client: Client, item: ReviewItem, sent: dict[str, str], error: str
) -> None:
    key = str(judged(item).passage_id)
    values = {name: value.replace("{key}", key) for name, value in sent.items()}
    values.setdefault("note", "My note")
    response = send(rita_client, item, **values)
    html = response.content.decode()
    assert response.status_code == 200
    assert error in unescape(html)
    assert values["note"].replace("\0", "") in html.replace("\0", "")
    if "verdict" in values and values["verdict"] != "maybe":
        chosen = [a for _, a in Elements(html).tags if "checked" in a]
        assert values["verdict"] in [one["value"] for one in chosen if "value" in one]
    assert not Review.objects.exists()


def test_what_another_takes_meanwhile_is_not_lost_either(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    response = send(rita_client, item, verdict="wrong", note="My long note")
    html = response.content.decode()
    assert "Another reviewer has taken this question." in html
    assert "My long note" in html
    assert not Review.objects.exists()
