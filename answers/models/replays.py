"""Other models, and other scores, tried on what was reviewed."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from answers.models.libraries import Library, Person, User
from answers.models.passages import Passage
from answers.models.reviews import ReviewItem


class ReplayQuerySet(models.QuerySet["Replay"]):
    def visible_to(self, user: Person) -> Self:
        """A replay is its starter's, since it shows what they may review."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(started_by=user)

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)


class Replay(models.Model):
    """Reviewed questions, read once more by the model that serves and by another."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    model_name = models.CharField(_("model"), max_length=100)
    model_hash = models.CharField(_("hash of the model"), max_length=64, blank=True)
    serving_name = models.CharField(_("serving model"), max_length=100, blank=True)
    serving_hash = models.CharField(
        _("hash of the serving model"), max_length=64, blank=True
    )
    libraries = models.ManyToManyField(  # none: all that the starter may review
        Library, verbose_name=_("libraries"), related_name="+", blank=True
    )
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.WAITING
    )
    message = models.CharField(_("message"), max_length=500, blank=True)
    total = models.PositiveIntegerField(_("questions"), default=0)
    done = models.PositiveIntegerField(_("read so far"), default=0)
    started_by = models.ForeignKey(
        User, verbose_name=_("started by"), on_delete=models.CASCADE, related_name="+"
    )
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)  # of its messages
    task_id = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ("-pk",)
        constraints = (
            # Each keeps the machine busy for long.
            models.UniqueConstraint(
                fields=["started_by"],
                condition=Q(finished_at=None),
                name="one_running_replay_a_person",
            ),
        )

    def __str__(self) -> str:
        return self.model_name

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def percent(self) -> int:
        """0 to 100; 100 only when it is over."""
        if self.is_finished and self.done >= self.total:
            return 100
        return min(99, 100 * self.done // max(self.total, 1))


class ReplayResult(models.Model):
    """One question of a replay: what both models gave, and how right each was.

    ``gain`` is the F1 of the other model less that of the one that serves (-1..1).
    """

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="results")
    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="+")
    gain = models.FloatField(_("gain"))
    serving_passage = models.ForeignKey(
        Passage, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    serving_start = models.PositiveIntegerField(default=0)
    serving_text = models.TextField(blank=True)  # empty: no answer
    serving_f1 = models.FloatField()  # 0..1
    serving_exact = models.BooleanField()
    serving_score = models.FloatField()
    other_passage = models.ForeignKey(
        Passage, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    other_start = models.PositiveIntegerField(default=0)
    other_text = models.TextField(blank=True)
    other_f1 = models.FloatField()
    other_exact = models.BooleanField()
    other_score = models.FloatField()

    class Meta:
        verbose_name = _("result of a replay")
        verbose_name_plural = _("results of replays")
        ordering = ("replay", "gain", "pk")
        indexes = (
            models.Index(fields=["replay", "gain", "id"], name="results_by_gain"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["replay", "item"], name="one_result_per_item_and_replay"
            ),
        )

    def __str__(self) -> str:
        return f"{self.serving_text} → {self.other_text}"


class RecalibrationQuerySet(models.QuerySet["Recalibration"]):
    def in_force(self, model_hash: str) -> "Recalibration | None":
        """Return what the scores of this model are made with, if not its own file."""
        applied = self.filter(
            model_hash=model_hash, applied_at__isnull=False, undone_at=None
        )
        return applied.order_by("-applied_at", "-pk").first()


class Recalibration(models.Model):
    """Score and threshold of a model, fitted to this installation's own reviews.

    score = sigmoid(slope * margin + intercept); below the threshold on the margin a
    span is not called an answer.
    """

    model_name = models.CharField(_("model"), max_length=100)
    model_hash = models.CharField(_("hash of the model"), max_length=64)
    slope = models.FloatField(_("slope"))
    intercept = models.FloatField(_("intercept"))
    threshold = models.FloatField(_("threshold"))
    reviews = models.PositiveIntegerField(_("reviews"))  # that it was fitted to
    figures = models.JSONField(_("figures"), default=dict)
    made_by = models.ForeignKey(
        User,
        verbose_name=_("made by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = RecalibrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(slope__gt=0), name="scores_grow_with_the_margin"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(applied_at__isnull=False),
                name="only_the_applied_is_undone",
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_name} ({self.reviews})"
