"""Verdicts: who may give them, and which answer waits next."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from answers.models import Review, User

REVIEWERS = "Reviewers"
# What a reviewer may do in the admin. To which rows: Library.reviewable_by.
PERMISSIONS = (
    "change_review",
    "view_review",
    "view_answer",
    "view_library",
    "view_passage",
    "view_question",
)


class MayNotReview(Exception):
    """The person is no reviewer of the answer's library."""


def reviewers() -> Group:
    """Return the group of reviewers, with its permissions; made when missing."""
    group, _ = Group.objects.get_or_create(name=REVIEWERS)
    group.permissions.set(
        Permission.objects.filter(
            content_type__app_label="answers", codename__in=PERMISSIONS
        )
    )
    return group


def give_verdict(
    review: Review, verdict: str, *, by: User, note: str | None = None
) -> None:
    """Record what the reviewer said; an empty verdict puts the answer back to waiting.

    Without a note the earlier one stays. Raises MayNotReview, and ValueError for a
    verdict that there is not.
    """
    if verdict and verdict not in Review.Verdict.values:
        raise ValueError(f"{verdict!r} is no verdict")
    with transaction.atomic():
        current = Review.objects.visible_to(by).filter(pk=review.pk).first()
        if current is None:
            raise MayNotReview(f"{by} may not review this answer.")
        current.give(verdict, by=by, note=current.note if note is None else note)
    review.refresh_from_db(fields=["verdict", "note", "reviewer", "reviewed_at"])


def give_verdicts(keys: list[int], verdict: str, *, by: User) -> int:
    """Give the same verdict to several reviews, all or none; returns how many."""
    with transaction.atomic():
        reviews = list(Review.objects.visible_to(by).filter(pk__in=keys))
        if len(reviews) != len(set(keys)):
            raise MayNotReview(f"{by} may not review all of these answers.")
        for review in reviews:
            give_verdict(review, verdict, by=by)
    return len(reviews)


def next_waiting(user: User, *, after: Review | None = None) -> Review | None:
    """Return the newest waiting review that the person may give, `after` that one."""
    waiting = Review.objects.visible_to(user).waiting().order_by("-pk")
    if after is not None:
        older = waiting.filter(pk__lt=after.pk).first()
        if older is not None:
            return older
        waiting = waiting.exclude(pk=after.pk)
    return waiting.first()
