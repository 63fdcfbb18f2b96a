from copy import deepcopy

import pytest
from django.core.checks import run_checks
from django.db import connection, connections

from answers.checks import sqlite_waits_for_its_lock


@pytest.mark.django_db
def test_the_database_waits_for_its_lock() -> None:
    assert sqlite_waits_for_its_lock(databases=["default"]) == []


@pytest.mark.django_db
def test_a_connection_that_begins_deferred_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections["default"], "transaction_mode", "DEFERRED")
    (problem,) = sqlite_waits_for_its_lock(databases=["default"])
    assert problem.id == "answers.E002"


@pytest.mark.django_db
def test_a_short_wait_is_refused() -> None:
    before = deepcopy(connection.settings_dict["OPTIONS"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=100")
    (problem,) = sqlite_waits_for_its_lock(databases=["default"])
    assert problem.id == "answers.E002"
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={before['timeout'] * 1000}")


@pytest.mark.django_db
def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    (problem,) = sqlite_waits_for_its_lock(databases=["default"])
    assert problem.id == "answers.E001"


@pytest.mark.django_db
def test_an_installation_as_it_comes_passes_every_check() -> None:
    assert run_checks(databases=["default"]) == []
