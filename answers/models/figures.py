"""Days summed up: what happened on each, by what was asked and by model.

With a million questions no page may look at each. A day's rows are made by
answers/figures from what happened on it, and made anew as a whole, never added to.
A question that asks several libraries is one question: so figures are kept by *scope*,
the set of libraries asked, and those of one or of several libraries are the sum over
the scopes that hold any of them, without counting a question twice.
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from answers.models.conversations import Question
from answers.models.libraries import Library, Person, User
from answers.models.passages import Passage


class Scope(models.Model):
    """Libraries that were asked together. What is pasted is in none of them."""

    key = models.CharField(max_length=32, unique=True)  # of the libraries' keys
    libraries = models.ManyToManyField(Library, related_name="+")
    # False: something pasted was asked too, so that its questions are nobody's to read.
    is_whole = models.BooleanField()

    class Meta:
        verbose_name = _("scope")
        verbose_name_plural = _("scopes")

    def __str__(self) -> str:
        return self.key


class FiguresQuerySet(models.QuerySet["Figures"]):
    def visible_to(self, user: Person, library: int | None = None) -> Self:
        """Figures of questions that asked what the person may look over.

        Those of one library, if any is given. Superusers see what all asked.
        """
        if user.is_superuser and library is None:
            return self.filter(scope=None)
        mine = Library.objects.reviewable_by(user)
        if library is not None:
            mine = mine.filter(pk=library)
        asked = Scope.libraries.through.objects.filter(library__in=mine)
        return self.filter(scope__in=asked.values("scope"))

    def legible_to(self, user: Person, library: int | None = None) -> Self:
        """Those of questions that asked nothing else: their texts may be shown."""
        others = Scope.libraries.through.objects.exclude(
            library__in=Library.objects.reviewable_by(user)
        )
        seen = self.visible_to(user, library).exclude(scope__in=others.values("scope"))
        return seen.filter(Q(scope=None) | Q(scope__is_whole=True))


class Figures(models.Model):
    """What happened on one day, of one scope and model."""

    day = models.DateField(_("day"))
    scope = models.ForeignKey(  # None: all questions, also those to pasted texts
        Scope, null=True, on_delete=models.CASCADE, related_name="figures"
    )
    model_hash = models.CharField(max_length=64, blank=True)  # empty: no model read
    model_name = models.CharField(max_length=100, blank=True)
    asked = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    no_answer = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # What was said on this day, of whichever day's answers.
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    wrong_span = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    holds_none = models.PositiveIntegerField(default=0)  # Verdict.NO_ANSWER
    unclear = models.PositiveIntegerField(default=0)

    objects = FiguresQuerySet.as_manager()

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of days")
        indexes = (models.Index(fields=["scope", "day"], name="figures_of_scope"),)
        constraints = (
            models.UniqueConstraint(
                fields=["day", "scope", "model_hash"], name="one_row_per_day_and_scope"
            ),
            models.UniqueConstraint(
                fields=["day", "model_hash"],
                condition=Q(scope=None),
                name="one_row_per_day_for_all",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day}: {self.asked}"


class FiguresBin(models.Model):
    """How many of a day's questions took about so long, or scored about so much."""

    class Kind(models.TextChoices):
        TOOK = "took", _("Milliseconds taken")
        SCORE = "score", _("Score, of what was reviewed")

    figures = models.ForeignKey(Figures, on_delete=models.CASCADE, related_name="bins")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    bin = models.PositiveSmallIntegerField()  # answers/figures/bins.py
    count = models.PositiveIntegerField()
    right = models.PositiveIntegerField(default=0)
    total = models.FloatField(default=0)  # of the scores

    class Meta:
        verbose_name = _("part of the figures of a day")
        verbose_name_plural = _("parts of the figures of days")
        constraints = (
            models.UniqueConstraint(
                fields=["figures", "kind", "bin"], name="one_row_per_bin"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.bin}: {self.count}"


class FiguresTop(models.Model):
    """The first few of a day: slowest and most asked questions, passages quoted."""

    class Kind(models.TextChoices):
        SLOW = "slow", _("Slowest questions")
        ASKED = "asked", _("Most asked questions")
        PASSAGE = "passage", _("Passages that answer most")

    figures = models.ForeignKey(Figures, on_delete=models.CASCADE, related_name="tops")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    amount = models.PositiveIntegerField()  # milliseconds, or how often
    words_key = models.CharField(max_length=32, blank=True)
    question = models.ForeignKey(
        Question, null=True, on_delete=models.CASCADE, related_name="+"
    )
    passage = models.ForeignKey(
        Passage, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("first of a day")
        verbose_name_plural = _("first of days")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount}"


class PaceQuerySet(models.QuerySet["Pace"]):
    def visible_to(self, user: Person) -> Self:
        """Work on what the person may look over."""
        return self.filter(library__in=Library.objects.reviewable_by(user))


class Pace(models.Model):
    """How many reviews somebody gave on a day that took about so long."""

    day = models.DateField(_("day"))
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    bin = models.PositiveSmallIntegerField(null=True)  # None: not measured
    reviews = models.PositiveIntegerField()

    objects = PaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("pace of a reviewer")
        verbose_name_plural = _("paces of reviewers")
        indexes = (models.Index(fields=["day", "library"], name="paces_of_day"),)

    def __str__(self) -> str:
        return f"{self.day}: {self.reviews}"


class SummedDay(models.Model):
    """That a day was summed up, and when: after its end it is not done again."""

    day = models.DateField(primary_key=True)
    summed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("day that is summed up")
        verbose_name_plural = _("days that are summed up")

    def __str__(self) -> str:
        return str(self.day)
