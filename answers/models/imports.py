"""Files on their way into a library."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from answers.models.libraries import Library, Person, User
from answers.models.passages import Source


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: Person) -> Self:
        """Imports into libraries that the person may add to."""
        return self.filter(library__in=Library.objects.editable_by(user))

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)


class Import(models.Model):
    """Some files that were handed over together, and how far importing them is."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="imports"
    )
    started_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="imports"
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.WAITING
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)  # asked to stop
    finished_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)  # why it stopped; for people
    language = models.CharField(max_length=10, blank=True)  # of its messages
    # By `import_passages`: the files stay where they lie, and no worker takes it over.
    from_terminal = models.BooleanField(default=False)
    task_id = models.CharField(max_length=64, blank=True)  # of the task that runs it

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running"], finished_at=None)
                | Q(status__in=["done", "cancelled"], finished_at__isnull=False),
                name="finished_imports_say_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.library}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("import", args=[self.library_id, self.pk])

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(job__in=Import.objects.visible_to(user))

    def unfinished(self) -> Self:
        return self.filter(
            status__in=[ImportFile.Status.WAITING, ImportFile.Status.READING]
        )


class ImportFile(models.Model):
    """One file of an import, and what came of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Being read")
        DONE = "done", _("Done")
        ALREADY = "already", _("Here already")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)  # for people, and its format
    path = models.CharField(max_length=4096, blank=True)  # where the file lies
    # Set for a file of a ZIP file that was uploaded: which one, and which of its files.
    inside = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="members"
    )
    position = models.PositiveIntegerField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    read = models.PositiveBigIntegerField(default=0)  # bytes of it, about
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.WAITING
    )
    message = models.CharField(max_length=500, blank=True)  # for people
    added = models.PositiveIntegerField(default=0)  # passages
    already = models.PositiveIntegerField(default=0)  # passages that were there
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name
