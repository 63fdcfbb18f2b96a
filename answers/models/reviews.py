"""What reviewers say to the answers."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.models.conversations import Answer
from answers.models.libraries import Library, Person, User


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Person) -> Self:
        """Reviews of libraries that the person may look over."""
        libraries = Library.objects.reviewable_by(user)
        return self.filter(answer__passage__library__in=libraries)

    def waiting(self) -> Self:
        return self.filter(verdict="")


class Review(models.Model):
    """A reviewer's verdict on the best answer of a question; empty until given."""

    class Verdict(models.TextChoices):
        RIGHT = "right", _("Right")
        WRONG_SPAN = "wrong_span", _("Right passage, wrong span")
        WRONG = "wrong", _("Wrong")

    answer = models.ForeignKey(
        Answer,
        verbose_name=_("answer"),
        on_delete=models.CASCADE,
        related_name="reviews",
    )
    verdict = models.CharField(
        _("verdict"), max_length=12, choices=Verdict.choices, blank=True
    )
    note = models.TextField(_("note"), blank=True, max_length=2000)
    reviewer = models.ForeignKey(
        User,
        verbose_name=_("reviewer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reviews",
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(verdict="", reviewed_at=None, reviewer=None)
                | (
                    ~Q(verdict="")
                    & Q(reviewed_at__isnull=False, reviewer__isnull=False)
                ),
                name="verdicts_say_who_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display() or gettext('Waiting')}: {self.answer}"

    def give(self, verdict: str, *, by: User, note: str = "") -> None:
        """Record the verdict; an empty one puts the answer back into the queue."""
        self.verdict = verdict
        self.note = note
        self.reviewer = by if verdict else None
        self.reviewed_at = timezone.now() if verdict else None
        self.save(update_fields=["verdict", "note", "reviewer", "reviewed_at"])
