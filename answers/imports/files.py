"""Where uploaded files wait, what they are called, and what is thrown away when."""

import hashlib
import logging
import shutil
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePath

import regex
from django.conf import settings
from django.utils.translation import gettext as _

from answers.models import Import

NAME = 255  # code points
CHUNK = 1 << 20  # bytes
STRAY_SECONDS = 3600  # nothing is written to a file for this long: nobody needs it
# Control characters, and the marks that show a name in another order than it is in.
UNSEEN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}]+")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that somebody has handed over."""

    name: str
    path: Path | None  # None: it was refused, and `problem` says why
    size: int  # bytes
    problem: str = ""


def safe_name(name: str) -> str:
    """Return the name as people may see it: on one line, in the order it is read.

    At most 255 code points, of which the last are kept: they say the format.
    """
    shown = UNSEEN.sub(" ", unicodedata.normalize("NFC", name))
    shown = " ".join(shown.split())
    if len(shown) > NAME:
        shown = "…" + shown[-(NAME - 1) :]
    return shown or _("(no name)")


def folder_of(job: Import) -> Path:
    """Return where the uploads of the import wait; all of it is thrown away."""
    return Path(settings.UPLOADS_DIR) / str(job.pk)


def take_in(job: Import, number: int, handed: Handed) -> str:
    """Move an upload into the import's folder; return its name there."""
    assert handed.path is not None  # noqa: S101  refused files are not taken in
    folder = folder_of(job)
    folder.mkdir(exist_ok=True)
    handed.path.rename(folder / str(number))
    return str(number)


def throw_away(job_pk: int) -> None:
    """Delete the uploads of the import, if it has any left."""
    shutil.rmtree(Path(settings.UPLOADS_DIR) / str(job_pk), ignore_errors=True)


def clean() -> None:
    """Throw away what finished imports, and uploads that broke off, have left."""
    # In this order: one that begins in between is not known, and so is left alone.
    known = set(Import.objects.values_list("pk", flat=True))
    waiting = set(Import.objects.unfinished().values_list("pk", flat=True))
    for path in Path(settings.UPLOADS_DIR).iterdir():
        number = int(path.stem) if path.stem.isdecimal() else None
        if number in waiting:
            continue
        if number in known or _is_stray(path):
            _remove(path)


def _remove(path: Path) -> None:
    """Delete it; what belongs to somebody else must not stop the worker."""
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("%s is left: %s.", path, error.strerror)


def _is_stray(path: Path) -> bool:
    """Whether nobody is writing it: an upload has no row before it is complete."""
    try:
        return time.time() - path.stat().st_mtime > STRAY_SECONDS
    except FileNotFoundError:
        return False


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def suffix_of(name: str) -> str:
    return PurePath(name).suffix.lower()[:10]
