"""Pages of the admin do not look at every question: what SQLite does is counted.

Ten times the questions make no page work much harder. (In steps of SQLite's machine,
which are the same on every computer; `manage.py measure_pages` measures seconds.)
"""

import sys
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from answers import figures
from answers.management.commands.make_sample_data import ADMIN, make
from answers.models import User
from answers.reviewing import Order
from tests.conftest import signed_in
from tests.steps import counted

FEW, MANY = 400, 4000  # questions
GROWTH = 2.0  # at most, where the questions are ten times as many
BOUNDS, LOW = {"FEW", "LATEST", "MOST_ROWS", "POOL"}, 60
RECORDS = "answer conversation feedback passage question review reviewevent".split()
ITEMS = "/admin/answers/reviewitem/"
PAGES: list[tuple[str, dict[str, Any]]] = [
    *((f"/admin/answers/{name}/", {}) for name in RECORDS),
    *(("/admin/answers/figures/", {"days": days}) for days in (7, 30, 90, 365)),
    ("/admin/answers/question/", {"status": "pending"}),
    *((ITEMS, {"order": order}) for order in Order.values),
    *((ITEMS, {"verdict": "right", "order": order}) for order in Order.values),
    *((ITEMS, {"status": status}) for status in ("answered", "no_answer")),
    *((ITEMS, {"helpful": said, "state": "all"}) for said in ("yes", "no", "none")),
    *((f"{ITEMS}queue/", {"order": order}) for order in Order.values),
    (f"{ITEMS}queue/", {"state": "conflict"}),
    # Not the agreement: it looks at each item that two people have reviewed.
]


def lower_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring them, wherever they are used, below what a test can make."""
    for name, module in sys.modules.items():
        if name.startswith("answers.admin."):
            for bound in BOUNDS & vars(module).keys():
                monkeypatch.setattr(module, bound, LOW)


def work(client: Client, url: str, parameters: dict[str, Any]) -> int:
    with counted() as steps:
        response = client.get(url, parameters)
    assert response.status_code in (200, 302), (url, response.status_code)
    return steps[0]


def work_of_all(questions: int) -> dict[str, int]:
    """Return the work of each page in a database with so many questions."""
    with transaction.atomic():
        make(questions, libraries=2, days=5, seed=1)
        figures.catch_up_all(lambda: False)
        client = signed_in(User.objects.get(username=ADMIN))
        client.get(ITEMS)  # what is looked up once in a process
        done = {f"{url} {given}": work(client, url, given) for url, given in PAGES}
        transaction.set_rollback(True)
    return done


@pytest.mark.django_db
def test_no_page_works_harder_for_more_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lower_the_bounds(monkeypatch)
    few, many = work_of_all(FEW), work_of_all(MANY)
    grown = {
        page: (few[page], many[page])
        for page in few
        if many[page] > GROWTH * few[page] + 50
    }
    assert not grown


@pytest.mark.django_db
def test_looking_at_every_question_would_be_noticed() -> None:
    def scan() -> int:
        with counted() as steps, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM answers_question WHERE took_ms > 1")
        return steps[0]

    done = []
    for questions in (FEW, MANY):
        with transaction.atomic():
            make(questions, libraries=2, days=5, seed=1)
            done.append(scan())
            transaction.set_rollback(True)
    assert done[1] > GROWTH * done[0] + 50
