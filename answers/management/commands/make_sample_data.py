"""python manage.py make_sample_data: as many made-up questions as one likes.

For measuring pages (`measure_pages`), never for a site that people use.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from answers import library, recalling
from answers.library import NewPassage
from answers.management.inventing import (
    PASSAGES,
    Inventor,
    Lot,
    Shelf,
    facts_of,
    passage_with_facts,
)
from answers.management.terminal import Progress, safe
from answers.models import (
    Answer,
    Conversation,
    CorrectSpan,
    Feedback,
    Library,
    Membership,
    Passage,
    Question,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
)
from answers.outages import is_outage
from answers.reviewing import reviewers as reviewers_group

SIZE = 2_000  # questions saved together
ROWS = 500  # in one statement
PEOPLE, REVIEWERS = 300, 8
ADMIN = "sample-admin"
PUBLIC = 3  # of four libraries three are private
ASKED_OF = PASSAGES * 9 // 10  # the passages of a library that ever answer
# The file is thrown away if this is broken off: speed is worth more than safety.
PRAGMAS = "journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"
KEYED = Answer, Conversation, Review, ReviewItem


class Command(BaseCommand):
    help = (
        "Fill a database with made-up people, libraries, questions and reviews, to "
        "measure pages with. The admin is “sample-admin”, a reviewer of one small "
        "library “sample-reviewer-1”; give them passwords with `changepassword`."
    )

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--questions", type=int, default=1_000_000, metavar="N")
        parser.add_argument("--libraries", type=int, default=40, metavar="N")
        parser.add_argument(
            "--days", type=int, default=400, metavar="N", help="that they were asked in"
        )
        parser.add_argument("--seed", type=int, default=1, metavar="N")
        parser.add_argument(
            "--database-file",
            type=Path,
            metavar="FILE",
            help="a new file, instead of the database of this installation",
        )
        parser.add_argument(
            "--anyway",
            action="store_true",
            help="also where there is something of somebody in the database already",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["questions"], options["libraries"], options["days"]) < 1:
            raise CommandError("At least 1 question, library and day.")
        with database(options["database_file"]):
            call_command("migrate", interactive=False, verbosity=0)
            if not options["anyway"] and holds_anything():
                raise CommandError(
                    "There are people in this database. Name a new one with "
                    "--database-file, or say --anyway."
                )
            if User.objects.filter(username=ADMIN).exists():
                raise CommandError("There is sample data in this database already.")
            made = make(
                options["questions"],
                libraries=options["libraries"],
                days=options["days"],
                seed=options["seed"],
            )
        self.stdout.write(f"{made} questions")


@contextmanager
def database(file: Path | None) -> Iterator[None]:
    """Work on another database file for a while.

    Raises CommandError where it is no database, or the disk takes nothing.
    """
    if file is None:
        yield
        return
    kept = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = file
    try:
        with _faults_of(file):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept


@contextmanager
def _faults_of(file: Path) -> Iterator[None]:
    name = safe(str(file))
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA schema_version")
    except DatabaseError as error:
        raise CommandError(f"{name}: {error}.") from error
    try:
        yield
    except OperationalError as error:
        if not is_outage(error):
            raise
        raise CommandError(f"{name}: {error}.") from error


def holds_anything() -> bool:
    return User.objects.exists() or Library.objects.exists()


def make(count: int, *, libraries: int, days: int, seed: int) -> int:
    """Fill the database; returns how many questions it made."""
    random = Random(seed)  # noqa: S311  nothing is hidden by it
    people, admin = make_people()
    shelves = make_shelves(random, people, libraries)
    inventor = Inventor(
        random,
        shelves=shelves,
        people=people,
        reviewers=[admin, *User.objects.filter(is_staff=True, is_superuser=False)],
        first_keys={m: m.objects.aggregate(Max("pk"))["pk__max"] or 0 for m in KEYED},
    )
    # Each row would write its own words into the index of what was asked: it is
    # filled once, at the end.
    recalling.remove_triggers()
    in_haste()
    with Progress("Questions", count, sys.stderr) as progress:
        done = 0
        for lot in inventor.lots(count, days=days, until=timezone.now(), size=SIZE):
            with transaction.atomic():
                save(lot)
            done += len(lot.questions)
            progress.at(done, count)
    recalling.install_index()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
    return done


def in_haste() -> None:
    """Write without care for power cuts, in a database that only this one uses."""
    if connection.in_atomic_block:  # a test, whose database is everybody's
        return
    with connection.cursor() as cursor:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")


def make_people() -> tuple[list[User], User]:
    names = [f"sample-person-{n}" for n in range(1, PEOPLE + 1)]
    people = User.objects.bulk_create(User(username=name) for name in names)
    admin = User.objects.create_superuser(ADMIN)
    for n in range(2, REVIEWERS + 1):
        user = User.objects.create_user(f"sample-reviewer-{n}", is_staff=True)
        user.groups.add(reviewers_group())
    return people, admin


def make_shelves(random: Random, people: list[User], count: int) -> list[Shelf]:
    shelves = []
    for number in range(1, count + 1):
        made = Library.create_for(
            people[number % len(people)],
            f"Sample library {number}",
            is_public=number % 4 == PUBLIC or number == 1,
        )
        told = [passage_with_facts(random, made, n) for n in range(1, PASSAGES + 1)]
        library.add(made, [NewPassage(one.title, one.text) for one, _told in told])
        saved = dict(Passage.objects.filter(library=made).values_list("text", "pk"))
        facts = []
        for passage, questions in told[:ASKED_OF]:
            passage.pk = saved[passage.text]
            facts.extend(facts_of(passage, questions))
        random.shuffle(facts)
        shelves.append(Shelf(made, facts))
    small = User.objects.create_user("sample-reviewer-1", is_staff=False)
    small.groups.add(reviewers_group())
    Membership.objects.create(library=made, user=small, role=Membership.Role.REVIEWER)
    return shelves


def save(lot: Lot) -> None:
    asked = Question.libraries.through
    _insert(Conversation, lot.conversations)
    _insert(Question, lot.questions)
    _insert(asked, [asked(question_id=q, library_id=pk) for q, pk in lot.asked])
    _insert(Answer, lot.answers)
    _insert(Feedback, lot.feedback)
    _insert(ReviewItem, lot.items)
    _insert(Review, lot.reviews)
    _insert(CorrectSpan, lot.spans)
    _insert(ReviewEvent, lot.events)


def _insert(model: type[Model], rows: list[Any]) -> None:
    model._default_manager.bulk_create(rows, batch_size=ROWS)
