"""python manage.py import_passages PATH… --library NAME: files become passages."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers import importing, library
from answers.importing import FORMATS, UnreadableFile
from answers.management.choosing import (
    find_library,
    libraries_called,
    need_database,
)
from answers.management.terminal import Progress, safe
from answers.models import Library, User
from answers.texts import UnacceptableText


class Command(BaseCommand):
    help = (
        "Import .txt, .md and SQuAD .json files (folders too) into a library. A text "
        "that is there already is left out; a broken file never stops the others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--library", metavar="NAME", help="the library to add to")
        parser.add_argument(
            "--create",
            action="store_true",
            help="make the library if it is missing; needs --owner or --public",
        )
        parser.add_argument(
            "--owner", metavar="USERNAME", help="who owns a new library"
        )
        parser.add_argument(
            "--public", action="store_true", help="everyone may ask a new library"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        target = self._target(options)
        files, problems = _files(options["paths"])
        added = already = 0
        with Progress("Importing", len(files), sys.stderr) as progress:
            for path in files:
                try:
                    result = _import(path, target)
                except (UnreadableFile, UnacceptableText) as error:
                    problems.append((path, str(error)))
                except OSError as error:
                    problems.append((path, error.strerror or str(error)))
                else:
                    added += len(result.passages)
                    already += result.already
                progress.step()
        self._report(target, added, already)
        if problems:
            lines = [f"  {safe(str(path))}: {safe(text)}" for path, text in problems]
            raise CommandError(
                "\n".join([f"{len(problems)} could not be imported:", *lines])
            )

    def _target(self, options: dict[str, Any]) -> Library:
        name = options["library"]
        title = " ".join((name or "").split())
        if not options["create"] or (title and libraries_called(title)):
            return find_library(name)
        if not title:
            raise CommandError("--create needs --library NAME.")
        if len(title) > 200:
            raise CommandError("The name of a library has at most 200 characters.")
        if not options["owner"]:
            if not options["public"]:
                raise CommandError(
                    "Nobody could see the library: add --owner USERNAME or --public."
                )
            return Library.objects.create(title=title, is_public=True)
        owner = User.objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError(f"There is no user “{safe(options['owner'])}”.")
        return Library.create_for(owner, title, is_public=options["public"])

    def _report(self, target: Library, added: int, already: int) -> None:
        told = f"{added} {'passage' if added == 1 else 'passages'} added"
        if already:
            told += f", {already} there already"
        self.stdout.write(f"{safe(target.title)}: {told}.")


def _import(path: Path, target: Library) -> library.Added:
    """Import one file whole, or raise and import nothing of it."""
    return library.add(target, importing.read(path, limit=settings.PASSAGE_CHARACTERS))


def _files(paths: list[Path]) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Return the files to import, and the paths at which there is nothing to import."""
    files: list[Path] = []
    problems: list[tuple[Path, str]] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)  # a missing one is reported when it is read
            continue
        inside = sorted(file for file in path.rglob("*") if _is_ours(file, path))
        files += inside
        if not inside:
            known = ", ".join(sorted(FORMATS))
            problems.append((path, f"there are no {known} files in this folder."))
    return list(dict.fromkeys(files)), problems


def _is_ours(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in FORMATS and not hidden and file.is_file()
