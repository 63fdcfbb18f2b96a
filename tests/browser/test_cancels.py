"""Cancelled before the server has taken it: not sent, and not answered."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.steps import ask, asked, choose, make_library

TEA = "Tea should be brewed for three minutes. It wants water of 80 degrees."
BREWED = "How long should tea be brewed?"
HOT = "How hot is the water?"
WHAT = "What is brewed?"
SOCKET = re.compile("/ws/chat/")
WAIT_S = 60

Said = list[dict[str, Any]]
Waiting = list[Callable[[], None]]


@pytest.fixture
def shelf(page: Page) -> str:
    return make_library(page, "Tea shelf", {"Tea": TEA})


def saved(page: Page) -> list[str]:
    """What the database holds: the page once more, without a script's doing."""
    html = page.request.get(page.url.split("#")[0]).text()
    return re.findall(r"data-asked>([^<]+)</h2>", html)


def ask_all(page: Page, *questions: str) -> Locator:
    page.get_by_label("Your question").fill("\n".join(questions))
    page.locator("[data-send]").click()
    articles = page.locator("article")
    expect(articles).to_have_count(len(questions))
    return articles


def cancel(article: Locator) -> None:
    article.get_by_role("button", name="Cancel this one").click()
    expect(article).to_have_attribute("data-status", "cancelled")


def hear(said: Said, message: str | bytes) -> bool:
    """Whether it is more than a resume, which the page says once a minute."""
    heard = json.loads(message)
    if heard["type"] == "resume":
        return False
    said.append(heard)
    return True


def types(said: Said) -> list[str]:
    return [one["type"] for one in said]


def questions(message: dict[str, Any]) -> list[str]:
    return [one["question"] for one in message["questions"]]


def too_many(message: dict[str, Any]) -> str:
    ids = [one["id"] for one in message.get("questions", [message])]
    limit = {"code": "too_many", "retry_after": WAIT_S, "message": "Too many."}
    return json.dumps({"type": "error", "seq": 1, "id": ids[0], "ids": ids} | limit)


def slow(said: Said, waiting: Waiting) -> Callable[..., None]:
    """What is said reaches the server when the test calls what is `waiting`."""

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def passed_on(message: str | bytes) -> None:
            hear(said, message)
            waiting.append(lambda: server.send(message))

        socket.on_message(passed_on)

    return route


def refusing(said: Said) -> Callable[..., None]:
    """The first questions are too many for this minute; a real limit takes a minute."""

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def passed_on(message: str | bytes) -> None:
            if hear(said, message) and types(said) == ["ask"]:
                socket.send(too_many(said[0]))
            else:
                server.send(message)

        socket.on_message(passed_on)

    return route


@pytest.fixture
def said(page: Page, shelf: str) -> Said:
    """What the page says on a socket whose first questions are refused for a while."""
    said: Said = []
    page.clock.install()
    page.route_web_socket(SOCKET, refusing(said))
    choose(page, shelf)
    return said


@pytest.fixture
def two_asked(page: Page, shelf: str) -> tuple[Said, Waiting]:
    """Two questions, of which the first begins a conversation on a slow socket."""
    said: Said = []
    waiting: Waiting = []
    page.route_web_socket(SOCKET, slow(said, waiting))
    choose(page, shelf)
    ask(page, BREWED)
    ask(page, HOT)
    return said, waiting


def test_what_waits_for_its_conversation_can_be_cancelled(
    page: Page, two_asked: tuple[Said, Waiting]
) -> None:
    said, waiting = two_asked
    articles = page.locator("article")
    expect(articles).to_have_count(2)
    cancel(articles.nth(1))
    assert types(said) == ["ask"]
    waiting[0]()
    expect(articles.first).to_have_attribute("data-status", "answered")
    expect(articles.nth(1)).to_have_attribute("data-status", "cancelled")
    assert saved(page) == [BREWED]
    assert types(said) == ["ask"]


def test_the_focus_stays_when_a_button_to_cancel_goes(
    page: Page, two_asked: tuple[Said, Waiting]
) -> None:
    _said, waiting = two_asked
    articles = page.locator("article")
    ask(page, WHAT)
    for number in (1, 2):
        button = articles.nth(number).get_by_role("button", name="Cancel this one")
        button.press("Enter")
        expect(articles.nth(number).locator("[data-asked]")).to_be_focused()
    ask(page, HOT)
    articles.nth(3).get_by_role("button", name="Cancel this one").focus()
    articles.first.get_by_role("button", name="Cancel this one").evaluate(
        "button => button.click()"
    )
    for send in waiting:
        send()
    expect(articles.first).to_have_attribute("data-status", re.compile("cancel|answer"))
    expect(page.locator("body")).not_to_be_focused()


def test_all_can_be_cancelled_while_the_first_is_on_its_way(
    page: Page, two_asked: tuple[Said, Waiting]
) -> None:
    said, waiting = two_asked
    page.get_by_role("button", name="Cancel all").click()
    expect(asked(page)).to_have_attribute("data-status", "cancelled")
    assert types(said) == ["ask", "cancel"]
    for send in waiting:
        send()
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    assert saved(page) == [BREWED]


def test_a_question_that_a_limit_holds_back_can_be_cancelled(
    page: Page, said: Said
) -> None:
    article = ask(page, BREWED)
    expect(article).to_contain_text("asked again by itself in")
    page.get_by_role("button", name="Cancel").click()
    expect(article).to_contain_text("Cancelled.")
    page.clock.fast_forward(2 * WAIT_S * 1000)
    article.get_by_role("button", name="Ask again").click()
    expect(article).to_have_attribute("data-status", "answered")
    assert types(said) == ["ask", "ask"]


@pytest.mark.parametrize("number", [0, 1])
def test_one_of_several_that_a_limit_holds_back_can_be_cancelled(
    page: Page, said: Said, number: int
) -> None:
    articles = ask_all(page, BREWED, HOT, WHAT)
    expect(articles.nth(2)).to_contain_text("asked again by itself in")
    cancel(articles.nth(number))
    page.clock.fast_forward(WAIT_S * 1000 + 1000)
    expect(page.locator("article[data-status=answered]")).to_have_count(2)
    expect(articles.nth(number)).to_have_attribute("data-status", "cancelled")
    left = [one for one in [BREWED, HOT, WHAT] if one != [BREWED, HOT][number]]
    assert saved(page) == left
    assert types(said) == ["ask", "ask"]
    assert questions(said[1]) == left


def test_what_was_cancelled_out_of_several_can_be_asked_again(
    page: Page, said: Said
) -> None:
    articles = ask_all(page, BREWED, HOT)
    expect(articles.first).to_contain_text("asked again by itself in")
    cancel(articles.first)
    page.clock.fast_forward(WAIT_S * 1000 + 1000)
    expect(articles.nth(1)).to_have_attribute("data-status", "answered")
    articles.first.get_by_role("button", name="Ask again").click()
    expect(page.locator("article[data-status=answered]")).to_have_count(2)
    assert saved(page) == [HOT, BREWED]


def test_all_that_a_limit_holds_back_can_be_cancelled(page: Page, said: Said) -> None:
    articles = ask_all(page, BREWED, HOT)
    expect(articles.nth(1)).to_contain_text("asked again by itself in")
    ask(page, WHAT)  # waits for the conversation that the two were to begin
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("article[data-status=cancelled]")).to_have_count(3)
    page.clock.fast_forward(WAIT_S * 1000 + 1000)
    assert types(said) == ["ask"]


def test_what_waits_for_a_conversation_begins_one_when_the_first_is_cancelled(
    page: Page, said: Said
) -> None:
    articles = ask_all(page, BREWED, HOT)
    expect(articles.nth(1)).to_contain_text("asked again by itself in")
    ask(page, WHAT)
    expect(articles).to_have_count(3)
    cancel(articles.first)
    cancel(articles.nth(1))
    expect(page.locator("article[data-status=answered]")).to_have_count(1)
    assert saved(page) == [WHAT]


def refusing_late(said: Said) -> Callable[..., None]:
    """The refusal and a cancel meet on their way."""

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def passed_on(message: str | bytes) -> None:
            is_heard = hear(said, message)
            if is_heard and types(said) == ["ask", "cancel"]:
                socket.send(too_many(said[0]))
            if types(said) != ["ask"]:
                server.send(message)

        socket.on_message(passed_on)

    return route


def test_a_cancel_that_meets_the_refusal_of_a_limit_is_kept(
    page: Page, shelf: str
) -> None:
    said: Said = []
    page.clock.install()
    page.route_web_socket(SOCKET, refusing_late(said))
    choose(page, shelf)
    articles = ask_all(page, BREWED, HOT)
    cancel(articles.first)
    expect(articles.nth(1)).to_contain_text("asked again by itself in")
    page.clock.fast_forward(WAIT_S * 1000 + 1000)
    expect(articles.nth(1)).to_have_attribute("data-status", "answered")
    expect(articles.first).to_have_attribute("data-status", "cancelled")
    assert saved(page) == [HOT]
