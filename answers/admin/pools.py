"""Items that fulfil conditions, found without looking at a million of them.

SQLite walks the queue in its order until enough rows fulfil all conditions; where few
do, that is all rows. So the rarest condition is looked for first: each has an index,
and where at most POOL items fulfil one of them, those alone are looked at. Where each
is fulfilled by many, the first POOL items of the queue are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from answers.models import ReviewItem, User
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Order

POOL = 20_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """What items have to fulfil."""

    indexed: Sequence[Q] = ()  # each on columns that have an index after the state
    others: Sequence[Q] = ()


def pool(
    user: User, state: str, order: Order, conditions: Conditions
) -> ReviewItemQuerySet:
    """Return items, in no order, that the person may see and that fulfil everything.

    `state`: empty for all. The result names no column that the queue has an index on,
    so that sorting it does not walk the queue after all.
    """
    every = [*conditions.indexed, *conditions.others]
    visible = ReviewItem.objects.visible_to(user)
    if state:
        visible = visible.filter(state=state)
    if not every and user.is_superuser:
        return visible
    for rare in (Q(), *conditions.indexed):
        found = visible.filter(rare).order_by()
        if counted(found, POOL) <= POOL:
            return ReviewItem.objects.filter(*every, pk__in=found.values("pk"))
    if not every:
        return visible
    walked = ReviewItem.objects.filter(state=state) if state else ReviewItem.objects
    first = walked.order_by(*order.columns)[:POOL].values("pk")
    return ReviewItem.objects.visible_to(user).filter(*every, pk__in=first)


def counted(rows: QuerySet[ReviewItem], limit: int) -> int:
    """Return how many rows there are; limit + 1 stands for more than the limit."""
    return rows.order_by()[: limit + 1].count()
