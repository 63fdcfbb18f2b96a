"""What was deleted goes out of the files of the database, too.

SQLite wipes deleted rows, but their words stay in two places: a full-text index keeps
them until its pieces are merged, and the write-ahead log until it is emptied.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress

from django.db import connection

from answers import library

INDEXES = ("passage_words", "recalled_words")
LOG_SECONDS = 0.5  # that others wait at most while the log is being emptied


def tidy(stopping: Callable[[], bool] = lambda: False) -> None:
    """Wipe the words of what was deleted, in steps that let others write in between."""
    for index in INDEXES:
        library.tidy_index(index, stopping=stopping)
    _empty_log()


def _empty_log() -> None:
    """Empty the write-ahead log, unless somebody reads what stands in it."""
    with suppress(sqlite3.OperationalError), connect() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def connect() -> closing[sqlite3.Connection]:
    """Open the database beside Django's connection, which waits longer for locks."""
    name = connection.settings_dict["NAME"]
    return closing(sqlite3.connect(name, LOG_SECONDS, isolation_level=None))
