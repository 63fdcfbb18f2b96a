"""The items that the address of the desk's list asks for, and where they are reviewed.

The parameters are those of the queue (`queue.py`), so that reviewing goes through what
is listed.
"""

from dataclasses import replace

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from answers.admin.bounded import MOST_ROWS
from answers.admin.pools import Pool
from answers.admin.queue import ALL, Queue
from answers.models import ReviewItem, User
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
    queue = Queue.of(request.GET)
    return queue.pool(reviewer_of(request), state_of(request), order_of(request))


def listed_query(request: HttpRequest) -> str:
    """Return the query of an item's address that leads back to what is listed."""
    return replace(Queue.of(request.GET), order=order_of(request)).query()
