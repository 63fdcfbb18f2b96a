"""A confirmed answer is exported with a name, and what has become of it."""

import json
from typing import Any

import pytest
from django.utils import timezone

from answers import citing, reviewing
from answers.models import Passage, Review, ReviewItem, User
from answers.spreadsheets import harmless
from tests.citing.exported import MARKDOWN, export, rows, whole
from tests.factories import (
    make_answer,
    make_answered,
    make_member,
    make_repeated,
    make_review,
)


@pytest.fixture
def repeated(alice: User, rita: User, passage: Passage) -> Any:
    """A conversation with an answer that Rita had confirmed."""
    make_member(passage.library, rita, "reviewer")
    answer = make_answered(alice, passage.library, passage)
    return make_repeated(make_review(answer, by=rita), alice).question.conversation


def test_a_confirmed_answer_has_a_name_in_the_place_of_numbers(
    repeated: Any, alice: User
) -> None:
    at = Review.objects.get().reviewed_at
    (question,) = json.loads(export(repeated, alice, "json"))["questions"]
    (answer,) = question["answers"]
    assert (answer["score"], answer["margin"]) == (None, None)
    by = {"by": "rita", "at": at.isoformat(), "standing": "stands"}
    assert answer["confirmed"] == by
    (row,) = rows(export(repeated, alice, "csv"))
    assert (row["score"], row["margin"], row["model"]) == ("", "", "")
    assert (row["confirmed_by"], row["confirmation"]) == ("rita", "stands")
    assert row["confirmed_at"] == at.isoformat()
    file = export(repeated, alice, "markdown")
    assert f"confirmed by rita on {timezone.localtime(at).date()}" in file
    assert "score" not in file
    assert "Read by" not in file


def test_what_a_model_read_is_not_called_confirmed(talk: Any, alice: User) -> None:
    (question,) = json.loads(export(talk, alice, "json"))["questions"]
    assert [answer["confirmed"] for answer in question["answers"]] == [None, None]
    for row in rows(export(talk, alice, "csv")):
        assert (row["score"], row["confirmed_by"]) == ("0.8", "")


def test_exports_say_what_has_become_of_a_confirmation(
    repeated: Any, alice: User, rita: User
) -> None:
    item = ReviewItem.objects.get()
    reviewing.withdraw(item, by=rita)
    assert "confirmed by rita, who has taken that back since" in export(
        repeated, alice, "markdown"
    )
    reviewing.give(item, "wrong", by=rita)
    file = export(repeated, alice, "markdown")
    assert "confirmed by rita; reviewers have changed their verdict since" in file
    item.question.delete()
    (row,) = rows(export(repeated, alice, "csv"))
    assert (row["confirmed_by"], row["confirmed_at"]) == ("rita", "")
    assert row["confirmation"] == "gone"
    file = export(repeated, alice, "markdown")
    assert "confirmed by rita; that review has been deleted since" in file


def test_confirmations_take_the_same_queries_however_many(
    repeated: Any, alice: User, passage: Passage, django_assert_num_queries: Any
) -> None:
    question = repeated.questions.get()
    for rank in (2, 3):
        make_answer(
            question,
            passage,
            rank=rank,
            confirmation=Review.objects.get(),
            confirmed_by="rita",
        )
    with django_assert_num_queries(7):
        read = citing.batch_after(repeated.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "*[x](y)*"])
def test_a_reviewers_name_does_no_harm(
    repeated: Any, alice: User, rita: User, name: str
) -> None:
    rita.username = name
    rita.save()
    (row,) = rows(export(repeated, alice, "csv"))
    assert row["confirmed_by"] == harmless(name)
    shown = MARKDOWN.render(export(repeated, alice, "markdown"))
    assert f"confirmed by {name} on" in shown
