"""Commands are called as manage.py does, with a reader that the test chooses."""

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from answers import runtime
from tests.stub_reader import StubReader

Run = Callable[..., str]


@pytest.fixture
def stub() -> Iterator[StubReader]:
    """The reader that commands find; it quotes "three minutes"."""
    reader = StubReader()
    runtime.use(reader.as_reader())
    yield reader
    runtime.reset()


@pytest.fixture
def run() -> Run:
    """Call a command and return what it wrote to standard output."""

    def call(name: str, *arguments: object, **options: object) -> str:
        out = StringIO()
        call_command(name, *map(str, arguments), stdout=out, **options)
        return out.getvalue()

    return call
