"""Reading what an import has left to read, file after file."""

import errno
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answers import importing
from answers.importing import Member, UnreadableFile
from answers.imports.files import folder_of, safe_name, sha256_of, throw_away
from answers.imports.holding import DEATHS, Held, held, let_go
from answers.imports.memory import Bound
from answers.imports.saving import Batch, Cancelled, Gone, Reading, whole
from answers.library import NewPassage, checked, tidy_index
from answers.models import Import, ImportFile
from answers.texts import UnacceptableText

# Bytes. Whether a file is here already is asked before it is read, if it is this long;
# of shorter ones when they are saved, of many at once.
ASKED = 1 << 14
LONG = 1 << 20  # bytes; of a file this long the page says that it is being read
FETCHED = 200  # rows at once
MANY_PASSAGES = 5000  # after so many new ones the index is tidied
FULL = {errno.ENOSPC, errno.EDQUOT}

Status = ImportFile.Status
Told = Callable[[Import], None]
logger = logging.getLogger(__name__)


class Broken(Exception):
    """A file that cannot be read (further); the message is for people."""


class Paused(Exception):
    """The process is to end; the import goes on in the next one."""


def run(
    job_pk: int,
    *,
    stopping: Callable[[], bool] = lambda: False,
    told: Told = lambda job: None,
) -> bool:
    """Read what is left of the import; return whether it is over.

    It goes on where it was left, nothing is saved twice, and when another process has
    the import nothing is done. When `stopping` says so, it is left for later. `told` is
    called whenever something was saved.
    """
    with held(job_pk) as hold:
        if hold is None:
            return False
        jobs = Import.objects.select_related("library", "started_by")
        job = jobs.unfinished().filter(pk=job_pk).first()
        if job is None:  # finished, or deleted
            _forget(job_pk)
            return True
        with translation.override(job.language or translation.get_language()):
            return _Run(job, hold, stopping, told).to_the_end()


def cancel(job: Import) -> None:
    """End the import: now if nobody runs it, else when its passages are saved."""
    mine = Import.objects.unfinished().filter(pk=job.pk)
    mine.update(cancelled_at=timezone.now())
    with held(job.pk) as hold:
        if hold is not None:
            finish(job, Import.Status.CANCELLED)


def finish(job: Import, status: str, message: str = "") -> None:
    """Close the import and all its files, and throw away its uploads."""
    with transaction.atomic():
        job.files.unfinished().update(status=Status.CANCELLED)
        Import.objects.unfinished().filter(pk=job.pk).update(
            status=status, finished_at=timezone.now(), message=message[:500]
        )
    _forget(job.pk)
    added = job.files.aggregate(passages=Sum("added"))["passages"] or 0
    if added >= MANY_PASSAGES:
        tidy_index()


def _forget(job_pk: int) -> None:
    throw_away(job_pk)
    let_go(job_pk)


@dataclass(frozen=True, slots=True)
class _Archive:
    """A ZIP file that stays open while its files are read."""

    pk: int  # of its row
    file: zipfile.ZipFile
    members: list[Member]


class _Run:
    """One walk through the files of an import."""

    def __init__(
        self, job: Import, hold: Held, stopping: Callable[[], bool], told: Told
    ) -> None:
        self.job, self.hold, self.stopping, self.told = job, hold, stopping, told
        self.batch = Batch(job)
        self.archive: _Archive | None = None  # the ZIP file read last

    def to_the_end(self) -> bool:
        running = Import.objects.unfinished().filter(pk=self.job.pk)
        running.update(status=Import.Status.RUNNING)
        try:
            for row in self._rows():
                self._pause_if_asked()
                self._file(row)
            self._save()
        except Paused:
            running.update(status=Import.Status.WAITING)
            self.hold.rest()
            return False
        except OperationalError:  # of the database: no file is to blame
            with suppress(OSError):
                self.hold.rest()
            raise
        except Gone:
            _forget(self.job.pk)
        except Cancelled as end:
            finish(self.job, Import.Status.CANCELLED, str(end))
        else:
            finish(self.job, Import.Status.DONE)
        finally:
            self._close_archive()
        self.told(self.job)
        return True

    def _rows(self) -> Iterator[ImportFile]:
        """Yield the files to read; those of ZIP files come up as these are opened."""
        left = self.job.files.unfinished().select_related("inside", "source")
        last = 0
        while rows := list(left.filter(pk__gt=last).order_by("pk")[:FETCHED]):
            for row in rows:
                last = row.pk
                yield row

    def _pause_if_asked(self) -> None:
        if self.stopping():
            self._save()
            raise Paused

    def _save(self) -> None:
        try:
            if self.batch.save():
                self.hold.went_on()
        except OperationalError as error:
            if "full" in str(error):
                raise Cancelled(_full()) from error
            raise
        self.told(self.job)

    def _file(self, row: ImportFile) -> None:
        reading = Reading(row)
        try:
            if not self.hold.begin(row.pk):
                raise Broken(_gave_up())
            self._read(reading)
        except Broken as fault:
            if not reading.is_partly_saved:
                reading.drop()  # whole or not at all, as long as that can be chosen
            reading.end(Status.FAILED, _with_rest(str(fault), reading))
        if reading.is_over:
            self.batch.put(reading)
            if self.batch.is_due:
                self._save()

    def _read(self, reading: Reading) -> None:
        """Read the file to its end. Raises Broken."""
        row, bound = reading.row, Bound()
        with _faults(), bound:
            path = self._path(row)
            members = importing.members(path, name=row.name)
        if members is not None:
            self._unpack(row, members)
            return
        with _faults():
            reading.sha256 = sha256_of(path)
        if self.batch.holds(reading.sha256):  # the same file twice in one import
            self._save()
        if row.size > ASKED and (here := whole(self.job.library, [reading.sha256])):
            reading.is_here(here[reading.sha256])
            return
        if row.size > LONG:
            ImportFile.objects.filter(pk=row.pk).update(status=Status.READING)
        notes: list[str] = []
        for item in _passages(path, row.name, notes, bound):
            reading.take(item)
            self.batch.put(reading)
            if self.batch.is_due:
                self._save()
            self._pause_if_asked()
        reading.end(Status.DONE, " ".join(notes))

    def _path(self, row: ImportFile) -> Path:
        """Return where the file lies; one of a ZIP file is unpacked first."""
        if row.inside is None:
            return Path(row.path) if self.job.from_terminal else self._waits(row)
        if self.archive is None or self.archive.pk != row.inside.pk:
            self._close_archive()
            path = self._path(row.inside)
            members = importing.members(path, name=row.inside.name) or []
            self.archive = _Archive(row.inside.pk, zipfile.ZipFile(path), members)
        folder = folder_of(self.job)
        folder.mkdir(exist_ok=True)
        member = self.archive.members[row.position or 0]
        member.extract(folder / "member", using=self.archive.file)
        return folder / "member"

    def _close_archive(self) -> None:
        if self.archive is not None:
            self.archive.file.close()
            self.archive = None

    def _waits(self, row: ImportFile) -> Path:
        return folder_of(self.job) / row.path

    def _unpack(self, row: ImportFile, members: list[Member]) -> None:
        """Make a row of every file in the ZIP file, all at once."""
        self._save()
        count = len(members)
        with transaction.atomic():
            if not Import.objects.filter(pk=self.job.pk).exists():
                raise Gone
            ImportFile.objects.bulk_create(
                _member_row(row, position, member)
                for position, member in enumerate(members)
            )
            row.status, row.read = Status.DONE, row.size
            row.message = ngettext(
                "%(count)d file was in it.", "%(count)d files were in it.", count
            ) % {"count": count}
            row.save(update_fields=["status", "read", "message"])


def _member_row(row: ImportFile, position: int, member: Member) -> ImportFile:
    return ImportFile(
        job_id=row.job_id,
        inside=row,
        position=position,
        name=safe_name(member.name),
        size=member.size,
        read=member.size if member.problem else 0,
        status=Status.FAILED if member.problem else Status.WAITING,
        message=member.problem[:500],
    )


def _passages(
    path: Path, name: str, notes: list[str], bound: Bound
) -> Iterator[NewPassage]:
    """Yield what is in the file; afterwards its notes are complete. Raises Broken."""
    with _faults():
        with bound:
            opened = importing.read(path, limit=settings.PASSAGE_CHARACTERS, name=name)
        yield from bound.each(map(checked, opened))
        notes.extend(opened.notes)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn whatever is wrong with a file into Broken: it never stops the others."""
    try:
        yield
    except (UnreadableFile, UnacceptableText) as error:
        raise Broken(str(error)) from error
    except FileNotFoundError as error:
        raise Broken(_("It is not there any more.")) from error
    except OSError as error:
        if error.errno in FULL:
            raise Cancelled(_full()) from error
        if error.errno == errno.ENOMEM:
            raise Broken(_too_much()) from error
        raise Broken(
            _("It cannot be read: %(reason)s.") % {"reason": error.strerror or error}
        ) from error
    except MemoryError as error:
        raise Broken(_too_much()) from error
    except Exception as error:
        logger.exception("A file could not be imported")
        raise Broken(
            _("It could not be read: a fault of this program, which it has noted down.")
        ) from error


def _with_rest(fault: str, reading: Reading) -> str:
    """Return the fault, and what was imported of the file before it, if anything."""
    if not reading.order:
        return fault
    kept = ngettext(
        "The %(count)d passage before that is in the library.",
        "The %(count)d passages before that are in the library.",
        reading.order,
    ) % {"count": reading.order}
    return f"{fault} {kept}"


def _too_much() -> str:
    return _(
        "Reading it takes more memory than this site gives to an import. Please split "
        "it."
    )


def _full() -> str:
    return _(
        "The disk of this site is full. When there is room again, import the files "
        "once more: what is in the library already is left out."
    )


def _gave_up() -> str:
    return ngettext(
        "Reading it has ended the program %(count)d time, so it was left out.",
        "Reading it has ended the program %(count)d times, so it was left out.",
        DEATHS,
    ) % {"count": DEATHS}
