"""The log of reviews: what happened is added, never changed and never deleted."""

from collections.abc import Iterable
from typing import Any

from answers.models import CorrectSpan, Review, ReviewEvent, ReviewItem, User


def record(
    kind: ReviewEvent.Kind,
    *,
    by: User,
    item: ReviewItem | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> ReviewEvent:
    """Add what somebody did, in the transaction in which they did it."""
    happened = event(kind, by=by, item=item, old=old, new=new)
    happened.save()
    return happened


def event(
    kind: ReviewEvent.Kind,
    *,
    by: User,
    item: ReviewItem | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> ReviewEvent:
    """Return what somebody did, to be saved with many others."""
    return ReviewEvent(
        kind=kind,
        actor_id=by.pk,
        actor_name=by.get_username(),
        item_id=item.pk if item else None,
        library_id=item.library_id if item else None,
        question_id=item.question_id if item else None,
        old=old,
        new=new,
    )


def state_of(
    review: Review, spans: Iterable[CorrectSpan] | None = None
) -> dict[str, Any]:
    """Return what a review says, for the log; its spans may be known already."""
    return {
        "verdict": review.verdict,
        "note": review.note,
        "decides": review.decides,
        "withdrawn": not review.stands,
        "spans": [
            {
                "passage": span.passage_id,
                "start": span.start,
                "end": span.end,
                "text": span.text,
            }
            for span in (review.spans.all() if spans is None else spans)
        ],
    }
