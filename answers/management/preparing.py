"""What an installation needs before it can serve; every step may be repeated.

Steps return a few words on what they found or did.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from answers import importing, library, recalling, reviewing, runtime, visiting
from answers.management import database_file
from answers.management.choosing import missing_migrations, need_known_migrations
from answers.models import Library, User
from answers.outages import is_outage
from answers.reviewing import reviewers

DEMO = Path(__file__).resolve().parent.parent / "demo"
DEMO_TITLE = "Demo library"
DEMO_DESCRIPTION = (
    "Short texts on many subjects, written for trying this out: recipes, manuals, "
    "house rules, history, nature. Some questions have no answer here."
)
FURNISHED = 1  # PRAGMA user_version of a database that has had its demo and accounts


@dataclass(frozen=True, slots=True)
class Account:
    """A person whom `prepare` has made."""

    username: str
    password: str
    purpose: str


def prepare(say: Callable[[str, str], None]) -> list[Account]:
    """Run all steps but the model's, and tell `say(what, outcome)` of each.

    Returns the accounts that were made, with their passwords. Raises CommandError where
    the disk or the database takes nothing.
    """
    with _outside_faults():
        say("Data", data_folder())
        with _alone(say):
            return _prepare(say)


@contextmanager
def _outside_faults() -> Iterator[None]:
    """Turn what this program cannot help into CommandError."""
    try:
        yield
    except BrokenPipeError:  # of whoever listens to what is said
        raise
    except OSError as error:
        folder = settings.DATA_DIR
        raise CommandError(
            f"QAWEB_DATA={folder}: {error.filename or folder}: {error.strerror}."
        ) from error
    except OperationalError as error:
        if not is_outage(error):
            raise
        name = connection.settings_dict["NAME"]
        raise CommandError(f"QAWEB_DATABASE={name}: {error}.") from error


@contextmanager
def _alone(say: Callable[[str, str], None]) -> Iterator[None]:
    """Let one process after the other prepare: two that migrate at once would fail."""
    with (Path(settings.DATA_DIR) / "prepare.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting", "another process prepares this folder")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare(say: Callable[[str, str], None]) -> list[Account]:
    database_file.need_only_one()
    database_file.need_whole()
    if told := database_file.make_private():
        say("File access", told)
    say("Database", database())
    if forgotten := visiting.forget_guests():
        say("Visitors", f"{forgotten} forgotten, who came long ago")
    visiting.forget_sessions()
    accounts = furnish()
    if accounts:
        say("Demo library", "loaded")
    say("Static files", static_files())
    return accounts


def data_folder() -> str:
    """Make the data folder."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    return str(settings.DATA_DIR)


def database() -> str:
    """Bring the tables up to date and switch SQLite to WAL.

    Raises CommandError for a file that cannot be opened or is no database, and for one
    of a newer program.
    """
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            _pragma(cursor, "schema_version")
    except DatabaseError as error:
        name = connection.settings_dict["NAME"]
        raise CommandError(f"QAWEB_DATABASE={name}: {error}.") from error
    need_known_migrations()
    if missing := missing_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    else:
        # In case this version of them is new, or the last migration was broken off
        # before its end, which brings them back.
        library.install_index()
        recalling.install_index()
        reviewing.install_triggers()
    write_ahead()
    if missing:
        return f"brought up to date ({missing} migrations)"
    return "up to date"


def write_ahead() -> None:
    """Let readers and one writer work side by side (SQLite's write-ahead log).

    It is a property of the file, so once is enough; asking every time would itself
    need a lock. Raises CommandError where the file system cannot do it.
    """
    with connection.cursor() as cursor:
        if _pragma(cursor, "journal_mode") == "wal":
            return
        mode = _pragma(cursor, "journal_mode=WAL")
    if mode != "wal":
        raise CommandError(
            f"SQLite stays in {mode!r} mode: the write-ahead log needs a local disk. "
            "Set QAWEB_DATA or QAWEB_DATABASE to a folder on one."
        )


def _pragma(cursor: CursorWrapper, pragma: str) -> object:
    cursor.execute(f"PRAGMA {pragma}")
    return cursor.fetchone()[0]


def furnish() -> list[Account]:
    """Load the demo library and make its people, once in the life of a database.

    The database itself remembers (PRAGMA user_version), so that what an administrator
    deletes stays deleted. Returns the accounts that were made, if any.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if _pragma(cursor, "user_version") == FURNISHED:
            return []
        accounts: list[Account] = []
        demo = _person("demo", "asks, and owns the demo library", accounts)
        reviewer = _person("reviewer", "looks answers over, in /admin/", accounts)
        reviewer.is_staff = True
        reviewer.save(update_fields=["is_staff"])
        reviewer.groups.add(reviewers())
        load_demo(owner=demo)
        keep(accounts)  # before the commit: a password that is lost opens nothing
        cursor.execute(f"PRAGMA user_version = {FURNISHED}")
    return accounts


def _person(username: str, purpose: str, accounts: list[Account]) -> User:
    """Return the person; one who is new gets a password, added to `accounts`."""
    person = User.objects.filter(username=username).first()
    if person is None:
        account = Account(username, make_password(), purpose)
        person = User.objects.create_user(username, password=account.password)
        accounts.append(account)
    return person


def make_password() -> str:
    """Return a password that can be read out: sozi-mura-keti-…, 64 bits and more."""
    syllables = [a + b for a in "bdfghjklmnprstvwz" for b in "aeiou"]  # 85
    words = ("".join(secrets.choice(syllables) for _ in range(2)) for _ in range(5))
    return "-".join(words)


def load_demo(*, owner: User) -> Library:
    """Make the library that a visitor sees first."""
    demo = Library.create_for(
        owner,
        DEMO_TITLE,
        description=DEMO_DESCRIPTION,
        examples=(DEMO / "examples.txt").read_text(encoding="utf-8"),
        is_public=True,
        for_visitors=True,
    )
    passages = [
        passage
        for path in sorted((DEMO / "passages").glob("*.md"))
        for passage in importing.read(path, limit=settings.PASSAGE_CHARACTERS)
    ]
    library.add(demo, passages, by=owner)
    return demo


def accounts_file() -> Path:
    return Path(settings.DATA_DIR) / "accounts.txt"


def keep(accounts: list[Account]) -> None:
    """Write the passwords where only this user of the machine can read them."""
    path = accounts_file()
    path.unlink(missing_ok=True)  # an older file may be open to others
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        for account in accounts:
            file.write(f"{account.username}\t{account.password}\t{account.purpose}\n")


def static_files() -> str:
    """Collect style sheets and scripts under hashed names, when any has changed."""
    if settings.DEBUG:
        return "served from where they lie (QAWEB_DEBUG)"
    stamp = Path(settings.DATA_DIR) / "static.stamp"
    found = _static_state()
    if stamp.exists() and stamp.read_text(encoding="ascii") == found and _are_there():
        return "unchanged"
    _manifest().unlink(missing_ok=True)  # one that was cut short stops what makes it
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(found, encoding="ascii")
    return "collected"


def _manifest() -> Path:
    return Path(settings.STATIC_ROOT) / "staticfiles.json"


def _are_there() -> bool:
    """Whether all that pages name was collected, and not cleared away since."""
    try:
        paths = json.loads(_manifest().read_text(encoding="utf-8"))["paths"]
    except (FileNotFoundError, ValueError):
        return False
    return all((_manifest().parent / name).is_file() for name in paths.values())


def _static_state() -> str:
    """Return a fingerprint of the names, sizes and times of all static files."""
    state = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = os.stat(storage.path(name))
            state.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return state.hexdigest()


def model() -> str:
    """Load the model and run it once. Raises runtime.NoReader."""
    runtime.warm_up()
    return model_name()


def model_name() -> str:
    """Return the name and the hash of the model that reads: `name@hash`."""
    config = runtime.get_reader().config
    return f"{config.name}@{config.model_hash}"
