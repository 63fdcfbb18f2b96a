"""python manage.py import_passages PATH… --library NAME: files become passages."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers import imports
from answers.importing import FORMATS
from answers.imports import Handed
from answers.imports.progress import counted
from answers.management.choosing import (
    find_library,
    find_user,
    libraries_called,
    need_database,
)
from answers.management.terminal import Progress, safe
from answers.models import Import, ImportFile, Library
from answers.texts import UnacceptableText, clean

MB = 1 << 20
ENDS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Command(BaseCommand):
    help = (
        "Import files (and folders, and .zip files of them) into a library: "
        f"{', '.join(sorted(FORMATS))}. A file or a text that is there already is left "
        "out; a broken file never stops the others. After Ctrl-C the same command goes "
        "on where it was. With -v 2 it tells of every file."
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
        handed = [one for path in options["paths"] for one in _handed(path)]
        unique = list({(one.path or one.name): one for one in handed}.values())
        job = imports.start(target, unique, from_terminal=True)
        over = self._run(job)
        if options["verbosity"] > 1:
            self._tell_all(job)
        self._report(target, imports.progress(job))
        self._note(job)
        if not over:
            raise CommandError("Stopped. The same command goes on from here.")
        job.refresh_from_db()
        self._complain(job)

    def _run(self, job: Import) -> bool:
        """Run the import, or as much of it as there is until Ctrl-C."""
        over = False
        try:
            with (
                Progress("Importing", job.files.count(), sys.stderr) as bar,
                _interrupted() as stopping,
            ):

                def told(job: Import) -> None:
                    now = imports.progress(job)
                    bar.at(now.percent, 100, f"{now.finished}/{now.files} files")

                over = imports.run(job.pk, stopping=stopping.is_set, told=told)
        finally:  # the bar fails, too, when its terminal is gone
            if not over:
                imports.cancel(job)
        return over

    def _target(self, options: dict[str, Any]) -> Library:
        name = options["library"]
        title = " ".join((name or "").split())
        if not options["create"] or (title and libraries_called(title)):
            return find_library(name)
        if not title:
            raise CommandError("--create needs --library NAME.")
        if len(title) > 200:
            raise CommandError("The name of a library has at most 200 characters.")
        try:
            clean(title)
        except UnacceptableText as error:
            raise CommandError(f"--library: {error}") from error
        if not options["owner"]:
            if not options["public"]:
                raise CommandError(
                    "Nobody could see the library: add --owner USERNAME or --public."
                )
            return Library.objects.create(title=title, is_public=True)
        owner = find_user(options["owner"])
        return Library.create_for(owner, title, is_public=options["public"])

    def _tell_all(self, job: Import) -> None:
        for file in job.files.iterator(chunk_size=1000):
            told = f"{safe(file.name)}: {file.get_status_display()}, {file.added} added"
            self.stdout.write(f"{told}, {file.already} there already.")

    def _report(self, target: Library, now: imports.Progress) -> None:
        told = f"{now.added} {'passage' if now.added == 1 else 'passages'} added"
        if now.already:
            told += f", {now.already} there already"
        self.stdout.write(f"{safe(target.title)}: {told}.")

    def _note(self, job: Import) -> None:
        """Say what there is to know of files that were imported, as a guess."""
        done = counted(job).filter(status=ImportFile.Status.DONE).exclude(message="")
        for file in done.select_related("inside").order_by("pk"):
            self.stdout.write(f"  {_called(file)}: {safe(file.message)}")

    def _complain(self, job: Import) -> None:
        """Say what could not be imported, if anything. Raises CommandError."""
        if job.message:
            raise CommandError(job.message)
        failed = job.files.filter(status=ImportFile.Status.FAILED)
        lines = [
            f"  {_called(file)}: {safe(file.message)}"
            for file in failed.select_related("inside")
        ]
        if lines:
            raise CommandError(
                "\n".join([f"{len(lines)} could not be imported:", *lines])
            )


def _called(file: ImportFile) -> str:
    """Return the name of the file, and of the ZIP file that it is in."""
    where = f" in {safe(file.inside.name)}" if file.inside else ""
    return f"{safe(file.name)}{where}"


def _handed(path: Path) -> Iterator[Handed]:
    """Yield the files at the path: itself, or what a folder holds."""
    if not os.path.isdir(path):  # unlike Path.is_dir never raises: _file says why
        yield _file(path, path.name)
        return
    inside = sorted(file for file in path.rglob("*") if _is_ours(file, path))
    for file in inside:
        # Not where the folder lies: members see the name, and exports hold it.
        yield _file(file, str(Path(path.resolve().name, file.relative_to(path))))
    if not inside:
        known = ", ".join(sorted(FORMATS))
        yield Handed(str(path), None, 0, f"there are no {known} files in this folder.")


def _file(path: Path, name: str) -> Handed:
    try:
        name.encode()
        size = path.stat().st_size
    except UnicodeEncodeError:
        return Handed(name, None, 0, "Its name is no text: please rename it.")
    except OSError as error:
        return Handed(name, None, 0, error.strerror or str(error))
    if not path.is_file():
        return Handed(name, None, 0, "It is no file.")
    if size > settings.FILE_BYTES:
        most = f"{settings.FILE_BYTES // MB:,}"
        problem = f"It has more than {most} MB; QAWEB_FILE_MB can allow more."
        return Handed(name, None, size, problem)
    return Handed(name, path, size)


def _is_ours(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in FORMATS and not hidden and os.path.isfile(file)


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and the like set; a second one ends the program."""
    event = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = {number: signal.getsignal(number) for number in ENDS}
    for number in ENDS:
        if number == signal.SIGINT or before[number] != signal.SIG_IGN:  # by `nohup`
            signal.signal(number, note)
    try:
        yield event
    finally:
        for number in ENDS:
            signal.signal(number, before[number])
