"""What a person does on the pages, in the words of the pages."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.server import Server

PASSWORD = "wide-open-meadow"


def sign_up(page: Page, username: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("/")


def sign_in(page: Page, username: str, password: str, *, at: str = "/") -> None:
    """Go to `at`, which asks to sign in first, and sign in there."""
    page.goto("/accounts/login/" if at == "/" else at)
    page.get_by_label("Login").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(at)


def state_of(
    browser: Browser,
    server: Server,
    username: str,
    password: str | None = None,
    *,
    at: str = "/",
) -> Any:
    """The cookies of somebody who has signed in there.

    Whose password is not given is one of those that `make run` makes.
    """
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    sign_in(page, username, password or server.password(username), at=at)
    state = context.storage_state()
    context.close()
    return state


def go(page: Page, place: str) -> None:
    """Follow a link of the header."""
    main = page.get_by_role("navigation", name="Main")
    main.get_by_role("link", name=place).click()


def make_library(page: Page, title: str, passages: dict[str, str]) -> str:
    """Send the forms without filling them in by hand; returns the library's address."""
    library = post(page, "/libraries/new/", title=title, description="")
    for name, text in passages.items():
        post(page, f"{library}passages/new/", title=name, text=text)
    return library


def post(page: Page, path: str, **values: str) -> str:
    """Send a form as the browser does; returns the path that it leads to."""
    form = page.request.get(path)
    assert form.ok, form.status
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text())
    assert token
    lines = {name: re.sub("\r?\n", "\r\n", value) for name, value in values.items()}
    sent = page.request.post(
        path,
        form={"csrfmiddlewaretoken": token[1], **lines},
        headers={"referer": form.url},
        max_redirects=0,
    )
    assert sent.status == 302, sent.text()
    return sent.headers["location"]


def choose(page: Page, library: str) -> None:
    """Open the chat page with the library of this address chosen."""
    page.goto(f"/?library={library.rstrip('/').split('/')[-1]}")


def choose_libraries(page: Page, *titles: str) -> None:
    """Tick these in the form of the chat page, and no others."""
    scope = page.locator("[data-scope]")
    scope.locator("summary").click()
    for box in scope.locator("[data-library]").all():
        box.get_by_role("checkbox").set_checked(False)
    for title in titles:
        scope.get_by_role("checkbox", name=title, exact=True).check()
    scope.locator("summary").click()


def ask(page: Page, question: str) -> Locator:
    """Type and send a question; returns its place in the log at once."""
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    return asked(page)


def asked(page: Page) -> Locator:
    return page.locator("article[data-question-id]").last


def answered(page: Page, question: str) -> Locator:
    """Ask and wait until the question is closed."""
    article = ask(page, question)
    expect(article).not_to_have_attribute("data-status", "pending")
    expect(article.get_by_role("heading", name=question)).to_be_visible()
    return article
