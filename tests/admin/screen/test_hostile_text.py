"""Text that nobody should write: markup, signs that turn it round, a megabyte."""

import time

import pytest
from django.test import Client

from answers.models import Library, Passage, User
from tests.admin.pages import Elements, get, screen_of
from tests.admin.screen.buttons import select
from tests.factories import (
    make_answered,
    make_library,
    make_passage,
    make_review,
    make_user,
)


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "' onmouseover='alert(1)",
        "</textarea><svg onload=alert(1)>",
        "{{ 7|add:7 }}{% debug %}",
        "\u202egnp.exe\u2066 hidden",
    ],
)
def test_nothing_that_people_wrote_becomes_markup(
    rita: User, alice: User, rita_client: Client, payload: str
) -> None:
    library = make_library(payload, owner=alice, is_public=True)
    passage = make_passage(library, f"{payload} {payload}", title=payload)
    answer = make_answered(
        alice, library, passage, quote=payload, question=payload, start=len(payload) + 1
    )
    ben = make_user("<b>ben</b>", is_superuser=True)
    make_review(answer, "wrong_span", by=ben, note=payload, spans=[(0, len(payload))])
    make_review(answer, "wrong", by=rita, note=payload, spans=[(0, len(payload))])
    html = get(rita_client, screen_of(answer.question.review_item))
    page = Elements(html)
    assert set(page.marks) == {payload}
    assert "14{" not in html
    for tag, attributes in page.tags:
        assert tag != "b"
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert str(attributes.get("src")).startswith("/static/")


def test_a_passage_and_a_title_of_a_megabyte_are_shown_at_once(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = f"{'word ' * 100_000}needle{' word' * 100_000}"
    passage = make_passage(public_library, text)
    Passage.objects.filter(pk=passage.pk).update(title="t" * 1_000_000)
    answer = make_answered(alice, public_library, passage, quote="needle")
    item = answer.question.review_item
    began = time.process_time()
    html = get(rita_client, screen_of(item))
    assert time.process_time() - began < 2  # seconds; 0.2 where nothing else runs
    assert Elements(html).marks == ["needle"]
    assert len(html) < 1_200_000
    found = select(
        rita_client,
        item,
        passage=passage.pk,
        start_segment=500_000,
        end_segment=500_006,
        end_units=5,
        quoted="needle word",
    )
    assert found["value"] == f"{passage.pk}:500000:500011"
