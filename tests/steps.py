"""What SQLite does, counted in steps of its machine: the same on every computer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

EVERY = 100  # steps


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the hundreds of steps that SQLite takes."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(step, EVERY)
    try:
        yield steps
    finally:
        connection.connection.set_progress_handler(None, EVERY)
