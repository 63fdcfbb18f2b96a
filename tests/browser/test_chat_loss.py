"""Nothing is lost and nothing is there twice, whatever happens on the way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.steps import (
    PASSWORD,
    answered,
    ask,
    choose,
    make_library,
    post,
    sign_up,
)

TEA = "Tea should be brewed for three minutes. It wants water of 80 degrees."
BREWED = "How long should tea be brewed?"
HOT = "How hot is the water?"
SEVERAL = f"{BREWED}\n{HOT}\nWhat is brewed?"


@pytest.fixture
def shelf(page: Page) -> str:
    return make_library(page, "Tea shelf", {"Tea": TEA})


def titles(page: Page) -> list[str]:
    return page.locator("article [data-asked]").all_text_contents()


def as_saved(page: Page) -> list[str]:
    """What the database holds: the page once more, without a script's doing."""
    html = page.request.get(page.url.split("#")[0]).text()
    return re.findall(r"data-asked>([^<]+)</h2>", html)


def test_a_second_tab_shows_what_the_first_asks(page: Page, shelf: str) -> None:
    choose(page, shelf)
    answered(page, BREWED)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("article")).to_have_count(1)
    answered(page, HOT)
    expect(other.locator("article[data-status=answered]")).to_have_count(2)
    answered(other, "What is brewed?")
    expect(page.locator("article")).to_have_count(3)
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    assert titles(page) == titles(other) == as_saved(page)
    other.close()


def say_all_twice(socket: WebSocketRoute) -> None:
    server = socket.connect_to_server()

    def twice(message: str | bytes) -> None:
        server.send(message)
        server.send(message)

    socket.on_message(twice)


def test_a_question_sent_twice_is_there_once(page: Page, shelf: str) -> None:
    """A network that repeats frames, and a thumb that presses twice."""
    page.route_web_socket(re.compile("/ws/chat/"), say_all_twice)
    choose(page, shelf)
    page.get_by_label("Your question").fill(BREWED)
    page.locator("[data-send]").dblclick()
    expect(page.locator("article[data-status=answered]")).to_have_count(1)
    page.reload()
    expect(page.locator("article")).to_have_count(1)


def test_what_is_asked_offline_is_sent_when_back(
    page: Page, shelf: str, watch: Watch
) -> None:
    watch.allowed += ["WebSocket connection", "ERR_INTERNET_DISCONNECTED"]
    choose(page, shelf)
    answered(page, BREWED)
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    article = ask(page, HOT)
    expect(article).to_have_attribute("data-status", "pending")
    page.context.set_offline(False)
    expect(article).to_have_attribute("data-status", "answered")
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    assert titles(page) == as_saved(page) == [BREWED, HOT]


def test_a_reload_before_the_question_was_sent_sends_it(page: Page, shelf: str) -> None:
    choose(page, shelf)
    answered(page, BREWED)
    page.evaluate("WebSocket.prototype.send = () => {}")  # a network that swallows
    ask(page, HOT)
    page.reload()
    expect(page.locator("article[data-status=answered]")).to_have_count(2)
    assert titles(page) == as_saved(page) == [BREWED, HOT]


def test_what_is_typed_survives_a_reload(page: Page, shelf: str) -> None:
    choose(page, shelf)
    page.get_by_label("Your question").fill("Half a quest")
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value("Half a quest")
    page.get_by_label("Your question").fill("")
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value("")


def test_what_is_typed_goes_along_to_the_conversation(page: Page, shelf: str) -> None:
    waiting: list[Callable[[], None]] = []

    def slow(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda said: waiting.append(lambda: server.send(said)))

    page.route_web_socket(re.compile("/ws/chat/"), slow)
    choose(page, shelf)
    article = ask(page, BREWED)
    page.get_by_label("Your question").fill(HOT)
    while waiting:
        waiting.pop(0)()
    expect(article).to_have_attribute("data-status", "answered")
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value(HOT)
    page.goto("/")
    expect(page.get_by_label("Your question")).to_have_value("")


def test_another_language_keeps_the_conversation(page: Page, shelf: str) -> None:
    choose(page, shelf)
    answered(page, BREWED)
    conversation = page.url
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("button", name="Fragen", exact=True)).to_be_visible()
    assert page.url == conversation
    assert titles(page) == [BREWED]


def paste(page: Page, text: str) -> None:
    page.get_by_text("Paste a text").click()
    page.get_by_label("A text to ask").fill(text)


def test_a_pasted_text_is_asked_alone_after_a_reload_too(
    page: Page, shelf: str
) -> None:
    choose(page, shelf)
    paste(page, TEA)
    page.reload()
    expect(page.get_by_label("A text to ask")).to_have_value(TEA)
    expect(page.locator("[data-scope-words]")).to_have_text("Pasted text")
    page.locator("[data-scope] summary").click()
    page.get_by_role("checkbox", name="Tea shelf").first.check()
    page.get_by_label("A text to ask").press_sequentially("!")
    expect(page.get_by_role("checkbox", name="Tea shelf").first).to_be_checked()


def test_a_pasted_text_that_was_not_taken_comes_back(page: Page, shelf: str) -> None:
    found = re.search(r"/passages/(\d+)/", page.request.get(shelf).text())
    assert found
    page.goto(f"/?passage={found[1]}")
    paste(page, TEA)
    article = ask(page, BREWED)
    expect(article).to_contain_text("either the passage or the pasted text")
    article.get_by_role("button", name="Edit the question").click()
    expect(page.get_by_label("Your question")).to_have_value(BREWED)
    expect(page.get_by_label("A text to ask")).to_have_value(TEA)


def test_a_phone_that_slept_catches_up(page: Page, shelf: str) -> None:
    choose(page, shelf)
    answered(page, BREWED)
    other = page.context.new_page()
    other.goto(page.url)
    page.evaluate(
        """() => {
          window.slept = Date.now() + 3600e3;
          Object.defineProperty(document, "hidden", { get: () => window.asleep });
          const show = (asleep) => {
            window.asleep = asleep;
            document.dispatchEvent(new Event("visibilitychange"));
          };
          show(true);
          Date.now = () => window.slept;
          show(false);
        }"""
    )
    answered(other, HOT)
    expect(page.locator("article[data-status=answered]")).to_have_count(2)
    assert titles(page) == as_saved(page)
    other.close()


def test_several_lines_are_asked_in_order(page: Page, shelf: str) -> None:
    choose(page, shelf)
    page.get_by_label("Your question").fill(SEVERAL)
    expect(page.get_by_role("button", name="Ask as one")).to_be_visible()
    page.get_by_role("button", name="Ask 3 questions").click()
    expect(page.locator("article")).to_have_count(3)
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    assert titles(page) == as_saved(page) == SEVERAL.splitlines()


def test_lines_that_wait_show_their_place_and_can_be_cancelled(page: Page) -> None:
    # Long enough for the fourth question to be seen waiting on a fast machine.
    river = "The river bends and the meadow lies open to the rain. " * 240
    texts = {f"River {n}": f"Chapter {n}. {river}" for n in range(5)}
    choose(page, make_library(page, "Long", texts))
    page.get_by_label("Your question").fill(
        "\n".join(f"Where does river {n} bend?" for n in range(6))
    )
    page.get_by_role("button", name="Ask 6 questions").click()
    expect(page.locator("article").nth(3)).to_contain_text("Next in line")
    expect(page.locator("article").nth(5)).to_contain_text("Number 3 in line")
    page.locator("article").nth(4).get_by_role("button", name="Cancel this one").click()
    expect(page.locator("article").nth(4)).to_have_attribute("data-status", "cancelled")
    expect(page.locator("article").nth(5)).to_contain_text(re.compile("in line|Read"))
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_signed_out_in_another_tab_the_page_says_so_and_keeps_the_draft(
    open_page: OpenPage,
) -> None:
    page = open_page("/accounts/signup/", signed_in=False)
    sign_up(page, "twotabs")
    choose(page, make_library(page, "Two tabs", {"Tea": TEA}))
    answered(page, BREWED)
    page.get_by_label("Your question").fill("Not yet sent")
    post(page, "/accounts/logout/")
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("Login").fill("twotabs")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/conversations/"))
    expect(page.get_by_label("Your question")).to_have_value("Not yet sent")
    expect(page.locator("article")).to_have_count(1)
