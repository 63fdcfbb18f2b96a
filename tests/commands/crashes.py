"""What a crash leaves of a database."""

import signal
import subprocess
import sys
from pathlib import Path

WRITER = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA wal_autocheckpoint = 0")
database.execute("CREATE TABLE IF NOT EXISTS words (word TEXT)")
database.execute("DELETE FROM words WHERE rowid % 3 = 0")
database.execute("CREATE INDEX by_word ON words (word)")
for count in (3000, 300):  # the log that is left has only what came after the first
    database.execute("PRAGMA wal_checkpoint")
    rows = [(f"later {count} {n} " * 50,) for n in range(count)]
    database.execute("BEGIN")
    database.executemany("INSERT INTO words VALUES (?)", rows)
    database.execute("COMMIT")
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_a_writer(file: Path) -> None:
    """Have a process write to the database until kill -9: its log stays behind."""
    done = subprocess.run([sys.executable, "-c", WRITER, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert log_of(file).stat().st_size


def log_of(file: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of the database."""
    return file.with_name(f"{file.name}-wal")
