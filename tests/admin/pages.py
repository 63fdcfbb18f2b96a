"""Pages of the admin as they come back: fetched, and looked at as HTML."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from answers.models import Review

LIST = "/admin/answers/review/"


def page_of(review: Review) -> str:
    return f"{LIST}{review.pk}/change/"


def get(client: Client, url: str, **parameters: Any) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def press(client: Client, review: Review, verdict: str) -> HttpResponse:
    """Press one of the three buttons in the list."""
    return client.post(LIST, {"_give": f"{review.pk}:{verdict}"})  # type: ignore[return-value]


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text inside of each <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marks: list[str] = []
        self._marking = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "mark":
            self._marking = True
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._marking = self._marking and tag != "mark"

    def handle_data(self, data: str) -> None:
        if self._marking:
            self.marks[-1] += data
