"""Files that a browser sends: straight to the disk, and no more than is allowed."""

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from answers.imports import Handed

MB = 1 << 20
SLACK = 1 * MB  # what a body holds besides its files
# A body is spooled to the disk, and then its files are: it needs its room twice.
TIMES = 2
RESERVE = 100 * MB  # of the disk, which the database needs
# Of a file of questions, which is parsed as a whole while the browser waits: 10,000 of
# SQuAD have 4 MB.
QUESTIONS_BYTES = 16 * MB


def refusal(length: int) -> str:
    """Return why a body of so many bytes is not read at all, or "" if it is."""
    if length > settings.IMPORT_BYTES + SLACK:
        return _(
            "You sent %(size)s MB; together the files may have at most %(most)s MB. "
            "Nothing was imported. Please import them in several goes."
        ) % {
            "size": grouped(length // MB),
            "most": grouped(settings.IMPORT_BYTES // MB),
        }
    if shutil.disk_usage(settings.UPLOADS_DIR).free < TIMES * length + RESERVE:
        return _(
            "The disk of this site is too full to take these files. Nothing was "
            "imported. Please tell whoever runs the site."
        )
    return ""


def too_many() -> str:
    return _(
        "You sent more than %(most)s files. Nothing was imported. Please send fewer at "
        "once, or pack them as a ZIP file: it counts as one."
    ) % {"most": grouped(settings.IMPORT_FILES)}


class ToDisk(FileUploadHandler):
    """Writes each file to the folder of uploads, and cuts off one that is too long.

    The others are taken in all the same. `handed` has them in order; `discard` deletes
    those that nobody has moved away.
    """

    file: IO[bytes]

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.handed: list[Handed] = []
        self.problem = ""
        self._written: list[Path] = []

    def new_file(self, *args: object, **options: object) -> None:
        super().new_file(*args, **options)  # type: ignore[arg-type]
        number, path = tempfile.mkstemp(".part", dir=settings.UPLOADS_DIR)
        self.file = os.fdopen(number, "wb")
        self._written.append(Path(path))
        self.problem = ""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not self.problem and start + len(raw_data) > settings.FILE_BYTES:
            self._give_up(too_large(settings.FILE_BYTES))
        if self.problem:
            return
        try:
            self.file.write(raw_data)
        except OSError as error:
            self._give_up(_unwritten(error))

    def file_complete(self, file_size: int) -> None:
        try:
            self.file.close()
        except OSError as error:  # the last bytes are written now
            self._give_up(_unwritten(error))
        path = None if self.problem else self._written[-1]
        self.handed.append(Handed(self.file_name or "", path, file_size, self.problem))

    def upload_interrupted(self) -> None:
        if self._written:
            self.file.close()

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        os.truncate(self._written[-1], 0)

    def discard(self) -> None:
        for path in self._written:
            path.unlink(missing_ok=True)


def too_large(most: int) -> str:
    return _(
        "It has more than %(most)s MB, the most that a file may have here. Please "
        "split it."
    ) % {"most": grouped(most // MB)}


def _unwritten(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _("The disk of this site was full. Please send it again later.")
    return _("It could not be stored: %(reason)s.") % {"reason": error.strerror}


def grouped(number: int) -> str:
    """The number as the reader's language writes it, thousands apart: “1,000”."""
    return number_format(number, force_grouping=True)
