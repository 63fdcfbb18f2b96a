"""What the log says of requests that were refused."""

import logging

import pytest
from django.test import Client

from answers.models import User
from qaweb.logs import ShortRefusals
from tests.conftest import signed_in


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """What comes past the filters of the console, through which all is written."""
    [console] = [
        handler
        for handler in logging.getLogger().handlers
        if any(isinstance(one, ShortRefusals) for one in handler.filters)
    ]
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(console, "emit", records.append)
    return records


def test_a_page_that_is_refused_takes_one_line(
    noted: list[logging.LogRecord], alice: User
) -> None:
    alice.is_staff = True
    alice.save(update_fields=["is_staff"])
    assert signed_in(alice).get("/admin/auth/group/").status_code == 403
    [record] = [one for one in noted if one.name == "django.request"]
    assert record.getMessage() == "Forbidden (Permission denied): /admin/auth/group/"
    assert not record.exc_info


def test_an_attack_that_is_refused_takes_one_line(
    noted: list[logging.LogRecord], admin_client: Client
) -> None:
    response = admin_client.get("/admin/answers/library/?_to_field=x")
    assert response.status_code == 400
    assert [one.name.split(".")[1] for one in noted] == ["security"]
    assert not any(record.exc_info for record in noted)


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    record = logging.makeLogRecord(
        {"name": "django.request", "levelno": logging.ERROR, "exc_info": (1, 2, 3)}
    )
    assert ShortRefusals().filter(record)
    assert record.exc_info
