"""The buttons of the screen: pressed, and what comes back."""

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from answers.models import Answer, ReviewItem
from tests.admin.pages import screen_of


def send(
    client: Client, item: ReviewItem, action: str = "give", query: str = "", **sent: Any
) -> HttpResponse:
    """Press a button of the screen."""
    values = {"action": action, **sent}
    return client.post(screen_of(item, query), values)  # type: ignore[return-value]


def select(client: Client, item: ReviewItem, **changed: Any) -> dict[str, str]:
    sent: dict[str, Any] = {
        "passage": changed.get("passage") or judged(item).passage_id,
        "start_segment": 0,
        "start_units": 0,
        "end_segment": 0,
        "end_units": 3,
        "quoted": "Tea",
    }
    response = send(client, item, "select", **(sent | changed))
    assert response.status_code == 200
    found: dict[str, str] = response.json()  # type: ignore[attr-defined]
    return found


def judged(item: ReviewItem) -> Answer:
    assert item.answer
    return item.answer


def goes_to(response: HttpResponse) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    return response.headers["Location"]


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]
