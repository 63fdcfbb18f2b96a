"""python manage.py export_library TITLE --format zip --output FILE."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from answers.exporting import FORMATS, Wanted
from answers.management.choosing import find_library, need_database
from answers.management.terminal import safe
from answers.management.writing import add_output, write


class Command(BaseCommand):
    help = (
        "Write a library to one file, which import_passages gives back as it was: "
        "texts, titles, sections, pages, tags and the names of files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("library", metavar="TITLE", help="or the library's number")
        parser.add_argument("--format", choices=sorted(FORMATS), default="zip")
        parser.add_argument(
            "--archived",
            action="store_true",
            help="archived passages and earlier versions too",
        )
        add_output(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        library = find_library(options["library"], numbers=True)
        wanted = Wanted(library, archived=options["archived"])
        pieces = FORMATS[options["format"]].pieces(wanted)
        if name := write(options["output"], pieces, force=options["force"]):
            self.stderr.write(f"“{safe(library.title)}” is in {name}.")
