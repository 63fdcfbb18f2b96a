"""Which library a command means. (The one who runs commands may see them all.)"""

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from answers.management.terminal import safe
from answers.models import Library, User


def need_database() -> None:
    """Refuse, with the remedy, a database without tables or of another version."""
    need_tables()
    need_known_migrations()
    if missing_migrations():
        raise CommandError(
            "The database is older than this program. Run: python manage.py prepare"
        )


def need_tables() -> None:
    """Refuse a database that has no tables yet."""
    if Library._meta.db_table not in connection.introspection.table_names():
        raise CommandError(
            "The database is not set up yet. Run: python manage.py prepare"
        )


def need_known_migrations() -> None:
    """Refuse a database that a newer program has changed: it may not take our rows."""
    loader = MigrationLoader(connection)
    app = Library._meta.app_label
    if any(
        key[0] == app and key not in loader.disk_migrations
        for key in loader.applied_migrations
    ):
        raise CommandError(
            "The database is newer than this program. Update the program, or restore a "
            "backup of the time before the update."
        )


def missing_migrations() -> int:
    """Return how many migrations the database has not had."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def find_library(name: str | None, *, numbers: bool = False) -> Library:
    """Return the library of this title, or the only one there is.

    Case and blanks count only when they are needed to tell two titles apart. With
    `numbers`, one that no library is called by may be its number. Raises CommandError
    with the choices.
    """
    libraries = list(Library.objects.shelves())
    if name is None:
        if len(libraries) == 1:
            return libraries[0]
        raise CommandError(
            f"Which library? Name it with --library.{_choices(libraries)}"
        )
    found = libraries_called(name)
    if len(found) == 1:
        return found[0]
    if numbers and not found and name.isascii() and name.isdigit():
        numbered = Library.objects.shelves().filter(pk=int(name[:18])).first()
        if numbered is not None:
            return numbered
    if found:
        raise CommandError(
            f"{len(found)} libraries are called “{safe(name)}”: rename one in the "
            f"admin first.{_choices(found)}"
        )
    raise CommandError(
        f"There is no library called “{safe(name)}”.{_choices(libraries)}"
    )


def libraries_called(name: str) -> list[Library]:
    """Return those of this very title, else those that differ in case and blanks."""
    libraries = list(Library.objects.shelves())
    exact = [library for library in libraries if library.title == name]
    return exact or [x for x in libraries if _folded(x.title) == _folded(name)]


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()


def find_user(name: str) -> User:
    """Return the person of this name. Raises CommandError."""
    person = None
    if name.isprintable():  # SQLite takes nothing that came in another encoding
        person = User.objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no user “{safe(name)}”.")
    return person


def _choices(libraries: list[Library]) -> str:
    if not libraries:
        return " There is none yet. Run: python manage.py prepare"
    lines = [f"  {safe(item.title)} (number {item.pk})" for item in libraries]
    return "\n".join([" There is:", *lines])
