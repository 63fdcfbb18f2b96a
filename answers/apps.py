from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AnswersConfig(AppConfig):
    name = "answers"
    verbose_name = "Questions and answers"

    def ready(self) -> None:
        from answers import (
            checks,  # noqa: F401  registers the start-up checks
            news,
        )

        news.connect_signals()
        post_migrate.connect(install_index, sender=self)


def install_index(using: str, **_: Any) -> None:
    """Make the full-text index after every `migrate`.

    Not in a migration: SQLite remakes a table to alter it and drops its triggers, so
    they have to be looked after whenever a migration has run.
    """
    from answers import library

    library.install_index(using=using)
