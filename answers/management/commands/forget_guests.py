"""python manage.py forget_guests: delete visitors whose time is over."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from answers import tidying, visiting
from answers.management.choosing import need_database


class Command(BaseCommand):
    help = (
        "Delete visitors without an account, with what they asked, once they are "
        "older than QAWEB_GUEST_DAYS, and sessions that have ended. `serve` does so "
        "whenever it starts."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        count = visiting.forget_guests()
        visiting.forget_sessions()
        tidying.tidy()
        self.stdout.write(
            f"{count} visitors forgotten who came more than "
            f"{settings.GUEST_DAYS} days ago."
        )
