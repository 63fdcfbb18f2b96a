"""Items that fulfil conditions, found without looking at a million of them.

SQLite walks the queue in its order until enough rows fulfil all conditions; where few
do, that is all rows. So the rarest condition is looked for first: each has an index,
and where at most POOL items fulfil one of them, those alone are looked at. Where each
is fulfilled by many, the first POOL items of the queue are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from answers.models import ReviewItem, User
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Order

POOL = 20_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """What items have to fulfil."""

    indexed: Sequence[Q] = ()  # each on columns that have an index
    others: Sequence[Q] = ()
    among: Collection[int] | None = None  # keys; a few thousand at most


@dataclass(frozen=True, slots=True)
class Pool:
    items: ReviewItemQuerySet  # in no order
    is_whole: bool  # whether there are no others


def pool(user: User, state: str, order: Order, conditions: Conditions) -> Pool:
    """Return the items that the person may see and that fulfil everything.

    `state`: empty for all. Where conditions narrow them, the result names no column
    that the queue is sorted by, so that sorting does not walk the queue after all.
    """
    every = [*conditions.indexed, *conditions.others]
    visible = ReviewItem.objects.visible_to(user)
    if conditions.among is not None:
        stated = visible.alias(stated=Coalesce("state", Value("")))
        if state:
            stated = stated.filter(stated=state)
        return Pool(stated.filter(*every, pk__in=conditions.among), True)
    if state:
        visible = visible.filter(state=state)
    if not every and user.is_superuser:
        return Pool(visible, True)
    for rare in (Q(), *conditions.indexed):
        found = visible.filter(rare).order_by()
        if counted(found, POOL) <= POOL:
            few = ReviewItem.objects.filter(*every, pk__in=found.values("pk"))
            return Pool(few, True)
    if not every:
        return Pool(visible, True)
    walked = ReviewItem.objects.filter(state=state) if state else ReviewItem.objects
    first = walked.order_by(*order.columns)[:POOL].values("pk")
    near = ReviewItem.objects.visible_to(user).filter(*every, pk__in=first)
    return Pool(near, False)


def counted(rows: QuerySet[Model], limit: int) -> int:
    """Return how many rows there are; limit + 1 stands for more than the limit."""
    return rows.order_by()[: limit + 1].count()
