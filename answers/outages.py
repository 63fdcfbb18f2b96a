"""Faults that no line of this program can help: of the disk, and of other processes."""

import errno
import sqlite3

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

# What people are told.
SENTENCE = _(
    "Nothing can be saved here just now: the disk is full, or another program holds "
    "the database. Please try again in a while, or tell whoever runs this."
)

# What SQLite says of the disk, or of a process that holds the database.
OF_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}
OF_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def is_outage(error: BaseException) -> bool:
    """Whether the same may well work once there is room, or the others are done."""
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        return code & 0xFF in OF_SQLITE  # the other bits say more exactly what it was
    return isinstance(error, OSError) and error.errno in OF_SYSTEM
