"""A selection in a passage becomes a correct span, or is refused with a sentence."""

from typing import Any

import pytest
from django.test import Client

from answers.models import Library, Passage, ReviewEvent, ReviewItem, User
from tests.admin.screen.buttons import select
from tests.factories import FAMILY, make_answer, make_answered, make_passage


def test_a_selection_becomes_a_line_of_the_list(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = f"{FAMILY} eat <b>bread</b> and {FAMILY}."
    passage = make_passage(public_library, text)
    answer = make_answered(alice, public_library, passage, quote="eat")
    item = answer.question.review_item
    found = select(
        rita_client,
        item,
        start_segment=11,
        start_units=0,
        end_segment=11,
        end_units=14,
        quoted=" <b>bread</b> ",
    )
    assert found["value"] == f"{passage.pk}:12:24"
    assert "&lt;b&gt;bread&lt;/b&gt;" in found["html"]
    assert found["said"] == "Marked as correct: <b>bread</b>"
    assert 'data-from="16" data-to="28"' in found["html"]  # in UTF-16
    assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"quoted": "Toa"}, "not what the passage says"),
        ({"end_units": 4, "quoted": "Tea"}, "not what the passage says"),
        ({"start_units": 3, "end_units": 4, "quoted": " "}, "Nothing but blanks"),
        ({"quoted": ""}, "was not understood"),
        ({"start_segment": "x"}, "was not understood"),
        ({"end_units": -1}, "was not understood"),
        ({"passage": 10**18}, "cannot be marked here"),
    ],
)
def test_a_selection_that_does_not_fit_is_refused_with_a_sentence(
    rita_client: Client, item: ReviewItem, changed: dict[str, Any], error: str
) -> None:
    assert error in select(rita_client, item, **changed)["error"]


def test_a_passage_of_another_library_cannot_be_selected_in(
    rita_client: Client, item: ReviewItem, passage: Passage
) -> None:
    make_answer(item.question, passage, "two spoons", rank=2)
    found = select(rita_client, item, passage=passage.pk)
    assert "cannot be marked here" in found["error"]
