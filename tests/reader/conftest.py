"""The shipped vocabulary, loaded once."""

import pytest
from hypothesis import settings

from answers.reader.tokens import Tokenizer

from .makers import shipped_folder

# Two shared cores: how long one example takes says nothing.
settings.register_profile("reader", deadline=None)
settings.load_profile("reader")


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(shipped_folder())
