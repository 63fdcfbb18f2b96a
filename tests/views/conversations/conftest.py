"""A conversation of Alice's with one answer."""

import pytest

from answers.models import Answer, Conversation, Passage, User
from tests.factories import make_answered


@pytest.fixture
def answer(alice: User, passage: Passage) -> Answer:
    return make_answered(alice, passage.library, passage)


@pytest.fixture
def talk(answer: Answer) -> Conversation:
    return answer.question.conversation
