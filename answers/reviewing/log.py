"""The log of reviews: what happened is added, never changed and never deleted."""

from typing import Any

from django.db import connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS

from answers.models import Review, ReviewEvent, ReviewItem, User

TABLE = "answers_reviewevent"
TRIGGERS = {
    "review_events_stay_as_they_are": f"""
BEFORE UPDATE ON {TABLE} BEGIN
    SELECT RAISE(ABORT, 'the log of reviews is never changed');
END""",
    "review_events_stay": f"""
BEFORE DELETE ON {TABLE} BEGIN
    SELECT RAISE(ABORT, 'the log of reviews is never deleted');
END""",
}


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


def install_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the triggers that guard the log, where they are missing."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return  # migrated back to before it
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def remove_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers away for the time of a migration."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
