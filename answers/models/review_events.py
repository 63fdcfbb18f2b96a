"""The log of reviews, which nobody edits."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from answers.models.libraries import Library, Person


class ReviewEventQuerySet(models.QuerySet["ReviewEvent"]):
    def visible_to(self, user: Person) -> Self:
        """What happened to items of libraries that the person may look over."""
        if user.is_superuser:
            return self
        mine = Library.objects.reviewable_by(user).values("pk")
        return self.filter(library_id__in=mine)


class ReviewEvent(models.Model):
    """Who did what and when; a row is never changed and never deleted.

    Triggers in the database hold it to that (answers/reviewing/triggers.py). It has no
    foreign keys for the same reason: it outlasts the rows that it tells of.
    """

    class Kind(models.TextChoices):
        REVIEWED = "reviewed", _("Reviewed")
        DECIDED = "decided", _("Decided a conflict")
        CHANGED = "changed", _("Changed a review")
        WITHDRAWN = "withdrawn", _("Withdrew a review")
        SECOND_WANTED = "second", _("Asked for a second review")
        IMPORTED = "imported", _("Imported")
        CALIBRATED = "calibrated", _("Changed score and threshold")

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    actor_id = models.BigIntegerField(null=True, editable=False)
    actor_name = models.CharField(_("who"), max_length=150, editable=False)
    kind = models.CharField(
        _("what"), max_length=10, choices=Kind.choices, editable=False
    )
    library_id = models.BigIntegerField(null=True, editable=False)
    item_id = models.BigIntegerField(null=True, editable=False)
    question_id = models.UUIDField(null=True, editable=False)
    old = models.JSONField(_("before"), null=True, editable=False)
    new = models.JSONField(_("after"), null=True, editable=False)

    objects = ReviewEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("log of reviews")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["item_id", "id"], name="events_of_item"),
            models.Index(fields=["library_id", "-id"], name="events_of_library"),
            models.Index(fields=["kind", "-id"], name="events_by_kind"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.get_kind_display()}"
