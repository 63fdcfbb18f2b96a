"""Items that wait on Alice's open shelf, and who reviews them beside Rita."""

import pytest

from answers.models import Answer, Library, ReviewItem, User
from answers.reviewing import reviewers
from tests.factories import TEA, make_answered, make_passage, make_user


@pytest.fixture
def answer(alice: User, public_library: Library) -> Answer:
    return make_answered(
        alice, public_library, make_passage(public_library), score=0.52
    )


@pytest.fixture
def item(answer: Answer) -> ReviewItem:
    return answer.question.review_item


@pytest.fixture
def items(alice: User, public_library: Library) -> list[ReviewItem]:
    """Three that wait, the least certain first."""
    passage = make_passage(public_library, f"{TEA} Really.")
    made = [
        make_answered(alice, public_library, passage, score=score)
        for score in (0.5, 0.6, 0.7)
    ]
    return [answer.question.review_item for answer in made]


@pytest.fixture
def ben(db: None) -> User:
    user = make_user("ben", is_staff=True)
    user.groups.add(reviewers())
    return user


@pytest.fixture
def cleo(db: None) -> User:
    user = make_user("cleo", is_staff=True)
    user.groups.add(reviewers())
    return user
