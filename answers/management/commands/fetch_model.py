"""python manage.py fetch_model NAME: get a model that others publish."""

import shlex
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers import fetching, installed
from answers.fetching import Entry, FetchError
from answers.management.terminal import Progress
from answers.reader import ModelError

INTERRUPTED = 130  # as shells report Ctrl-C


class Command(BaseCommand):
    help = """\
Download a reader model that others publish, check every byte of it, and put it beside
the one that came with qaweb. It serves after a restart with QAWEB_MODEL set to its
name. This is the only thing in qaweb that uses the internet, and only when you run it.

A download that breaks off goes on where it was when you run the command again.
No internet on this machine? Download the files on another one from the addresses that
--list shows, carry them here in a folder, and name it with --from."""

    # For tests: another catalogue, plain http, a shorter patience.
    stealth_options = ("catalogue", "schemes", "timeout")
    requires_system_checks = ()  # no database is needed

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        options["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(*args, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="which model; --list shows them")
        parser.add_argument(
            "--list", action="store_true", help="what there is to fetch, and from where"
        )
        parser.add_argument(
            "--from",
            dest="source",
            type=Path,
            metavar="FOLDER",
            help="take the files from this folder instead of the internet; names and "
            "sub-folders as Open Model Zoo's downloader makes them are fine",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="replace the model if it is there; a calibration that you made for "
            "it goes too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue = options.get("catalogue") or fetching.load_catalogue()
        if options["list"]:
            return self._list(catalogue)
        entry = _entry(options["name"], catalogue)
        if not options["force"] and fetching.is_intact(entry, settings.WEIGHTS_DIR):
            self.stdout.write(f"{entry.name} is installed already, and intact.")
            return self._remedy(entry)
        try:
            folder = self._fetch(entry, options)
        except FetchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What has arrived is kept: run the same command again to go "
                "on.",
                returncode=INTERRUPTED,
            ) from None
        self.stdout.write(f"{entry.name} is installed in {folder}.")
        self._try_out(entry)
        return self._remedy(entry)

    def _fetch(self, entry: Entry, options: dict[str, Any]) -> Path:
        given: dict[str, Any] = {
            name: options[name] for name in ("schemes", "timeout") if name in options
        }
        with Progress(f"Fetching {entry.name}", entry.size, sys.stderr) as progress:

            def report(done: int, total: int, before: int) -> None:
                # The time left is that of this run; an earlier one was as it was.
                note = f"{done / 1e6:.1f}/{total / 1e6:.1f} MB"
                progress.at(max(done - before, 0), total - before, note)

            return fetching.fetch(
                entry,
                settings.WEIGHTS_DIR,
                source=options["source"],
                force=options["force"],
                report=report,
                **given,
            )

    def _try_out(self, entry: Entry) -> None:
        try:
            problem = installed.why_unusable(
                installed.find(settings.WEIGHTS_DIR, entry.name)
            )
        except ModelError as error:
            problem = str(error)
        if problem:
            raise CommandError(
                f"The files are those that were published, but this machine cannot "
                f"run them: {problem}"
            )
        self.stdout.write("It was loaded and read a window: it works here.")

    def _remedy(self, entry: Entry) -> None:
        if entry.name == settings.MODEL:
            self.stdout.write("QAWEB_MODEL names it: it serves after a restart.")
        else:
            name = shlex.quote(entry.name)
            self.stdout.write(f"To serve it: QAWEB_MODEL={name} make run")
        found = installed.find(settings.WEIGHTS_DIR, entry.name)
        if note := found.metrics.get("note"):  # gone once somebody has calibrated it
            self.stdout.write(note)

    def _list(self, catalogue: Mapping[str, Entry]) -> None:
        for entry in catalogue.values():
            self.stdout.write(f"{entry.name}: {entry.title}.")
            self.stdout.write(
                f"  {entry.summary} {entry.size / 1e6:.1f} MB, {entry.licence}."
            )
            self.stdout.write(f"  {entry.source}")
            for file in entry.files:
                self.stdout.write(f"  {file.name} ({file.size:,} bytes)")
                self.stdout.write(f"    SHA-384 {file.sha384}")
                for url in file.urls:
                    self.stdout.write(f"    {url}")


def _entry(name: str | None, catalogue: Mapping[str, Entry]) -> Entry:
    names: Collection[str] = catalogue.keys()
    if name is None:
        raise CommandError(
            f"Which model? There is: {', '.join(names)}. "
            "For instance: python manage.py fetch_model omz-small-int8"
        )
    if name not in catalogue:
        raise CommandError(
            f"The catalogue has no model {name!r}. There is: {', '.join(names)}."
        )
    return catalogue[name]
