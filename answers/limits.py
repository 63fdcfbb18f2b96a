"""How much one person may ask, and when they may ask again.

What is counted is counted in the database, so that it holds over restarts, tabs and
processes. Only what nothing keeps is counted in the cache: visitors' addresses, and
when a question was asked once more, which keeps its place in its conversation.
Numbers are those of the settings, which say what each is.
"""

import ipaddress
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answers.models import Question, User

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Times further ahead are those of a clock that was wrong, and has been set back: they
# would be counted until it is there again. Questions sent together are a little ahead.
AHEAD = timedelta(seconds=1)


class TooMany(Exception):
    """More than the person may ask now; the message says what is limited.

    `retry_after` is the number of seconds after which asking the same will be taken,
    as far as this limit is concerned; None where it never will.
    """

    def __init__(self, message: str, retry_after: int | None) -> None:
        if retry_after is not None:
            message = _again(message, retry_after)
        super().__init__(message)
        self.retry_after = retry_after


def _again(message: str, seconds: int) -> str:
    if seconds < 120:
        said = ngettext(
            "Please ask again in %(count)d second.",
            "Please ask again in %(count)d seconds.",
            seconds,
        ) % {"count": seconds}
    else:
        minutes = math.ceil(seconds / 60)
        said = ngettext(
            "Please ask again in %(count)d minute.",
            "Please ask again in %(count)d minutes.",
            minutes,
        ) % {"count": minutes}
    return f"{message} {said}"


def questions_at_once(user: User) -> int:
    """Return how many questions the person may ask at once.

    That is what can wait in line, and not more than any of the limits below ever takes.
    """
    if not settings.QUESTIONS_WAITING:
        return 1
    in_line = settings.QUESTIONS_IN_FLIGHT + settings.QUESTIONS_WAITING
    limits = [in_line, settings.QUESTIONS_PER_MINUTE]
    if user.is_guest:
        limits.append(settings.GUEST_QUESTIONS_PER_HOUR)
    return int(min(limits))


def too_many_at_once(user: User, count: int | str) -> str:
    """Return the sentence about so many questions, or about a sign for how many."""
    if (most := questions_at_once(user)) == 1:
        return _("Please ask one question at a time.")
    sentence = _(
        "These are %(count)d questions; at most %(most)d may be asked at once."
    )
    return sentence.replace("%(count)d", str(count)) % {"most": most}


def check_size(user: User, count: int) -> None:
    """Raise TooMany for more questions at once than are ever taken together."""
    if count > questions_at_once(user):
        raise TooMany(too_many_at_once(user, count), None)


def check(
    user: User, count: int, *, address: str = "", seconds_for_one: int = 1
) -> datetime:
    """Return when the first of `count` more questions is asked: after all others.

    To be called in the transaction that saves them. Raises TooMany. `address` is where
    a visitor without an account comes from.
    """
    now = timezone.now()
    mine = Question.objects.filter(conversation__user=user)
    _check_line(mine.filter(finished_at=None).count(), count, seconds_for_one)
    since = now - _longest(user)
    times = list(
        mine.filter(asked_at__gt=since)
        .order_by("asked_at")
        .values_list("asked_at", flat=True)
    )
    again = _counted(_again_key(user), since)
    counted = sorted(time for time in [*times, *again] if time <= now + AHEAD)
    _check_minute([time for time in counted if time > now - MINUTE], count, now)
    if user.is_guest:
        most = settings.GUEST_QUESTIONS_PER_HOUR
        _check_hour(counted, count, now, most)
        _check_address(address, count, now, most)
    return max([now, *(time + timedelta(microseconds=1) for time in times[-1:])])


def check_again(user: User, *, address: str = "", seconds_for_one: int = 1) -> None:
    """Count a question that was closed without an answer, and is to be read again.

    It counts like a new one: who cancels it and asks again makes the same work. To be
    called in the transaction that opens it. Raises TooMany.
    """
    check(user, 1, address=address, seconds_for_one=seconds_for_one)
    now, key = timezone.now(), _again_key(user)
    times = [*_counted(key, now - _longest(user)), now]
    cache.set(key, times, int(_longest(user).total_seconds()))


def _again_key(user: User) -> str:
    return f"asked-again-{user.pk}"


def _longest(user: User) -> timedelta:
    """Return the longest time in which the person's questions are counted."""
    return HOUR if user.is_guest else MINUTE


def _counted(key: str, since: datetime) -> list[datetime]:
    """Return the times since then that the cache has there."""
    return [time for time in cache.get(key, []) if time > since]


def _check_line(pending: int, count: int, seconds_for_one: int) -> None:
    room = settings.QUESTIONS_IN_FLIGHT + settings.QUESTIONS_WAITING - pending
    if count <= room:
        return
    message = ngettext(
        "%(count)d of your questions is on its way already.",
        "%(count)d of your questions are on their way already.",
        pending,
    ) % {"count": pending}
    raise TooMany(message, seconds_for_one * (count - room))


def _check_minute(times: Sequence[datetime], count: int, now: datetime) -> None:
    most = settings.QUESTIONS_PER_MINUTE
    if len(times) + count > most:
        message = _("You may ask %(most)d questions a minute.") % {"most": most}
        raise TooMany(message, _wait(times, count, most, now, MINUTE))


def _check_hour(
    times: Sequence[datetime], count: int, now: datetime, most: int
) -> None:
    if len(times) + count > most:
        message = _("Without an account you may ask %(most)d questions an hour.")
        if settings.SIGN_UP_OPEN:
            message = _(
                "Without an account you may ask %(most)d questions an hour. Sign up to "
                "ask more."
            )
        message %= {"most": most}
        raise TooMany(message, _wait(times, count, most, now, HOUR))


def _check_address(address: str, count: int, now: datetime, most: int) -> None:
    """Count and check by address too, else a new visit would begin from nought."""
    network = network_of(address)
    if not network:
        return
    key = f"guest-questions-{network.replace('/', '-')}"
    times = [time for time in _counted(key, now - HOUR) if time <= now + AHEAD]
    _check_hour(times, count, now, most)
    seconds = int(HOUR.total_seconds())
    cache.set(key, [*times, *[now] * count], seconds)


def network_of(address: str) -> str:
    """Return the address, or of IPv6 the network that one visitor has: its first half.

    Empty for what is no address, such as a socket in the file system.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((int(known), 64), strict=False))
    return str(known)


def _wait(
    times: Sequence[datetime], count: int, most: int, now: datetime, window: timedelta
) -> int | None:
    """Return the seconds until `count` fit in; None when they never will."""
    if count > most:
        return None
    last_to_go = times[len(times) + count - most - 1]
    return max(1, math.ceil((last_to_go + window - now).total_seconds()))
