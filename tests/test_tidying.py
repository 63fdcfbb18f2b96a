"""What was deleted is not in the files of the database any more."""

from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import connection

from answers import library, recalling, tidying
from answers.library import index
from answers.management import preparing
from answers.management.commands import run_tasks
from answers.models import Library, User
from tests.factories import make_conversation, make_library, make_passage, make_question

pytestmark = pytest.mark.django_db(transaction=True)

# Porter's stemmer leaves them as they are.
ASKED, SAVED, KEPT = b"xyzzyph", b"quuxon", b"plughum"


@pytest.fixture
def deleted(alice: User) -> None:
    """A conversation and a library that are gone; another library stays."""
    preparing.write_ahead()
    kept = make_library("Kept", owner=alice)
    make_passage(kept, f"The {KEPT.decode()} stays.")
    gone = make_library("Gone", owner=alice)
    make_passage(gone, f"The {SAVED.decode()} was here.")
    conversation = make_conversation(alice, gone)
    make_question(conversation, text=f"Where is the {ASKED.decode()}?")
    recalling.delete(conversation)
    gone.delete()


def files() -> bytes:
    """All that others could read of the database."""
    name = str(connection.settings_dict["NAME"])
    log = Path(f"{name}-wal")
    return Path(name).read_bytes() + (log.read_bytes() if log.exists() else b"")


def check_forgotten() -> None:
    left = files()
    assert KEPT in left
    assert ASKED not in left
    assert SAVED not in left


@pytest.mark.usefixtures("deleted")
def test_words_of_what_was_deleted_are_gone() -> None:
    assert ASKED in files()
    assert SAVED in files()
    tidying.tidy()
    check_forgotten()
    kept = Library.objects.get(title="Kept")
    assert library.search([kept], KEPT.decode(), 1)


@pytest.mark.usefixtures("deleted")
@pytest.mark.parametrize("who", ["the command", "the worker"])
def test_it_is_done_with_the_other_upkeep(who: str) -> None:
    if who == "the command":
        call_command("forget_guests")
    else:
        run_tasks.upkeep()
    check_forgotten()


@pytest.mark.usefixtures("deleted")
def test_whoever_reads_meanwhile_is_not_waited_for_long() -> None:
    with tidying.connect() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answers_passage").fetchone()
        tidying.tidy()
    tidying.tidy()
    check_forgotten()


@pytest.mark.usefixtures("deleted")
def test_others_write_between_the_steps_and_a_stop_ends_them() -> None:
    free: list[bool] = []

    def look() -> bool:
        free.append(not connection.in_atomic_block)
        return True

    with patch.object(index, "PAGES_MERGED", 1):
        index.tidy_index("recalled_words", stopping=look)
    assert free == [True]
