"""The log of reviews: what happened is added, never changed and never deleted."""

from typing import Any

from answers.models import Review, ReviewEvent, ReviewItem, User


def record(
    kind: ReviewEvent.Kind,
    *,
    by: User,
    item: ReviewItem | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> ReviewEvent:
    """Add what somebody did, in the transaction in which they did it."""
    return ReviewEvent.objects.create(
        kind=kind,
        actor_id=by.pk,
        actor_name=by.get_username(),
        item_id=item.pk if item else None,
        library_id=item.library_id if item else None,
        question_id=item.question_id if item else None,
        old=old,
        new=new,
    )


def state_of(review: Review) -> dict[str, Any]:
    """Return what a review says, for the log."""
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
            for span in review.spans.all()
        ],
    }
