"""Helpful or not: by form, and by the script on the page."""

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Answer, Feedback, Passage, User
from tests.factories import make_answered


@pytest.fixture
def answer(alice: User, passage: Passage) -> Answer:
    return make_answered(alice, passage.library, passage)


def address(answer: Answer) -> str:
    return reverse("feedback", args=[answer.pk])


def test_feedback_by_form_leads_back_to_the_answer(
    alice_client: Client, answer: Answer
) -> None:
    response = alice_client.post(address(answer), {"helpful": "yes"})
    conversation = answer.question.conversation.get_absolute_url()
    assert response.headers["Location"] == f"{conversation}#answer-{answer.pk}"
    assert Feedback.objects.get().helpful is True


def test_feedback_by_script_is_answered_with_json(
    alice_client: Client, answer: Answer
) -> None:
    response = alice_client.post(
        address(answer), {"helpful": "no"}, headers={"accept": "application/json"}
    )
    assert response.json() == {"helpful": "no"}
    assert Feedback.objects.get().helpful is False


def test_one_can_change_ones_mind_and_take_it_back(
    alice_client: Client, answer: Answer
) -> None:
    alice_client.post(address(answer), {"helpful": "yes"})
    alice_client.post(address(answer), {"helpful": "no"})
    assert Feedback.objects.get().helpful is False
    alice_client.post(address(answer), {"helpful": "none"})
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("given", [{}, {"helpful": ""}, {"helpful": "perhaps"}])
def test_anything_else_is_refused(
    given: dict[str, str], alice_client: Client, answer: Answer
) -> None:
    assert alice_client.post(address(answer), given).status_code == 400
    assert not Feedback.objects.exists()


def test_a_stranger_has_no_say(mallory_client: Client, answer: Answer) -> None:
    response = mallory_client.post(address(answer), {"helpful": "yes"})
    assert response.status_code == 404
    assert not Feedback.objects.exists()
