"""Who sits at the other end of a socket, looked up anew whenever it matters.

What the handshake knew is soon out of date: people sign out in another tab, are taken
out of libraries, delete their account.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils.translation import gettext as _

from answers import visiting
from answers.forms import Refused
from answers.models import Answer, Library, Passage, Question, User


class SignedOut(Exception):
    """The session that opened the socket is over."""


class AccessLost(Exception):
    """A library that the person could read is not shared with them any more."""


class Access:
    """What the person of one socket may see. Every method queries the database."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.session_key: str | None = scope["session"].session_key
        self._libraries: frozenset[int] | None = None

    def person(self) -> User:
        """Return the person as the database knows them now. Raises SignedOut."""
        request = HttpRequest()
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(self.session_key)
        person = get_user(request)
        if not isinstance(person, User) or visiting.turns_away(person):
            raise SignedOut
        return person

    def look_again(self) -> None:
        """Raise SignedOut, or AccessLost where the person sees less than last time."""
        person = self.person()
        visible = Library.objects.visible_to(person).values_list("pk", flat=True)
        before, self._libraries = self._libraries, frozenset(visible)
        if before is not None and before - self._libraries:
            raise AccessLost

    def readable(self, question: Question, answers: Sequence[Answer]) -> list[Answer]:
        """Return those answers whose quotes the person may read at this moment.

        Raises SignedOut; Refused, where nothing of what was asked is theirs to read.
        """
        person = self.person()
        if not question.may_be_read_by(person):
            sentence = _("This library is not shared with you any more.")
            raise Refused("denied", sentence)
        quoted = [answer.passage_id for answer in answers]
        mine = Passage.objects.visible_to(person).filter(pk__in=quoted)
        visible = set(mine.values_list("pk", flat=True)) if quoted else set()
        return [answer for answer in answers if answer.passage_id in visible]
