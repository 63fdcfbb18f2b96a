"""Asking for second reviews of many items at once, from the list."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from answers import reviewing
from answers.admin.bounded import MOST_ROWS
from answers.admin.cells import TITLE_CHARACTERS
from answers.admin.listing import bounded, reviewer_of
from answers.admin.pools import counted
from answers.models import ReviewItem
from answers.models.reviews import ReviewItemQuerySet
from answers.texts import shortened

AT_ONCE = 200  # items that are changed
NAMED = 10  # items that a third has decided


def ask_for_second(request: HttpRequest, items: ReviewItemQuerySet) -> None:
    """Have one more person look at the items; each is kept in the log.

    AT_ONCE of them, without those that are asked for already: chosen once more, the
    same items go on where they were left.
    """
    already = counted(items.wanting_another(), MOST_ROWS)
    _tell_decided(request, items.decided())
    free = items.free_for_another()
    asked, refused = _ask(request, list(free[:AT_ONCE]))
    said = ngettext(
        "One question waits for another review.",
        "%(count)d questions wait for another review.",
        asked,
    ) % {"count": asked}
    if already:
        before = ngettext(
            "For one, it was asked for before.",
            "For %(count)s, it was asked for before.",
            already,
        ) % {"count": bounded(already)}
        said = f"{said} {before}"
    messages.success(request, said)
    if (left := counted(free, MOST_ROWS) - refused) > 0:
        said = ngettext(
            "One is left, since at most %(most)d are asked for at once. Choose the "
            "same ones again to go on.",
            "%(count)s are left, since at most %(most)d are asked for at once. Choose "
            "the same ones again to go on.",
            left,
        )
        words = {"count": bounded(left), "most": AT_ONCE}
        messages.warning(request, said % words)


def _ask(request: HttpRequest, items: list[ReviewItem]) -> tuple[int, int]:
    """Return for how many it was asked, and how many refused."""
    user = reviewer_of(request)
    asked = 0
    for item in items:
        try:
            reviewing.want_second(item, by=user)
        except reviewing.Claimed:
            said = gettext("Another reviewer has taken this question:")
            _name(request, said, item)
        except reviewing.Refused as error:  # changed meanwhile
            _name(request, str(error), item)
        else:
            asked += 1
    return asked, len(items) - asked


def _tell_decided(request: HttpRequest, decided: ReviewItemQuerySet) -> None:
    """Name the first of those that are left out, and count the others."""
    said = gettext("A third reviewer has decided this question:")
    for item in decided[:NAMED]:
        _name(request, said, item)
    if (more := counted(decided, MOST_ROWS) - NAMED) > 0:
        said = ngettext(
            "One more was decided by a third reviewer.",
            "%(count)s more were decided by a third reviewer.",
            more,
        )
        messages.warning(request, said % {"count": bounded(more)})


def _name(request: HttpRequest, said: str, item: ReviewItem) -> None:
    text = shortened(item.question.text, TITLE_CHARACTERS)
    messages.warning(request, format_html("{} <bdi>{}</bdi>", said, text))
