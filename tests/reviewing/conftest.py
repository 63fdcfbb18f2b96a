"""An item that the staff may review, one that only Alice may, and more staff."""

import pytest

from answers.models import Library, ReviewItem, User
from tests.factories import make_answered, make_passage, make_user


@pytest.fixture
def item(alice: User, public_library: Library) -> ReviewItem:
    passage = make_passage(public_library)
    return make_answered(alice, public_library, passage).question.review_item


@pytest.fixture
def private(alice: User, library: Library) -> ReviewItem:
    return make_answered(alice, library, make_passage(library)).question.review_item


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", is_staff=True)


@pytest.fixture
def cleo(db: None) -> User:
    return make_user("cleo", is_staff=True)
