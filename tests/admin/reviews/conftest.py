"""An item that waits for a review, and Ben, who is staff."""

import pytest

from answers.models import Answer, Library, ReviewItem, User
from tests.factories import make_answered, make_passage, make_user


@pytest.fixture
def answer(alice: User, public_library: Library) -> Answer:
    """An answer to Alice's question that waits for a review."""
    return make_answered(alice, public_library, make_passage(public_library))


@pytest.fixture
def item(answer: Answer) -> ReviewItem:
    return answer.question.review_item


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", is_staff=True)
