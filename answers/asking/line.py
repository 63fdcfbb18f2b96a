"""Who is answered next.

Of one person a few questions at once, those of one conversation one after the other in
the order asked; of all people together a bounded number, and people take turns. All on
one event loop, so there are no locks.
"""

import math
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from answers.models import Question

FIRST_GUESS = 2.0  # seconds to answer a question, before any was answered
NEWEST_COUNTS = 0.2  # in the moving average of what it really takes


class Waiter(Protocol):
    """Somebody in the line."""

    question: Question
    person: int  # who stood in line; a visitor's questions may be another's meanwhile

    def step_up(self, place: int) -> None:
        """Hear that this is your place now; 0: it is your turn."""


class TooManyQuestions(Exception):
    """The person has as many questions on their way as one person may have."""

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(
            _(
                "%(limit)d of your questions are on their way already. Please wait "
                "for some of them, or cancel them."
            )
            % {"limit": limit}
        )
        self.retry_after = retry_after  # seconds


@dataclass(slots=True, eq=False)
class Line:
    """The questions of all people that are being answered or wait for it."""

    waiting: dict[int, list[Waiter]] = field(default_factory=dict)  # by person
    begun: dict[int, list[Waiter]] = field(default_factory=dict)
    pace: float = FIRST_GUESS  # seconds a question takes, lately

    def count(self, person: int) -> int:
        """Return how many questions of the person are here."""
        return len(self.waiting.get(person, ())) + len(self.begun.get(person, ()))

    def is_waiting(self, waiter: Waiter) -> bool:
        return waiter in self.waiting.get(waiter.person, ())

    def check_room(self, person: int) -> None:
        """Raise TooManyQuestions when the person may not ask one more."""
        limit = settings.QUESTIONS_IN_FLIGHT + settings.QUESTIONS_WAITING
        if self.count(person) >= limit:
            raise TooManyQuestions(limit, self.seconds_for(1))

    def seconds_for(self, questions: int) -> int:
        """Return about how long it takes until so many of a person are answered."""
        return max(1, math.ceil(self.pace * questions / settings.QUESTIONS_IN_FLIGHT))

    def join(self, waiter: Waiter) -> None:
        """Stand in line where the time of asking says; the turn may come at once."""
        theirs = self.waiting.setdefault(waiter.person, [])
        insort(theirs, waiter, key=_asked)
        self._go_on()

    def took(self, seconds: float) -> None:
        """Learn how long a question took."""
        self.pace += NEWEST_COUNTS * (seconds - self.pace)

    def leave(self, waiter: Waiter) -> None:
        """Step out, whether the turn had come or not, and let the next one begin."""
        for place in (self.waiting, self.begun):
            if waiter in (theirs := place.get(waiter.person, [])):
                theirs.remove(waiter)
            if not theirs:
                place.pop(waiter.person, None)
        self._go_on()

    def _go_on(self) -> None:
        """Begin what may begin, a question of each person in turn."""
        began = True
        while began:
            began = False
            for person in list(self.waiting):
                if self._is_full():
                    break
                if waiter := next(self._ready(person), None):
                    self._begin(person, waiter)
                    began = True
        for person in self.waiting:
            self._tell_places(person)

    def _is_full(self) -> bool:
        begun = sum(map(len, self.begun.values()))
        return begun >= settings.QUESTIONS_AT_ONCE

    def _ready(self, person: int) -> Iterator[Waiter]:
        """Yield those whose conversation is free, the first one asked first."""
        begun = self.begun.get(person, [])
        if len(begun) >= settings.QUESTIONS_IN_FLIGHT:
            return
        taken = {waiter.question.conversation_id for waiter in begun}
        for waiter in self.waiting[person]:
            if waiter.question.conversation_id not in taken:
                yield waiter
            taken.add(waiter.question.conversation_id)

    def _begin(self, person: int, waiter: Waiter) -> None:
        theirs = self.waiting.pop(person)
        theirs.remove(waiter)
        if theirs:  # at the end of the dictionary: the others' turn comes first
            self.waiting[person] = theirs
        self.begun.setdefault(person, []).append(waiter)
        waiter.step_up(0)

    def _tell_places(self, person: int) -> None:
        for place, waiter in enumerate(self.waiting[person], 1):
            waiter.step_up(place)


def _asked(waiter: Waiter) -> tuple[datetime, UUID]:
    return waiter.question.asked_at, waiter.question.pk
