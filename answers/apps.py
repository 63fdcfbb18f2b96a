from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AnswersConfig(AppConfig):
    name = "answers"
    verbose_name = _("Questions and answers")

    def ready(self) -> None:
        from answers import (
            checks,  # noqa: F401  registers the start-up checks
            news,
            recalibrating,
            reviewing,
            runtime,
        )

        news.connect_signals()
        reviewing.connect_signals()
        runtime.adjust_by(recalibrating.adjustment_for)
        pre_migrate.connect(remove_triggers, sender=self)
        post_migrate.connect(install_index, sender=self)


def install_index(using: str, **kwargs: Any) -> None:
    """Make the full-text index after every `migrate`.

    Not in a migration: SQLite remakes a table to alter it and drops its triggers, so
    they have to be looked after whenever a migration has run.
    """
    from answers import library, recalling, reviewing

    library.install_index(using=using)
    recalling.install_index(using=using)
    reviewing.install_triggers(using=using)


def remove_triggers(using: str, **kwargs: Any) -> None:
    """Take away the triggers that stand in the way of a migration, for its time."""
    from answers import recalling, reviewing

    recalling.remove_triggers(using=using)
    reviewing.remove_triggers(using=using)
