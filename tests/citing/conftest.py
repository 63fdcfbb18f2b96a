"""A conversation of Alice's, answered with two quotes."""

from typing import Any

import pytest

from answers.models import Passage, User
from tests.factories import make_answer, make_conversation, make_question


@pytest.fixture
def talk(alice: User, passage: Passage) -> Any:
    conversation = make_conversation(alice, passage.library)
    question = make_question(conversation, status="answered", passages_read=3)
    make_answer(question, passage)
    make_answer(question, passage, "two spoons", rank=2, margin=-1.5)
    return conversation
