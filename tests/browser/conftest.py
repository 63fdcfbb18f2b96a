"""Chromium against a real server process.

Nothing of Django runs in this process: Playwright's synchronous interface keeps an
event loop running in the thread, in which the ORM refuses to work. For the same reason
the browser is given back when this folder's tests are over.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.server import Server
from tests.browser.steps import answered, choose_libraries, state_of

WAIT_MS = 30_000  # a runner may be slow; nothing here waits for time to pass
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
# Tell of what the policy stopped: a violation is a fault of ours.
LISTEN = """
addEventListener("securitypolicyviolation", (event) => {
  console.error("policy violated:", event.violatedDirective, event.blockedURI);
});
"""

expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo_state(server: Server, browser: Browser) -> Any:
    """The cookies of the demo user."""
    return state_of(browser, server, "demo")


@pytest.fixture(scope="package")
def reviewer_state(server: Server, browser: Browser) -> Any:
    """The cookies of the reviewer, who comes in through the admin's own door."""
    return state_of(browser, server, "reviewer", at="/admin/")


@dataclass
class Watch:
    """What went wrong in the browser, noticed or not."""

    origin: str
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)  # patterns of faults to expect

    def context(self, context: BrowserContext) -> None:
        context.add_init_script(LISTEN)
        context.on("page", self.page)
        context.on("request", lambda request: self.request(request.url))

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.dialog(dialog))
        page.on("console", lambda said: self.console(said.type, said.text))

    def dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.faults.append(f"console {kind}: {text}")

    def request(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"request to {url}")

    def check(self) -> None:
        unexpected = [
            fault
            for fault in self.faults
            if not any(re.search(pattern, fault) for pattern in self.allowed)
        ]
        assert not unexpected, unexpected


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watch = Watch(server.url)
    yield watch
    watch.check()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    server: Server, browser: Browser, demo_state: Any, watch: Watch
) -> Iterator[OpenPage]:
    """Open pages in contexts of their own; signed in as demo unless told otherwise."""
    contexts: list[BrowserContext] = []

    def open_one(path: str = "/", *, signed_in: bool = True, **options: Any) -> Page:
        options.setdefault("reduced_motion", "reduce")
        if signed_in:
            options.setdefault("storage_state", demo_state)
        context = browser.new_context(base_url=server.url, **options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        watch.context(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The chat page of the demo user."""
    return open_page()


@pytest.fixture
def asked(open_page: OpenPage) -> str:
    """What somebody has asked the demo library."""
    page = open_page()
    choose_libraries(page, "Demo library")
    question = "How high is the Pont du Gard?"
    answered(page, question)
    return question
