"""The golds that reviews have made: what is right, by the word of people."""

from collections.abc import Iterable
from dataclasses import dataclass

from answers.models import CorrectSpan, Review, ReviewItem


@dataclass(frozen=True, slots=True)
class Gold:
    """A correct span, and who said so. text[start:end] of the passage."""

    passage: int  # its key
    start: int
    end: int
    text: str
    review: int  # key of the review
    reviewer: str


def golds_of(items: Iterable[ReviewItem]) -> dict[int, list[Gold]]:
    """Return, by the item's key, the spans that its standing verdict calls correct.

    Each once, in the order passage, start, end; two queries. An item without golds has
    no correct span: `verdict` says whether that means "no answer".
    """
    keys = [item.pk for item in items]
    counting = Review.objects.that_count().filter(item__in=keys)
    decided = {
        review.item_id
        for review in counting.filter(decides=True).only("item_id", "decides")
    }
    rows = (
        CorrectSpan.objects.filter(review__in=counting)
        .select_related("review__reviewer")
        .order_by("passage_id", "start", "end", "review_id")
    )
    found: dict[int, dict[tuple[int, int, int], Gold]] = {}
    for span in rows:
        review = span.review
        if review.item_id in decided and not review.decides:
            continue
        place = (span.passage_id, span.start, span.end)
        gold = Gold(*place, span.text, review.pk, review.reviewer.get_username())
        found.setdefault(review.item_id, {}).setdefault(place, gold)
    return {key: list(golds.values()) for key, golds in found.items()}
