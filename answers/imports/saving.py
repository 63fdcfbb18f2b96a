"""What was read -> rows, in short transactions: SQLite has one writer at a time."""

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection, reset_queries, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from answers.imports.files import suffix_of
from answers.library import NewPassage, Placed, place
from answers.models import Import, ImportFile, Library, Passage, Source, User

PASSAGES = 100  # saved in one transaction: others wait for its end
SECONDS = 2.0  # after which fewer are saved: people wait for the bar, and to cancel
# For this share of the time that saving took, the lock is left to others. SQLite's
# waiters look every 0.1 s: they would hardly ever find it free otherwise.
GIVE_WAY = 0.1

Status = ImportFile.Status


class Cancelled(Exception):
    """The import ends before its end; the message says why, if a person did not."""


class Gone(Exception):
    """The import was deleted, with its library."""


@dataclass(slots=True)
class Reading:
    """A file while it is read: its row, and what of it is not saved yet."""

    row: ImportFile
    sha256: str = ""
    items: list[tuple[int, NewPassage]] = field(default_factory=list)
    order: int = 0  # passages read so far
    bytes: int = 0  # of their texts
    status: str = Status.READING
    message: str = ""
    # A file that was half read when the process died is read again from its beginning:
    # these passages are there, and counted.
    counted: int = field(init=False)

    def __post_init__(self) -> None:
        self.counted = self.row.added + self.row.already

    def take(self, item: NewPassage) -> None:
        self.items.append((self.order, item))
        self.order += 1
        self.bytes += len(item.text.encode())

    def is_here(self, source: Source) -> None:
        """Note that the file was imported whole before: nothing of it is new."""
        self.drop()
        self.row.source = source
        self.row.already = source.passages.current().count()
        self.end(Status.ALREADY)

    def tell_row(self, added: int) -> None:
        """Write into the row what is saved with it; of its passages `added` are new."""
        row = self.row
        row.status, row.message, row.read = self.status, self.message, self.read
        if self.status != Status.ALREADY:
            row.added += added
            row.already += self.new - added

    def drop(self) -> None:
        """Forget what was read."""
        self.items.clear()
        self.order = 0

    def end(self, status: str, message: str = "") -> None:
        self.status, self.message = status, message[:500]

    @property
    def is_over(self) -> bool:
        return self.status != Status.READING

    @property
    def is_partly_saved(self) -> bool:
        return self.row.added + self.row.already > 0

    @property
    def has_own(self) -> bool:
        """Whether a passage came from this file: those of an export came before."""
        return any(item.origin is None for _, item in self.items)

    @property
    def new(self) -> int:
        """How many passages wait that were not counted before."""
        return sum(order >= self.counted for order, _ in self.items)

    @property
    def read(self) -> int:
        """About how many bytes of the file: those of its text are the best guess."""
        size = self.row.size
        return size if self.is_over else max(self.row.read, min(self.bytes, size))


class Batch:
    """Passages and results of one file or several that wait to be saved together."""

    def __init__(self, job: Import) -> None:
        self.job = job
        self._readings: dict[int, Reading] = {}
        self._since = time.monotonic()

    def __len__(self) -> int:
        return sum(len(reading.items) for reading in self._readings.values())

    def put(self, reading: Reading) -> None:
        """Have the state of this file saved with the batch."""
        if not self._readings:
            self._since = time.monotonic()
        self._readings[reading.row.pk] = reading

    def holds(self, sha256: str) -> bool:
        return any(sha256 == reading.sha256 for reading in self._readings.values())

    @property
    def is_due(self) -> bool:
        if not self._readings:
            return False
        waited = time.monotonic() - self._since
        many = max(len(self), len(self._readings)) >= PASSAGES
        return many or waited >= SECONDS

    def save(self) -> bool:
        """Save all of it or nothing; return whether any file was read further.

        Raises Cancelled or Gone if the import is not wanted any more.
        """
        began = time.monotonic()
        readings = list(self._readings.values())
        with transaction.atomic():
            wanted(self.job)
            self._leave_out(readings)
            sources = self._sources(readings)
            added = self._place(readings, sources)
            for reading in readings:
                if reading.has_own:
                    reading.row.source = sources[reading.sha256]
                reading.tell_row(added[reading.row.pk])
            _save_rows([reading.row for reading in readings])
        went_on = any(reading.new for reading in readings)
        for reading in readings:
            reading.items.clear()
        self._readings.clear()
        reset_queries()  # Django keeps them while QAWEB_DEBUG is on
        time.sleep(GIVE_WAY * (time.monotonic() - began))
        return went_on

    def _leave_out(self, readings: list[Reading]) -> None:
        """Drop what was read of files that had been imported whole before."""
        ended = [r for r in readings if r.status == Status.DONE and not r.counted]
        here = whole(self.job.library, [r.sha256 for r in ended])
        for reading in ended:
            if reading.sha256 in here and not reading.is_partly_saved:
                reading.is_here(here[reading.sha256])

    def _sources(self, readings: list[Reading]) -> dict[str, Source]:
        """Return the sources of all files that have passages; new ones are made."""
        rows = {r.sha256: r.row for r in readings if r.has_own}
        if not rows:
            return {}
        sources = Source.objects.filter(library=self.job.library)
        found = {s.sha256: s for s in sources.filter(sha256__in=rows)}
        if missing := rows.keys() - found.keys():
            made = Source.objects.bulk_create(
                Source(
                    library=self.job.library,
                    name=row.name,
                    format=suffix_of(row.name),
                    sha256=sha256,
                    size=row.size,
                    imported_by=self.job.started_by,
                )
                for sha256, row in rows.items()
                if sha256 in missing
            )
            found |= {source.sha256: source for source in made}
        return found

    def _place(
        self, readings: list[Reading], sources: dict[str, Source]
    ) -> Counter[int]:
        """Save the passages; return how many new ones each file has added."""
        places = [(r, order, item) for r in readings for order, item in r.items]
        placed = (
            Placed(item, sources.get(reading.sha256), order, reading.row.name)
            for reading, order, item in places
        )
        saved = place(self.job.library, placed, by=self.job.started_by)
        added: Counter[int] = Counter()
        for number in saved.numbers:
            reading, order, _item = places[number]
            added[reading.row.pk] += order >= reading.counted
        return added


def _save_rows(rows: list[ImportFile]) -> None:
    """Save what came of the files: one statement, where save() would make hundreds."""
    table = ImportFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET status=%s, message=%s, read=%s, source_id=%s, "  # noqa: S608
            "added=%s, already=%s WHERE id=%s",
            [
                (r.status, r.message, r.read, r.source_id, r.added, r.already, r.pk)
                for r in rows
            ],
        )


def whole(library: Library, hashes: Collection[str]) -> dict[str, Source]:
    """Return the sources of those files that were imported to their end before.

    A file whose passages have all been archived since does not count.
    """
    if not hashes:
        return {}
    sources = Source.objects.filter(library=library, sha256__in=hashes)
    done = ImportFile.objects.filter(source=OuterRef("pk"), status=Status.DONE)
    current = Passage.objects.current().filter(source=OuterRef("pk"))
    found = sources.filter(Exists(done)).filter(Exists(current))
    return {source.sha256: source for source in found}


def wanted(job: Import) -> None:
    """Raise Cancelled or Gone unless the import is to go on."""
    now = Import.objects.select_related("started_by").filter(pk=job.pk).first()
    if now is None:
        raise Gone
    if now.cancelled_at is not None:
        raise Cancelled
    if now.from_terminal:
        return
    person = now.started_by
    if person is None or not person.is_active or not _may_add(person, now.library_id):
        raise Cancelled(
            _("It stopped because you may not add to this library any more.")
        )


def _may_add(person: User, library: int) -> bool:
    return Library.objects.editable_by(person).filter(pk=library).exists()
