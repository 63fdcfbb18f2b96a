"""Owners and reviewers of a library, let in to the review desk without being staff."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from answers.models import Library, Person
from answers.reviewing.rights import PERMISSIONS

# Of what a reviewer may do in the admin, that which is about reviews alone: the records
# behind them, and the scores of everyone's answers, are for staff.
ABOUT_REVIEWS = {
    f"answers.{name}"
    for name in PERMISSIONS
    if name.rpartition("_")[2] in {"reviewitem", "review", "reviewevent", "replay"}
}


def reviews_a_library(user: Person) -> bool:
    """Whether somebody who is not staff owns a library, or is a reviewer of one.

    Asked once for each person and request, since every page has to know.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    if user.is_staff or user.is_guest:
        return False
    known: bool | None = getattr(user, "_reviews_a_library", None)
    if known is None:
        known = Library.objects.reviewable_by(user).exists()
        user._reviews_a_library = known  # type: ignore[attr-defined]
    return known


class LibraryReviewers(BaseBackend):
    """Permissions that come with a library; to which rows: `visible_to` of each."""

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return ABOUT_REVIEWS if obj is None and reviews_a_library(user_obj) else set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return app_label == "answers" and reviews_a_library(user_obj)
