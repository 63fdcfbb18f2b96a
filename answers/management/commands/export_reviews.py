"""python manage.py export_reviews --format squad2 --output FILE."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from answers.management.choosing import find_library, need_database
from answers.management.terminal import safe
from answers.management.writing import add_output, write
from answers.models import Library, ReviewItem
from answers.reviewing.examples import Tally
from answers.reviewing.files import FORMATS


class Command(BaseCommand):
    help = (
        "Write reviewed questions to one file: SQuAD JSON, version 1.1 (squad1) or 2.0 "
        "(squad2, with questions that have no answer), which trainings take as it is "
        "and import_reviews brings back; or a table for people (csv)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="squad2")
        parser.add_argument(
            "--library",
            action="append",
            metavar="TITLE",
            help="or its number; may be given several times (all libraries)",
        )
        parser.add_argument(
            "--since", metavar="DAY", help="settled on it or later, as 2026-01-31"
        )
        add_output(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        named = options["library"] or []
        libraries = [find_library(one, numbers=True) for one in named]
        items = ReviewItem.objects.filter(
            library__in=libraries or Library.objects.shelves()
        )
        if options["since"]:
            items = items.filter(settled_at__gte=_beginning(options["since"]))
        tally = Tally()
        pieces = FORMATS[options["format"]].pieces(items, user=None, tally=tally)
        name = write(options["output"], pieces, force=options["force"])
        self.stderr.write(f"{_told(tally)}{f' They are in {name}.' if name else ''}")


def _beginning(given: str) -> datetime:
    try:
        day = date.fromisoformat(given)
        return timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"--since: “{safe(given)}” is no day. Write it as 2026-01-31."
        ) from error


def _told(tally: Tally) -> str:
    """Say what was written, and what was not."""
    told = f"{tally.questions} questions, {tally.unanswerable} of them without answer."
    left = {
        "say nothing that can be trained on": tally.left_out,
        "stand twice, in two libraries": tally.twins,
        "spans no longer stand in their passage": tally.lost_spans,
    }
    out = [f"{count} {why}" for why, count in left.items() if count]
    return f"{told} Left out: {'; '.join(out)}." if out else told
