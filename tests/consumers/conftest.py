"""A reader that the tests hold in their hand."""

from collections.abc import Iterator

import pytest

from answers import runtime
from tests.stub_reader import StubReader


@pytest.fixture
def stub() -> Iterator[StubReader]:
    stub = StubReader()
    runtime.use(stub.as_reader())
    yield stub
    runtime.reset()
