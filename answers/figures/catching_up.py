"""Which days are still to be summed up, and who does it.

Whoever looks at the dashboard sums up what is missing, the last days first, as long as
that takes no time; what is left is a task's. A day that is over is summed up once, an
hour after its end, when nothing of it is being answered any more; today at most once a
minute.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta

from django.db import IntegrityError, OperationalError
from django.utils import timezone

from answers.figures.summing import beginning, sum_up
from answers.models import Question, SummedDay

SECONDS = 0.25  # that a look may spend on it
SMALL = 5_000  # questions of a day that a look may sum up
FRESH = timedelta(minutes=1)
GRACE = timedelta(hours=1)
LONGEST = 371  # days back that figures are made for: 53 weeks


def today() -> date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def first_day() -> date | None:
    """Return the day of the first question of all; None where nobody has asked."""
    first = Question.objects.order_by("asked_at").values_list("asked_at", flat=True)
    asked = first.first()
    if asked is None:
        return None
    return timezone.localdate(asked, timezone.get_default_timezone())


def days_to_do(days: int = LONGEST) -> list[date]:
    """Return which of the last so many days are to be summed up, the newest first."""
    last, first, now = today(), first_day(), timezone.now()
    if first is None:
        return []
    first = max(first, last - timedelta(days=days - 1))
    # What was summed up later than now was so by a clock that has been set back since.
    summed_days = SummedDay.objects.filter(day__gte=first, summed_at__lte=now)
    done = dict(summed_days.values_list("day", "summed_at"))
    to_do = []
    for back in range((last - first).days + 1):
        day = last - timedelta(days=back)
        summed = done.get(day)
        ended = beginning(day + timedelta(days=1)) + GRACE
        is_over = summed is not None and summed >= ended
        is_fresh = summed is not None and now - summed < FRESH
        if not is_over and not is_fresh:
            to_do.append(day)
    return to_do


def catch_up(days: int) -> list[date]:
    """Sum up what is missing of the last days, for a moment; return what is left."""
    left = days_to_do(days)
    until = time.monotonic() + SECONDS
    while left and time.monotonic() < until and _is_small(left[0]):
        try:
            sum_up(left[0])
        # Somebody else is writing for long, or has deleted what was just counted.
        except (OperationalError, IntegrityError):
            break
        left.pop(0)
    return left


def catch_up_all(stopping: Callable[[], bool]) -> None:
    """Sum up all that is missing, for a task; leaves off when it is to end."""
    for day in days_to_do():
        if stopping():
            return
        sum_up(day)


def _is_small(day: date) -> bool:
    asked = Question.objects.filter(
        asked_at__gte=beginning(day), asked_at__lt=beginning(day + timedelta(days=1))
    )
    return asked.order_by()[: SMALL + 1].count() <= SMALL
