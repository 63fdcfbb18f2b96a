"""Who looks answers over. Of which libraries: Library.reviewable_by."""

from django.contrib.auth.models import Group, Permission

from answers.models import Library, Person

REVIEWERS = "Reviewers"
# What a reviewer may do in the admin. To which rows: `visible_to` of each.
PERMISSIONS = (
    "change_reviewitem",
    "view_answer",
    "view_library",
    "view_passage",
    "view_question",
    "view_recalibration",
    "view_replay",
    "view_review",
    "view_reviewevent",
    "view_reviewitem",
)


def reviewers() -> Group:
    """Return the group of reviewers, with its permissions; made when missing."""
    group, _ = Group.objects.get_or_create(name=REVIEWERS)
    group.permissions.set(
        Permission.objects.filter(
            content_type__app_label="answers", codename__in=PERMISSIONS
        )
    )
    return group


def may_review(user: Person) -> bool:
    """Whether there is any library whose answers the person may look over."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_staff or Library.objects.reviewable_by(user).exists()
