"""Visitors: who tries the chat on the demo library before having an account.

A visitor is a guest, a person of their own in the database (`User.is_guest`) without a
password, signed in by the session alone. So the chat, the socket and every rule of who
may see what work as for everyone: `Library.visible_to` gives guests the libraries that
are open to visitors. Signing up or in hands everything of the guest to that person.

::

    welcome page ──POST──► make_guest ──► chat … sign up or in ──► keep
                                             └── leaving, or GUEST_DAYS later ──► gone

Where QAWEB_VISITORS closes the site, guests who are in already are taken for people
who have not signed in: pages by `qaweb.accounts.ClosedToVisitors`, sockets by
`consumers.access`. What they asked waits for them to sign in.
"""

import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from answers.limits import network_of
from answers.models import Conversation, Feedback, Library, Passage, Person, User

HOUR = 3600  # seconds
FORGOTTEN_AT_ONCE = 50  # guests in one transaction


class TooManyGuests(Exception):
    """So many visitors came from one address that it has to wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Try again in {wait_s} seconds.")
        self.wait_s = wait_s


def is_open() -> bool:
    """Whether there is something that visitors may try."""
    if not settings.VISITORS:
        return False
    return Library.objects.shelves().filter(for_visitors=True).exists()


def turns_away(user: Person) -> bool:
    """Whether this is a guest of a site that has been closed to visitors since."""
    return user.is_authenticated and user.is_guest and not settings.VISITORS


def make_guest(address: str) -> User:
    """Save a new guest for a visitor from this IP address. Raises TooManyGuests."""
    _count(address)
    guest = User(username=f"visitor-{secrets.token_hex(16)}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    return guest


def _count(address: str) -> None:
    """Count a guest of the address in this hour."""
    now = int(time.time())
    key = f"guests:{now // HOUR}:{network_of(address)}"
    cache.add(key, 0, timeout=HOUR)
    if cache.incr(key) > settings.GUESTS_PER_HOUR:
        raise TooManyGuests(HOUR - now % HOUR)


def keep(guest: User, person: User) -> Conversation | None:
    """Hand everything of the guest to the person, and delete the guest.

    Returns the conversation that was asked last. Of two that come at once, with one
    guest, the first has it all: the second finds no guest any more.
    """
    with transaction.atomic():
        guest_now = User.objects.filter(pk=guest.pk, is_guest=True).first()
        if guest_now is None or person.pk == guest.pk:
            return None
        last = guest_now.conversations.order_by("-updated_at", "-pk").first()
        Conversation.objects.filter(user=guest_now).update(user=person)
        Feedback.objects.filter(user=guest_now).update(user=person)
        Passage.objects.filter(created_by=guest_now).update(created_by=person)
        guest_now.delete()
    return last


def leave(guest: User) -> None:
    """Delete the guest and all that was asked: nobody can come back to it."""
    User.objects.filter(pk=guest.pk, is_guest=True).delete()


def forget_guests() -> int:
    """Delete guests whose time is over; returns how many."""
    return sum(_forgotten(timezone.now() - timedelta(days=settings.GUEST_DAYS)))


def _forgotten(before: datetime) -> Iterator[int]:
    """A few at a time: the write lock is not held for long."""
    old = User.objects.filter(is_guest=True, date_joined__lt=before).order_by("pk")
    while keys := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        User.objects.filter(pk__in=keys, is_guest=True).delete()
        yield len(keys)


def forget_sessions() -> None:
    """Delete the sessions that have ended: Django itself only stops to heed them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
