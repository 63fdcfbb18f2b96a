"""What the open sockets of this process should hear at once.

Hints only, never contents: whoever hears one looks the rest up in the database, under
the eyes of `visible_to`. Nothing depends on a hint that got lost, or on those of other
processes: sockets also look by themselves twice a minute, and pages send `resume`.

::

    signals, asking ──► tell(person, news) ──► each listener of the person, on its loop
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save

from answers.models import Library, Membership, User


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the person is on its way in this process, or was closed."""

    question: UUID


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """What the person may see may have become less, or the account itself ended."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Signed out, or signed in anew, under which the key of the session changes."""

    key: str


News = Asked | AccessChanged | SessionEnded
Hear = Callable[[News], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    person: int
    hear: Hear
    loop: asyncio.AbstractEventLoop


_listeners: dict[int, set[_Listener]] = {}
_lock = threading.Lock()  # signals come from the threads of the database


def listen(person: int, hear: Hear) -> Callable[[], None]:
    """Call `hear` on the running event loop with all news for the person.

    Returns what ends it.
    """
    listener = _Listener(person, hear, asyncio.get_running_loop())
    with _lock:
        _listeners.setdefault(person, set()).add(listener)
    return partial(_forget, listener)


def _forget(listener: _Listener) -> None:
    with _lock:
        theirs = _listeners.get(listener.person, set())
        theirs.discard(listener)
        if not theirs:
            _listeners.pop(listener.person, None)


def tell(person: int | None, news: News) -> None:
    """Tell one person's sockets, or with None everyone's. From any thread."""
    with _lock:
        sets = _listeners.values() if person is None else [_listeners.get(person, ())]
        told = [listener for theirs in sets for listener in theirs]
    for listener in told:
        try:
            # In a context of its own: whoever tells may be a thread of the database,
            # which must not wait for itself.
            listener.loop.call_soon_threadsafe(
                listener.hear, news, context=contextvars.Context()
            )
        except RuntimeError:  # its loop has ended, and the socket with it
            _forget(listener)


def access_changed(person: int | None) -> None:
    """Let the person's sockets look again what they may see, or with None everyone's.

    To be called after changes that send no signal (`QuerySet.update`); inside of a
    transaction it is told once that is committed.
    """
    transaction.on_commit(partial(tell, person, AccessChanged()))


# -- Changes that are noticed wherever they are made ------------------------------


def connect_signals() -> None:
    """Listen to the changes of rows; called once, when the app is ready."""
    post_delete.connect(_session_deleted, sender=Session)
    post_save.connect(_membership_changed, sender=Membership)
    post_delete.connect(_membership_changed, sender=Membership)
    pre_save.connect(_library_before, sender=Library)
    post_delete.connect(_library_deleted, sender=Library)
    post_save.connect(_user_saved, sender=User)
    post_delete.connect(_user_deleted, sender=User)


def _session_deleted(instance: Session, **_: Any) -> None:
    transaction.on_commit(partial(tell, None, SessionEnded(instance.session_key)))


def _membership_changed(instance: Membership, **values: Any) -> None:
    if not values.get("created"):
        access_changed(instance.user_id)


def _library_before(instance: Library, **_: Any) -> None:
    before = Library.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before and (before.is_public, before.for_visitors) != (
        instance.is_public,
        instance.for_visitors,
    ):
        access_changed(None)


def _library_deleted(instance: Library, **_: Any) -> None:
    if _is_open(instance):  # its members are told by the end of their membership
        access_changed(None)


def _is_open(library: Library) -> bool:
    return library.is_public or library.for_visitors


def _user_saved(instance: User, **values: Any) -> None:
    # Signing in saves the time of it, and takes nothing away.
    if not values.get("created") and values.get("update_fields") != {"last_login"}:
        access_changed(instance.pk)


def _user_deleted(instance: User, **_: Any) -> None:
    access_changed(instance.pk)
