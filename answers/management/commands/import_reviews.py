"""python manage.py import_reviews FILE --library TITLE --reviewer NAME."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers import squad
from answers.imports import safe_name
from answers.management.choosing import find_library, find_user, need_database
from answers.management.terminal import Progress, safe
from answers.models import Library, User
from answers.reviewing import squad_in
from answers.texts import UnacceptableText


class Command(BaseCommand):
    help = (
        "Bring the questions of a SQuAD file, version 1.1 or 2.0, and their passages "
        "into a library, to be reviewed there. What is there already is left out, so "
        "that the same command goes on where it was broken off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--library", required=True, metavar="TITLE", help="or the library's number"
        )
        parser.add_argument(
            "--reviewer",
            required=True,
            metavar="USERNAME",
            help="who brings it: somebody who may review the library",
        )
        parser.add_argument(
            "--as-reviewed",
            action="store_true",
            help="the answers that are added count at once as reviewed by this person; "
            "questions that are there already stay as they are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        library = find_library(options["library"], numbers=True)
        reviewer = _reviewer(options["reviewer"], library)
        path: Path = options["file"]
        name = safe_name(path.name)
        ready = _ready(path, name)
        with Progress("Importing", len(ready.questions), sys.stderr) as bar:
            brought = squad_in.bring(
                library,
                ready,
                by=reviewer,
                name=name,
                as_reviewed=options["as_reviewed"],
                told=bar.at,
            )
        for line in _told(library, ready, brought):
            self.stdout.write(line)


def _reviewer(name: str, library: Library) -> User:
    person = find_user(name)
    if not Library.objects.reviewable_by(person).filter(pk=library.pk).exists():
        raise CommandError(
            f"“{safe(name)}” may not review “{safe(library.title)}”: make them a "
            "reviewer of it first."
        )
    return person


def _ready(path: Path, name: str) -> squad_in.Ready:
    try:
        return squad_in.prepare(squad.load(path), name=name)
    except squad.SquadError as error:
        raise CommandError(f"This is not a SQuAD file: {safe(str(error))}.") from error
    except UnacceptableText as error:
        raise CommandError(safe(str(error))) from error
    except OSError as error:
        raise CommandError(f"{safe(str(path))}: {error.strerror}.") from error


def _told(
    library: Library, ready: squad_in.Ready, brought: squad_in.Brought
) -> list[str]:
    """Say what became of the file."""
    lines = [
        f"{safe(library.title)}: {brought.questions} questions added, "
        f"{brought.already} there already; {brought.passages} passages added."
    ]
    if brought.earlier:
        lines.append(
            f"{brought.earlier} passages were archived or edited in the library: they "
            "stay so."
        )
    if ready.left_out:
        lines.append(
            f"{ready.left_out} left out: they have no text, or their answers do not "
            "stand in their passage."
        )
    if brought.others:
        lines.append(
            f"{brought.others} left out: other questions of the library have their ids."
        )
    return lines
