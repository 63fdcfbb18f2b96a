"""python manage.py measure_pages: how long each page of the admin takes.

In this very process, without a network: what the database and the server do. Run it on
a file of `make_sample_data`, after `collectstatic`.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.test import Client
from django.urls import reverse

from answers import figures
from answers.management import preparing
from answers.management.choosing import need_tables
from answers.management.commands.make_sample_data import ADMIN, database
from answers.management.terminal import safe
from answers.models import Library, Question, ReviewItem, User, Verdict
from answers.reviewing import Order

TIMES = 5
LIMIT = 1.0  # seconds
SMALL = "sample-reviewer-1"  # reviews one small library, and is not staff
STAFF = "sample-reviewer-2"  # reviews all public libraries
LISTS = (
    "answer conversation feedback library passage question recalibration replay "
    "review reviewevent user"
).split()
ITEMS = "/admin/answers/reviewitem/"
Page = tuple[str, dict[str, Any]]


class Command(BaseCommand):
    help = "Measure the pages of the admin, for a superuser and for reviewers."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database-file", type=Path, metavar="FILE")
        parser.add_argument("--times", type=int, default=TIMES, metavar="N")
        parser.add_argument("--only", default="", metavar="WORD", help="in the address")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["database_file"]
        if file is not None and not file.is_file():  # else SQLite would make it
            raise CommandError(f"There is no file {safe(str(file))}.")
        with database(file):
            need_tables()
            if not User.objects.filter(username=ADMIN).exists():
                raise CommandError("Make sample data first: make_sample_data.")
            self.stdout.write(f"questions: {Question.objects.count()}")
            self.sum_up()
            slow = 0
            for name in (ADMIN, STAFF, SMALL):
                slow += self.measure(name, options["times"], options["only"])
            load = " ".join(f"{one:.1f}" for one in os.getloadavg())
            self.stdout.write(f"slower than {LIMIT:.0f} s: {slow}; load {load}")

    def sum_up(self) -> None:
        began, days = time.perf_counter(), len(figures.days_to_do())
        preparing.static_files()  # pages name them by their hashes
        figures.catch_up_all(lambda: False)
        took = time.perf_counter() - began
        self.stdout.write(f"summed up {days} days in {took:.1f} s")

    def measure(self, name: str, times: int, only: str) -> int:
        """Write a line for each page; return how many are too slow.

        The median, the least, and the seconds of the processor, which tell a slow page
        from a busy machine.
        """
        user = User.objects.get(username=name)
        client = Client(HTTP_HOST="localhost")
        client.force_login(user)
        slow = 0
        for url, parameters in pages(user):
            if only not in f"{url}?{parameters}":
                continue
            took, status = [], 0
            busy = time.process_time()
            for _time in range(times):
                seconds, status = measured(client, url, parameters)
                took.append(seconds)
            busy = (time.process_time() - busy) / times
            median = statistics.median(took)
            slow += median > LIMIT
            said = " ".join(f"{key}={value}" for key, value in parameters.items())
            numbers = f"{median:6.3f} {min(took):6.3f} {busy:6.3f} {status}"
            self.stdout.write(f"{numbers} {name} {url} {said}")
        return slow


def measured(client: Client, url: str, parameters: dict[str, Any]) -> tuple[float, int]:
    """Return the seconds until the first byte, and the status."""
    ReviewItem.objects.filter(claimed_by__username__startswith="sample-").update(
        claimed_by=None, claimed_until=None
    )
    connection.close()  # as each request begins
    began = time.perf_counter()
    response = client.get(url, parameters)
    if response.streaming:
        asyncio.run(first_piece(response))
    seconds = time.perf_counter() - began
    response.close()
    return seconds, response.status_code


async def first_piece(response: Any) -> None:
    async for _piece in response:
        return


def pages(user: User) -> Iterator[Page]:
    for name in LISTS:
        yield f"/admin/answers/{name}/", {}
        yield f"/admin/answers/{name}/", {"p": "20"}
        if name in {"answer", "question", "passage", "conversation"}:
            yield f"/admin/answers/{name}/", {"q": "lighthouse Corran"}
    yield "/admin/", {}
    for status in Question.Status.values:
        yield "/admin/answers/question/", {"status": status}
    yield from dashboard(user)
    yield from items(user)


def dashboard(user: User) -> Iterator[Page]:
    mine = Library.objects.reviewable_by(user).order_by("pk")
    for days in (7, 30, 90, 365):
        yield reverse("admin:dashboard"), {"days": days}
    for library in (mine.first(), mine.last()):
        if library:
            chosen = {"days": 365, "library": library.pk}
            yield reverse("admin:dashboard"), chosen
    yield reverse("admin:dashboard"), {"days": 365, "model": "b2" * 32}


def items(user: User) -> Iterator[Page]:
    mine = list(Library.objects.reviewable_by(user).order_by("pk"))
    filters: list[dict[str, Any]] = [
        {},
        {"library": mine[0].pk},
        {"library": mine[-1].pk},
        {"model": "a1" * 32},
        {"model": "none"},
        {"person": User.objects.get(username="sample-reviewer-3").pk},
        {"since": "2020-01-01", "until": "2020-02-01"},
        {"since": "2026-01-01"},
        {"score_from": "99"},
        {"score_from": "20", "score_to": "60"},
        {"q": "lighthouse Corran"},
        {"q": "the"},
        *({"verdict": verdict.value} for verdict in Verdict),
    ]
    for order in Order.values:
        for chosen in filters:
            yield ITEMS, {"order": order, **chosen}
        yield ITEMS, {"order": order, "p": "20"}
        yield f"{ITEMS}queue/", {"order": order}
        yield f"{ITEMS}queue/", {"order": order, "library": mine[-1].pk}
        yield f"{ITEMS}queue/", {"order": order, "state": "conflict"}
    for state in ("reviewed", "conflict", "all"):
        yield ITEMS, {"state": state}
        yield ITEMS, {"state": state, "library": mine[-1].pk, "verdict": "right"}
    yield f"{ITEMS}agreement/", {}
    for name in ("squad1", "squad2", "csv"):
        yield f"{ITEMS}export/", {"format": name}
        yield f"{ITEMS}export/", {"format": name, "library": mine[-1].pk}
    item = ReviewItem.objects.visible_to(user).order_by("-pk").first()
    if item:
        yield f"{ITEMS}{item.pk}/review/", {}
        yield "/admin/answers/reviewevent/", {"item": item.pk}
        yield f"/admin/answers/question/{item.question_id}/change/", {}
        yield f"/admin/answers/library/{item.library_id}/change/", {}
