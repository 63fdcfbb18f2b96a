"""Items that fulfil conditions, found without looking at a million of them.

SQLite walks the queue in its order until enough rows fulfil all conditions; where few
do, that is all rows. So the rarest condition is looked for first: each has an index,
and where at most POOL items fulfil one of them, those alone are looked at. Where each
is fulfilled by many, the first POOL items of the queue are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from answers.models import Library, ReviewItem, User
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Order

POOL = 10_000


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
        among = ReviewItem.objects.filter(seen_by(user), pk__in=conditions.among)
        if state:
            among = among.alias(stated=Coalesce("state", Value("")))
            among = among.filter(Q(stated=state))
        return Pool(among.filter(*every), True)
    walked = ReviewItem.objects.filter(state=state) if state else ReviewItem.objects
    if not user.is_superuser:
        mine = visible.filter(state=state) if state else visible
        if counted(mine, POOL) <= POOL:
            few = ReviewItem.objects.filter(Q(pk__in=mine.order_by().values("pk")))
            return Pool(few.filter(*every), True)
    for rare in conditions.indexed:
        found = walked.filter(rare).order_by()
        if counted(found, POOL) <= POOL:
            few = ReviewItem.objects.filter(Q(pk__in=found.values("pk")), seen_by(user))
            return Pool(few.filter(*every), True)
    if not every:
        return Pool(walked.filter(seen_by(user)), True)
    first = walked.order_by(*order.columns)[:POOL].values("pk")
    near = ReviewItem.objects.filter(Q(pk__in=first), seen_by(user), *every)
    return Pool(near, False)


def seen_by(user: User) -> Exists:
    """The condition of `visible_to`, so said that SQLite keeps to the queue's index."""
    mine = Library.objects.reviewable_by(user)
    return Exists(mine.filter(pk=OuterRef("library")))


def counted(rows: QuerySet[Model], limit: int) -> int:
    """Return how many rows there are; limit + 1 stands for more than the limit."""
    return rows.order_by()[: limit + 1].count()
