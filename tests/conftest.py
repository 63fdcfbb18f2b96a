"""People and rows that many tests share.

Alice asks and owns a private library, Rita is a reviewer (staff), Mallory is signed in
and has no business with either.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.commands.flush import Command as Flush
from django.test import Client, override_settings

from answers.figures import catching_up
from answers.models import Library, Passage, User
from tests import DATA
from tests.factories import make_library, make_passage, make_user

HASHED_STORAGE = settings.STORAGES["staticfiles"]["BACKEND"]
# Pages are rendered without collecting static files first; `hashed_static` asks for
# the names that production serves. (Changed before anything has used them.)
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
# A machine that is busy with other tests sums up as many days as a quiet one.
catching_up.SECONDS = 60.0
# As a terminal gives it; what `nohup` starts ignores it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


_empty = Flush.handle


def _empty_with_the_log(self: Flush, **options: Any) -> None:
    """Tests empty their database, and the log of reviews would refuse."""
    from answers import reviewing

    reviewing.remove_triggers()
    try:
        _empty(self, **options)
    finally:
        reviewing.install_triggers()


Flush.handle = _empty_with_the_log  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    DATA.cleanup()


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice", email="alice@example.org")


@pytest.fixture
def rita(db: None) -> User:
    from answers.reviewing import reviewers

    user = make_user("rita", email="rita@example.org", is_staff=True)
    group: Group = reviewers()
    user.groups.add(group)
    return user


@pytest.fixture
def mallory(db: None) -> User:
    return make_user("mallory", email="mallory@example.org")


@pytest.fixture
def library(alice: User) -> Library:
    """Alice's private library."""
    return make_library("Tea and bread", owner=alice)


@pytest.fixture
def public_library(alice: User) -> Library:
    """Alice's library that everyone may ask."""
    return make_library("Open shelf", owner=alice, is_public=True)


@pytest.fixture
def passage(library: Library) -> Passage:
    """A passage on tea in Alice's private library."""
    return make_passage(library)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice_client(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def rita_client(rita: User) -> Client:
    return signed_in(rita)


@pytest.fixture
def mallory_client(mallory: User) -> Client:
    return signed_in(mallory)


@contextmanager
def storage(backend: str) -> Iterator[None]:
    """Serve static files through another storage for a while."""
    with override_settings(
        STORAGES=settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    ):
        yield


@pytest.fixture(scope="session")
def collected() -> Path:
    """The folder of collected static files with hashed names, made once a session."""
    root = Path(settings.STATIC_ROOT)
    with storage(HASHED_STORAGE):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def hashed_static(collected: Path) -> Iterator[Path]:
    """Render pages as production does: hashed names from the collected files."""
    with storage(HASHED_STORAGE):
        yield collected
