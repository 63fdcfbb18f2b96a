"""What a reviewer goes through: which items, in which order, kept in the address.

The desk, the screen of one item, and the way from one to the next all carry the same
parameters. They come from an address, so anything may stand in them: what makes no
sense is left out, and nothing is ever refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from answers import reviewing
from answers.admin.pools import Conditions, Pool, pool
from answers.admin.searching import CHARACTERS_USED, keys_of_items_with
from answers.models import (
    Feedback,
    Library,
    Question,
    Review,
    ReviewItem,
    User,
    Verdict,
)
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Order

Parameters = QueryDict | Mapping[str, str]
State = ReviewItem.State
ALL = "all"  # states, in the list
HELPFUL = ("yes", "no", "none")
DIGITS = 18  # of a key that a database can hold
YEARS = range(1970, 9000)  # whose days have a beginning in every time zone
MODEL_CHARACTERS = 64
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Items that wait, or are in conflict, narrowed and sorted as a person likes."""

    order: Order = Order.DOUBT
    # That the list shows, or ALL; but for those in conflict, waiting ones are taken.
    state: str = State.WAITING.value
    words: str = ""  # of the question or the answer
    library: int | None = None
    model: str = ""  # its hash
    person: int | None = None  # who has reviewed the items already
    verdict: str = ""  # that somebody has given them already
    helpful: str = ""  # what the asker said
    status: str = ""  # how the question ended
    since: date | None = None  # asked on this day or later
    until: date | None = None
    score_from: int | None = None  # percent, as they are shown
    score_to: int | None = None

    @classmethod
    def of(cls, params: Parameters) -> "Queue":
        """Read what an address asks for, leaving out what makes no sense."""
        order, state = _text(params, "order"), _text(params, "state")
        verdict, status = _text(params, "verdict"), _text(params, "status")
        helpful = _text(params, "helpful")
        return cls(
            order=Order(order) if order in Order.values else Order.DOUBT,
            state=state if state in (*State.values, ALL) else State.WAITING.value,
            words=_words(params),
            library=number_of(_text(params, "library")),
            model=_text(params, "model"),
            person=number_of(_text(params, "person")),
            verdict=verdict if verdict in Verdict.values else "",
            helpful=helpful if helpful in HELPFUL else "",
            status=status if status in Question.Status.values else "",
            since=day_of(_text(params, "since")),
            until=day_of(_text(params, "until")),
            score_from=percent_of(_text(params, "score_from")),
            score_to=percent_of(_text(params, "score_to")),
        )

    def query(self) -> str:
        """Return it as the query string of an address, without what is not set."""
        values: dict[str, object] = {
            "order": self.order.value,
            "state": "" if self.state == State.WAITING else self.state,
            "q": self.words,
            "library": self.library,
            "model": self.model,
            "person": self.person,
            "verdict": self.verdict,
            "helpful": self.helpful,
            "status": self.status,
            "since": self.since,
            "until": self.until,
            "score_from": self.score_from,
            "score_to": self.score_to,
        }
        return urlencode({k: v for k, v in values.items() if v not in (None, "")})

    def items(self, user: User) -> ReviewItemQuerySet:
        """Return what the person may take of it now, in no order."""
        taken = State.CONFLICT if self.state == State.CONFLICT else State.WAITING
        return self.pool(user, taken, self.order).items.free_for(user)

    def pool(self, user: User, state: str, order: Order) -> Pool:
        """Return what the person may see of a state; empty for all states."""
        conditions = self.conditions(state)
        if self.words:
            found = keys_of_items_with(self.words, user)
            conditions = replace(conditions, among=found)
        return pool(user, state, order, conditions)

    def take_next(self, user: User, after: int | None = None) -> ReviewItem | None:
        """Take the next item for the person; the one with the key `after` comes last.

        None where nothing is left.
        """
        return reviewing.take_next(self.items(user), self.order, by=user, after=after)

    def describe(self, user: User) -> str:
        """Say in one line what is gone through; names only what the person may see."""
        parts = [str(self.order.label)]
        if self.state == State.CONFLICT:
            parts.insert(0, str(State.CONFLICT.label))
        mine = Library.objects.reviewable_by(user)
        if self.library and (library := mine.filter(pk=self.library).first()):
            parts.append(library.title)
        if self.model:
            parts.append(_("Model %(model)s") % {"model": self.model[:6]})
        if self.person and (name := _name_of(self.person, user)):
            parts.append(_("Reviewed by %(name)s") % {"name": name})
        if self.verdict:
            parts.append(str(Verdict(self.verdict).label))
        return " · ".join([*parts, *self._ranges()])

    def _ranges(self) -> list[str]:
        said = []
        if self.since:
            said.append(_("Since %(day)s") % {"day": date_format(self.since)})
        if self.until:
            said.append(_("Until %(day)s") % {"day": date_format(self.until)})
        if self.score_from is not None:
            said.append(_("Score from %(score)d %%") % {"score": self.score_from})
        if self.score_to is not None:
            said.append(_("Score to %(score)d %%") % {"score": self.score_to})
        return said

    def conditions(self, state: str) -> Conditions:
        """Return what narrows the items of a state; empty for all states.

        Not the words, whose items an index finds: see `pool`.
        """
        indexed: list[Q] = []
        others: list[Q] = []
        if self.library is not None:
            indexed.append(Q(library=self.library))
        if self.model:
            indexed.append(Q(model_hash=self.model))
        if self.since or self.until:
            indexed.append(asked_between(self.since, self.until))
        if self.score_from is not None or self.score_to is not None:
            doubts, scores = scored_between(self.score_from, self.score_to)
            indexed.append(doubts)
            others.append(scores)
        reviewed = []
        if self.verdict and state in ("", State.REVIEWED):
            indexed.append(Q(verdict=self.verdict))
        elif self.verdict:
            reviewed.append(_reviewed(verdict=self.verdict))
        if self.person is not None:
            reviewed.append(_reviewed(reviewer=self.person))
        if reviewed and state == State.WAITING:  # by one, and waits for another
            indexed.append(Q(wanted__gt=1))
        if self.helpful == "no":
            indexed.append(Q(unhelpful__gt=0))
        elif self.helpful:
            others.append(_called(self.helpful))
        if self.status:
            # Joined, SQLite would begin with all questions that ended like this.
            asked = Question.objects.filter(pk=OuterRef("question"), status=self.status)
            others.append(Q(Exists(asked)))
        return Conditions(indexed, [*others, *reviewed])


def asked_between(since: date | None, until: date | None) -> Q:
    """Return the condition that an item was asked on these days or between."""
    condition = Q()
    if since:
        condition &= Q(asked_at__gte=_beginning(since))
    if until:
        condition &= Q(asked_at__lt=_beginning(until + timedelta(days=1)))
    return condition


def scored_between(low: int | None, high: int | None) -> tuple[Q, Q]:
    """Return the condition that an item's score is one of these whole percents.

    First what it means for the doubt, 0.5 - abs(score - 0.5), which has an index.
    """
    least, most = (low or 0) / 100, (101 if high is None else high + 1) / 100
    doubts = Q(doubt__gte=min(least, 1 - most) - ROUNDING)
    if most <= 0.5 or least >= 0.5:
        doubts &= Q(doubt__lte=min(most, 1 - least) + ROUNDING)
    return doubts, Q(score__gte=least, score__lt=most)


def number_of(value: str) -> int | None:
    """Return the number that the text is, if a database could hold it."""
    if not value.isascii() or not value.isdigit() or len(value) > DIGITS:
        return None
    return int(value)


def percent_of(value: str) -> int | None:
    number = number_of(value)
    return number if number is not None and number <= 100 else None


def day_of(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _reviewed(**how: object) -> Q:
    """Return the condition that an item has a standing review that is so."""
    return Q(Exists(Review.objects.standing().filter(item=OuterRef("pk"), **how)))


def _called(helpful: str) -> Q:
    """Return the condition that the asker called an answer helpful, or said nothing."""
    said = Feedback.objects.filter(answer__question=OuterRef("question"))
    if helpful == "yes":
        return Q(Exists(said.filter(helpful=True)))
    return ~Q(Exists(said))


def _words(params: Parameters) -> str:
    """Return what is searched for, as far as it can be written down."""
    typed = params.get("q")
    if not isinstance(typed, str):
        return ""
    shown = (sign if sign.isprintable() else " " for sign in typed)
    return "".join(shown).strip()[:CHARACTERS_USED].rstrip()


def _text(params: Parameters, name: str) -> str:
    """Return a parameter, or nothing where it is long or cannot be written down."""
    value = params.get(name)
    if not isinstance(value, str) or len(value) > MODEL_CHARACTERS:
        return ""
    return value if value.isprintable() else ""


def _name_of(person: int, user: User) -> str:
    """Return the name of somebody who has reviewed what the person may see."""
    seen = Review.objects.visible_to(user).filter(reviewer=person)
    names = seen.values_list("reviewer__username", flat=True)
    return names.first() or ""
