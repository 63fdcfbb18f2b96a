"""The rows of a library's list: made, and read from its page."""

from typing import Any

from django.test import Client

from answers.models import Library, Passage, Source
from tests.factories import make_passage
from tests.views.page import Element, page


def titles(shown: Element) -> list[str]:
    return [heading.words for heading in shown.all("h2", class_="row-title")]


def make_source(library: Library, name: str = "book.pdf") -> Source:
    return Source.objects.create(
        library=library, name=name, format=".pdf", sha256=name.ljust(64, "0")
    )


def make_many(library: Library, count: int, **values: Any) -> list[Passage]:
    return [
        make_passage(library, f"Text {n}.", title=f"No {n:03}", **values)
        for n in range(count)
    ]


def listed(client: Client, library: Library, **choice: str | int) -> list[str]:
    return titles(page(client.get(library.get_absolute_url(), choice)))
