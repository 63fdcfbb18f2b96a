"""python manage.py prepare: everything that an installation needs; may be repeated."""

import os
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from answers import runtime
from answers.management import preparing
from answers.management.preparing import Account


class Command(BaseCommand):
    help = (
        "Make the data folder, bring the database up to date, load the demo library "
        "and make its accounts (once), collect static files, check the model."
    )

    requires_system_checks = ()  # they run once there is a database to check

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-model", action="store_true", help="leave out the check of the model"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = preparing.prepare(self._say)
        self.check(databases=[DEFAULT_DB_ALIAS])
        if not options["no_model"]:
            try:
                self._say("Model", preparing.model())
            except runtime.NoReader as error:
                raise CommandError(str(error)) from error
            finally:
                runtime.reset()
        for line in account_lines(accounts):
            self.stdout.write(line)

    def _say(self, what: str, outcome: str) -> None:
        try:
            self.stdout.write(f"{what + ':':<14}{outcome}")
            self.stdout.flush()
        except BrokenPipeError:  # nobody reads any further; the work is done
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def account_lines(accounts: Sequence[Account]) -> list[str]:
    """Return what to tell of the accounts; passwords only when they were just made."""
    kept = preparing.accounts_file()
    if not accounts:
        return [f"The passwords of the first start are in {kept}."] * kept.exists()
    lines = [f"  {a.username:<10}{a.password}   {a.purpose}" for a in accounts]
    return ["Accounts:", *lines, f"The passwords are kept in {kept}."]
