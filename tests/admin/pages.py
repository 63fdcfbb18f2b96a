"""Pages of the admin as they come back: fetched, and looked at as HTML."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from answers.models import ReviewItem

LIST = "/admin/answers/reviewitem/"
QUEUE = f"{LIST}queue/"
LOG = "/admin/answers/reviewevent/"


def screen_of(item: ReviewItem, query: str = "") -> str:
    return f"{LIST}{item.pk}/review/{query}"


def get(client: Client, url: str, **parameters: Any) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


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

    def links(self) -> list[str]:
        return [a.get("href") or "" for tag, a in self.tags if tag == "a"]
