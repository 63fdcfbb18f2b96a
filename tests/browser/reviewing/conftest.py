"""Reviewers who are signed in once for all, and desks with work for them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import OpenPage
from tests.browser.desk import Desk, make_desk
from tests.browser.server import Server
from tests.browser.steps import PASSWORD, make_library, state_of


@pytest.fixture(scope="package")
def states(server: Server, browser: Browser) -> dict[str, Any]:
    """The cookies of those who review; made with the first desk."""
    return {}


@pytest.fixture
def review(
    server: Server, browser: Browser, open_page: OpenPage, states: dict[str, Any]
) -> Callable[..., Page]:
    """Open a page of the desk as one of the reviewers."""

    def open_as(name: str, path: str, **options: Any) -> Page:
        if name not in states:
            password = None if name == "reviewer" else PASSWORD
            states[name] = state_of(browser, server, name, password, at="/admin/")
        return open_page(path, storage_state=states[name], **options)

    return open_as


@pytest.fixture
def desk_of(server: Server, page: Page) -> Iterator[Callable[..., Desk]]:
    """Make a desk for a public library; nobody else's page shows it afterwards."""
    made = []

    def make(title: str, texts: dict[str, str], items: list[dict[str, Any]]) -> Desk:
        made.append(make_desk(server, make_library(page, title, texts), items))
        return made[-1]

    yield make
    for desk in made:
        server.write(
            "UPDATE answers_library SET is_public = 0 WHERE id = ?", str(desk.library)
        )
