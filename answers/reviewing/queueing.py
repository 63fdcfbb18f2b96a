"""The queue: in which order items come, and one reviewer at a time for each."""

import random

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers.models import Answer, Question, ReviewItem, User
from answers.models.reviews import CLAIMS_LAST, ReviewItemQuerySet

TRIES = 20  # when others take item after item from under our hands


class Claimed(Exception):
    """Somebody else has taken the item; the message is for people."""


class Order(models.TextChoices):
    """Which item comes first."""

    DOUBT = "doubt", gettext_lazy("Least certain first")
    DISPUTE = "dispute", gettext_lazy("Most disputed first")
    NEWEST = "newest", gettext_lazy("Newest first")
    RANDOM = "random", gettext_lazy("Random")

    @property
    def columns(self) -> tuple[str, str]:
        """What the queue is sorted by; each has an index of its own."""
        first = {
            Order.DOUBT: "-doubt",
            Order.DISPUTE: "-unhelpful",
            Order.NEWEST: "-asked_at",
            Order.RANDOM: "lot",
        }
        return first[self], "-pk"


def enqueue(question: Question, answer: Answer, library_id: int) -> ReviewItem:
    """Save the item of a question that was just answered.

    A share of all items (settings.SECOND_REVIEWS, percent) wants two reviews.
    """
    item = ReviewItem.of(question, answer, library_id)
    item.wanted = reviews_wanted()
    item.save()
    return item


def reviews_wanted() -> int:
    """Draw how many reviews a new item wants."""
    return 2 if random.random() * 100 < settings.SECOND_REVIEWS else 1  # noqa: S311


def claim(item: ReviewItem, *, by: User) -> None:
    """Take the item for 15 minutes; once more begins them anew. Raises Claimed."""
    now = timezone.now()
    free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claimed_until__lte=now)
    taken = (
        ReviewItem.objects.filter(free, pk=item.pk)
        .visible_to(by)
        .update(claimed_by=by, claimed_until=now + CLAIMS_LAST)
    )
    if not taken:
        raise Claimed(_("Another reviewer has taken this question."))
    item.claimed_by, item.claimed_until = by, now + CLAIMS_LAST


def release(item: ReviewItem, *, by: User) -> None:
    """Let an item go that the person had taken."""
    ReviewItem.objects.filter(pk=item.pk, claimed_by=by).update(
        claimed_by=None, claimed_until=None
    )


def take_next(
    items: ReviewItemQuerySet, order: Order, *, by: User, after: int | None = None
) -> ReviewItem | None:
    """Take the first of `items` in this order for the person; None if there is none.

    `items`: what may be taken (`waiting_for`, `in_conflict_for`), filtered further as
    the person likes; the one with the key `after` comes last.
    """
    sorted_ones = items.order_by(*order.columns)
    others = sorted_ones if after is None else sorted_ones.exclude(pk=after)
    for _try in range(TRIES):
        item = others.first() or sorted_ones.first()
        if item is None:
            return None
        try:
            claim(item, by=by)
        except Claimed:
            continue
        return item
    return None
