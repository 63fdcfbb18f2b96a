"""The items that the address of the desk's list asks for, and where they are reviewed.

The parameters are those of the queue (`queue.py`), and a few that no queue has.
"""

from dataclasses import replace

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from answers.admin.bounded import MOST_ROWS
from answers.admin.filters import ALL
from answers.admin.pools import Conditions, Pool, pool
from answers.admin.queue import Queue
from answers.admin.searching import keys_of_items_with
from answers.models import Feedback, Question, ReviewItem, User
from answers.reviewing import Order

State = ReviewItem.State
PARAMETERS = {
    *"state order verdict library model person helpful status".split(),
    *"since until score_from score_to".split(),
}


def reviewer_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the admin is for staff
    return request.user


def bounded(number: int) -> str:
    return f"{number:n}" if number <= MOST_ROWS else f"{MOST_ROWS:n}+"


def queue_url(params: QueryDict, order: Order, state: str = State.WAITING) -> str:
    """Where reviewing what is listed starts, in this order."""
    asked = params.copy()
    asked["order"], asked["state"] = order.value, state
    return f"{reverse('admin:review_queue')}?{Queue.of(asked).query()}"


def state_of(request: HttpRequest) -> str:
    """The state that is listed; empty for all."""
    state = request.GET.get("state", "")
    if state == ALL:
        return ""
    return state if state in State.values else State.WAITING.value


def order_of(request: HttpRequest) -> Order:
    """The order of the list; that of all states together has one index only."""
    order = request.GET.get("order", "")
    known = order in Order.values and state_of(request)
    return Order(order) if known else Order.NEWEST


def listed(request: HttpRequest) -> Pool:
    """Return the items that the address of the list asks for."""
    state = state_of(request)
    conditions = conditions_of(request, state)
    if words := words_of(request):
        found = keys_of_items_with(words, reviewer_of(request))
        conditions = replace(conditions, among=found)
    return pool(reviewer_of(request), state, order_of(request), conditions)


def conditions_of(request: HttpRequest, state: str) -> Conditions:
    """Return what the filters in the address of the list ask of items of a state."""
    narrowed = Queue.of(request.GET).conditions(state)
    indexed, others = said_by_the_asker(request.GET.get("helpful", ""))
    if (status := request.GET.get("status")) in Question.Status.values:
        # Joined, SQLite would begin with all questions that ended like this.
        asked = Question.objects.filter(pk=OuterRef("question"), status=status)
        others.append(Q(Exists(asked)))
    return Conditions([*narrowed.indexed, *indexed], [*narrowed.others, *others])


def words_of(request: HttpRequest) -> str:
    """Return what the address of the list searches for; empty for nothing."""
    return request.GET.get("q", "").strip()


def said_by_the_asker(helpful: str) -> tuple[list[Q], list[Q]]:
    """Return the conditions, with an index and without one."""
    said = Feedback.objects.filter(answer__question=OuterRef("question"))
    match helpful:
        case "no":
            return [Q(unhelpful__gt=0)], []
        case "yes":
            return [], [Q(Exists(said.filter(helpful=True)))]
        case "none":
            return [], [~Q(Exists(said))]
    return [], []
