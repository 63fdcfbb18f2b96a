"""How far an import has come, as one row of numbers."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from answers.models import Import, ImportFile

Status = ImportFile.Status


@dataclass(frozen=True, slots=True)
class Progress:
    files: int  # those of ZIP files are counted, the ZIP files are not
    finished: int  # files, whatever came of them
    failed: int  # files
    size: int  # bytes of all files
    read: int  # bytes of them, about
    added: int  # passages
    already: int  # passages that were there

    @property
    def percent(self) -> int:
        """0 to 100; 100 only when nothing is left to read."""
        if self.finished == self.files:
            return 100
        # An empty file is work too: many of them make the bar move.
        whole = self.size + self.files
        return min(99, 100 * (self.read + self.finished) // max(whole, 1))


def progress(job: Import) -> Progress:
    """Return how far the import has come, in one query."""
    over = Q(status__in=[Status.DONE, Status.ALREADY, Status.FAILED])
    sums = counted(job).aggregate(
        files=Count("pk"),
        finished=Count("pk", filter=over),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        size=Sum("size", default=0),
        read=Sum("read", default=0),
        added=Sum("added", default=0),
        already=Sum("already", default=0),
    )
    return Progress(**sums)


def counted(job: Import) -> QuerySet[ImportFile]:
    """Return the files that hold passages: no ZIP files whose files are there too."""
    files = ImportFile.objects.filter(job=job)
    unpacked = files.filter(inside__isnull=False).values("inside")
    return files.exclude(pk__in=unpacked)
