"""python manage.py export_library TITLE --format zip --output FILE."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers.exporting import FORMATS, Wanted
from answers.management.choosing import (
    find_library,
    libraries_called,
    need_database,
)
from answers.management.terminal import safe
from answers.models import Library


class Command(BaseCommand):
    help = (
        "Write a library to one file, which import_passages gives back as it was: "
        "texts, titles, sections, pages, tags and the names of files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("library", metavar="TITLE", help="or the library's number")
        parser.add_argument("--format", choices=sorted(FORMATS), default="zip")
        parser.add_argument(
            "--output", required=True, metavar="FILE", help="- for standard output"
        )
        parser.add_argument(
            "--archived",
            action="store_true",
            help="archived passages and earlier versions too",
        )
        parser.add_argument(
            "--force", action="store_true", help="replace the file if it is there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        library = _library(options["library"])
        wanted = Wanted(library, archived=options["archived"])
        if options["output"] == "-":
            _write(sys.stdout.buffer, options["format"], wanted)
            return
        target = Path(options["output"])
        if target.exists() and not options["force"]:
            raise CommandError(
                f"{safe(str(target))} is there already. Name another file, or replace "
                "it with --force."
            )
        try:
            _write_whole(target, options["format"], wanted)
        except OSError as error:
            raise CommandError(
                f"{safe(str(target))} cannot be written: {error.strerror or error}."
            ) from error
        self.stderr.write(f"“{safe(library.title)}” is in {safe(str(target))}.")


def _library(given: str) -> Library:
    shelves = Library.objects.shelves()
    if not libraries_called(given) and given.isascii() and given.isdigit():
        numbered = shelves.filter(pk=int(given[:18])).first()
        if numbered is not None:
            return numbered
    return find_library(given)


def _write_whole(target: Path, name: str, wanted: Wanted) -> None:
    """Write beside the file first: it is there whole, or not at all."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            _write(file, name, wanted)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _write(file: BinaryIO, name: str, wanted: Wanted) -> None:
    for piece in FORMATS[name].pieces(wanted):
        file.write(piece)
