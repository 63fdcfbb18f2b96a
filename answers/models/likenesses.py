"""Passages that say nearly the same. `answers/duplicates.py` finds them."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from answers.models.libraries import Library
from answers.models.passages import Passage


class Fingerprint(models.Model):
    """A hash that a passage shares with those it may be much like.

    Texts never change, so it never needs to be taken again. Any passage that was looked
    at has at least one.
    """

    passage = models.ForeignKey(
        Passage, on_delete=models.CASCADE, related_name="fingerprints"
    )
    key = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("fingerprint")
        verbose_name_plural = _("fingerprints")

    def __str__(self) -> str:
        return f"{self.key:x} ({self.passage_id})"


class LikenessQuerySet(models.QuerySet["Likeness"]):
    def open_in(self, library: Library) -> Self:
        """Pairs of current passages of the library that nobody has settled."""
        return self.filter(
            library=library,
            passage__archived_at=None,
            other__archived_at=None,
            settled_at=None,
        )


class Likeness(models.Model):
    """Two passages of one library that are much alike."""

    # Said here too: else SQLite may pair all passages of the library to find a few.
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    share = models.FloatField()  # of their word triples that both have; 1: all
    settled_at = models.DateTimeField(null=True, blank=True)  # set: keep both

    objects = LikenessQuerySet.as_manager()

    class Meta:
        verbose_name = _("likeness")
        verbose_name_plural = _("likenesses")
        ordering = ("-share", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["passage", "other"], name="one_likeness_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(passage__lt=F("other")), name="likeness_older_first"
            ),
        )

    def __str__(self) -> str:
        return f"{self.passage_id} ≈ {self.other_id}"
