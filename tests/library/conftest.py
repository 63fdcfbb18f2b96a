"""A library of four passages that differ in one word."""

import pytest

from answers.models import Library
from tests.factories import make_library, make_passage


@pytest.fixture
def shelf() -> Library:
    shelf = make_library("Shelf")
    for name in ("tea", "bread", "honey", "salt"):
        make_passage(shelf, f"Everything there is to say of {name}.", title=name)
    return shelf
