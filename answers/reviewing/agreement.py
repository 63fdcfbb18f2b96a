"""Pairs of reviews of the same item, of all that a person may look over."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from django.db.models import Count, QuerySet

from answers.models import CorrectSpan, Review, ReviewItem, User
from answers.reviewing.agreeing import span_f1
from answers.reviewing.agreement_figures import Agreement, Pair, agreement_of

MOST_ITEMS = 5_000  # the newest that more than one has reviewed
LATEST = 20_000  # reviews among which they are looked for


@dataclass(frozen=True, slots=True)
class Compared:
    """The agreement of everyone, of each two people, and in each library."""

    everyone: Agreement  # the first review against the second
    people: list[tuple[tuple[str, str], Agreement]]  # most pairs first
    libraries: list[tuple[str, Agreement]]


def compare(user: User) -> Compared:
    """Return how far reviewers agree, of what the person may look over.

    Whoever decides a conflict has seen what the others said: that does not count.
    """
    everyone: list[Pair] = []
    people: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    libraries: dict[tuple[int, str], list[Pair]] = defaultdict(list)
    for one, other in _pairs(user):
        pair = _pair(one, other)
        everyone.append(pair)
        libraries[one.library].append(pair)
        names = one.reviewer, other.reviewer
        if names[0] > names[1]:
            names, pair = (names[1], names[0]), _pair(other, one)
        people[names].append(pair)
    return Compared(
        agreement_of(everyone),
        _figures(people),
        [(title, figures) for (_key, title), figures in _figures(libraries)],
    )


Key = TypeVar("Key")


def _figures(
    grouped: dict[Key, list[Pair]],
) -> list[tuple[Key, Agreement]]:
    found = [(key, agreement_of(pairs)) for key, pairs in grouped.items()]
    return sorted(found, key=lambda pair: -pair[1].pairs)


@dataclass(frozen=True, slots=True)
class _Said:
    """A review, without the rows that five thousand items would be made of."""

    item: int
    reviewer: str
    verdict: str
    library: tuple[int, str]  # key and title
    spans: list[CorrectSpan]


def _pair(one: _Said, other: _Said) -> Pair:
    f1 = span_f1(one.spans, other.spans) if one.spans and other.spans else None
    return Pair(one.item, (one.verdict, other.verdict), f1)


def _pairs(user: User) -> Iterator[tuple[_Said, _Said]]:
    """Yield all pairs of the items in question, the earlier review first."""
    reviews = _counting(user).filter(item__in=_items(user))
    spans: dict[int, list[CorrectSpan]] = defaultdict(list)
    places = "review_id passage_id start end text".split()
    marked = CorrectSpan.objects.filter(review__in=reviews.order_by().values("pk"))
    for span in marked.order_by().only(*places):
        spans[span.review_id].append(span)
    by_item: dict[int, list[_Said]] = defaultdict(list)
    columns = "pk item reviewer__username verdict item__library item__library__title"
    for key, item, name, verdict, library, title in reviews.order_by(
        "reviewed_at", "pk"
    ).values_list(*columns.split()):
        said = _Said(item, name, verdict, (library, title), spans[key])
        by_item[item].append(said)
    for of_one_item in by_item.values():
        yield from combinations(of_one_item, 2)


def _items(user: User) -> list[int]:
    """Return the keys of the newest items that more than one has reviewed."""
    some = _counting(user).filter(item__in=_looked_at(user).values("item"))
    twice = some.order_by().values("item").annotate(reviews=Count("pk"))
    newest = twice.filter(reviews__gt=1).order_by("-item")[:MOST_ITEMS]
    return [row["item"] for row in newest]


def _counting(user: User) -> QuerySet[Review]:
    return Review.objects.visible_to(user).standing().filter(decides=False)


def _looked_at(user: User) -> QuerySet[Review]:
    """Return all reviews where the person may see few, else the latest of everyone."""
    mine = ReviewItem.objects.visible_to(user).exclude(state=ReviewItem.State.WAITING)
    few = mine.order_by()[: LATEST + 1]
    if few.count() <= LATEST:
        return Review.objects.filter(item__in=mine.order_by().values("pk"))
    return Review.objects.order_by("-reviewed_at")[:LATEST]
