"""What Django raises when the disk, or another process, lets SQLite do nothing."""

import sqlite3

from django.db import OperationalError


def of_sqlite(code: int, message: str = "a fault") -> OperationalError:
    """`code`: of SQLite, as sqlite3.SQLITE_FULL."""
    cause = sqlite3.OperationalError(message)
    cause.sqlite_errorcode = code
    error = OperationalError(message)
    error.__cause__ = cause
    return error
