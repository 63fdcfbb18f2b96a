"""The page of a conversation, what its form asks, a text that nobody should write."""

from django.test import Client

from tests.views.page import Element, page

HOSTILE = (
    """</textarea></script><script>alert(1)</script>"'><img src=x onerror=alert(2)>"""
)


def show(client: Client, conversation: object) -> Element:
    return page(client.get(conversation.get_absolute_url()))  # type: ignore[attr-defined]


def ticked(form: Element) -> list[str]:
    return [
        box["value"] for box in form.all("input", name="library") if "checked" in box
    ]
