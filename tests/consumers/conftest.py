"""A reader that the tests hold in their hand."""

import importlib
from collections.abc import Iterator

import pytest

from answers import runtime
from tests.stub_reader import StubReader


@pytest.fixture
def stub() -> Iterator[StubReader]:
    stub = StubReader()
    runtime.use(stub.as_reader())
    # Sets up the log, which takes it from `caplog` where that is done within a test.
    importlib.import_module("qaweb.asgi")
    yield stub
    runtime.reset()
