"""What has to be true of an installation before it may start."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def sqlite_waits_for_its_lock(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Read back what the connection really does: OPTIONS at the wrong level is mute."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "sqlite":
            problems.append(
                Error(
                    "The full-text search needs SQLite.",
                    hint="Set QAWEB_DATABASE to the path of an SQLite file.",
                    id="answers.E001",
                )
            )
            continue
        with connection.cursor() as cursor:
            (waits_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        mode = getattr(connection, "transaction_mode", None)
        if waits_ms < 5000 or mode != "IMMEDIATE":
            problems.append(
                Error(
                    "SQLite would fail under two writers.",
                    hint='DATABASES["default"]["OPTIONS"] needs transaction_mode '
                    "IMMEDIATE and a timeout of at least 5 seconds.",
                    id="answers.E002",
                )
            )
    return problems
