"""The live connection: cancelled, lost, refused, signed out."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.server import Server
from tests.browser.steps import (
    PASSWORD,
    answered,
    ask,
    asked,
    choose,
    make_library,
    post,
    sign_up,
)

RIVER = "The river bends and the meadow lies open to the wind and the rain. " * 80
TEA = "Tea should be brewed for three minutes."
TEXTS = {"Tea": TEA} | {f"River {n}": f"Chapter {n}. {RIVER}" for n in range(1, 7)}
BREWED = "How long should tea be brewed?"
QUESTION = "River, meadow, wind and rain: how long should tea be brewed?"
DOWN = "Connection lost – trying again…"


@pytest.fixture
def slow_page(page: Page) -> Page:
    """A chat page whose library takes seconds to read."""
    choose(page, make_library(page, "A long read", TEXTS))
    return page


def test_a_question_can_be_cancelled(slow_page: Page) -> None:
    article = ask(slow_page, QUESTION)
    expect(article).to_contain_text("Reading")
    slow_page.get_by_role("button", name="Cancel").click()
    expect(article).to_have_attribute("data-status", "cancelled")
    expect(article.get_by_text("Cancelled.")).to_be_visible()
    expect(slow_page.get_by_role("button", name="Cancel")).to_be_hidden()
    slow_page.reload()
    expect(asked(slow_page)).to_have_attribute("data-status", "cancelled")


def test_a_cancelled_question_can_be_asked_again(slow_page: Page) -> None:
    article = ask(slow_page, QUESTION)
    expect(article).to_contain_text("Reading")
    slow_page.get_by_role("button", name="Cancel").click()
    article.get_by_role("button", name="Ask again").click()
    expect(slow_page.locator("article")).to_have_count(2)
    again = asked(slow_page)
    expect(again).to_contain_text("Reading")
    slow_page.get_by_role("button", name="Cancel").click()
    expect(again).to_have_attribute("data-status", "cancelled")


def test_answers_appear_while_the_rest_is_being_read(slow_page: Page) -> None:
    article = ask(slow_page, QUESTION)
    expect(article).to_contain_text(re.compile("Reading [1-6] of 7…"))
    so_far = slow_page.locator("article[data-status=pending] .answer mark")
    expect(so_far.first).to_be_visible()
    expect(article).to_have_attribute("data-status", "answered")


def test_a_killed_server_loses_and_doubles_nothing(
    slow_page: Page, server: Server, watch: Watch
) -> None:
    watch.allowed.append("WebSocket connection to .* failed")
    article = ask(slow_page, QUESTION)
    expect(article).to_contain_text("Reading")
    server.kill()
    expect(slow_page.get_by_text(DOWN)).to_be_visible()
    expect(article.get_by_role("heading", name=QUESTION)).to_be_visible()
    server.start()
    expect(slow_page.get_by_text(DOWN)).to_be_hidden()
    expect(article).to_have_attribute("data-status", "answered", timeout=90_000)
    expect(article.locator("mark").first).to_contain_text("three minutes")
    expect(slow_page.locator("article")).to_have_count(1)
    slow_page.reload()
    expect(slow_page.locator("article")).to_have_count(1)
    expect(slow_page.locator("article mark").first).to_contain_text("three minutes")


def test_a_question_asked_while_the_connection_is_down_goes_out_later(
    page: Page, server: Server, watch: Watch
) -> None:
    watch.allowed.append("WebSocket connection to .* failed")
    choose(page, make_library(page, "Patience", {"Tea": TEA}))
    answered(page, BREWED)
    server.stop()
    expect(page.get_by_text(DOWN)).to_be_visible()
    article = ask(page, "What should be brewed for three minutes?")
    expect(article).to_contain_text("Searching…")
    server.start()
    expect(article).to_have_attribute("data-status", "answered")
    page.reload()
    expect(page.locator("article")).to_have_count(2)


def test_opening_the_page_of_an_interrupted_question_reads_it(
    page: Page, server: Server
) -> None:
    choose(page, make_library(page, "Interrupted", {"Tea": TEA}))
    article = answered(page, BREWED)
    identity = str(article.get_attribute("data-question-id")).replace("-", "")
    server.write("DELETE FROM answers_reviewitem WHERE question_id = ?", identity)
    server.write("DELETE FROM answers_answer WHERE question_id = ?", identity)
    server.write(
        "UPDATE answers_question SET status = 'pending', finished_at = NULL "
        "WHERE id = ?",
        identity,
    )
    page.reload()
    expect(article).to_have_attribute("data-status", "answered")
    expect(article.locator("mark").first).to_contain_text("three minutes")


def test_without_a_socket_the_form_is_posted(page: Page, watch: Watch) -> None:
    watch.allowed.append("WebSocket connection to .* failed")
    library = make_library(page, "No socket", {"Tea": TEA})
    page.route_web_socket(re.compile("/ws/chat/"), lambda socket: socket.close())
    choose(page, library)
    expect(page.get_by_text("Questions are sent the plain way.")).to_be_visible()
    article = answered(page, BREWED)
    expect(article.locator("mark").first).to_contain_text("three minutes")
    answered(page, "What should be brewed for three minutes?")
    expect(page.locator("article")).to_have_count(2)


def test_a_question_waiting_for_a_connection_that_fails_is_posted(page: Page) -> None:
    library = make_library(page, "Never opens", {"Tea": TEA})
    page.add_init_script(
        """window.WebSocket = class {
          static OPEN = 1;
          readyState = 0;
          constructor() { window.lastSocket = this; }
        };"""
    )
    choose(page, library)
    expect(ask(page, BREWED)).to_have_attribute("data-status", "pending")
    page.evaluate("lastSocket.readyState = 3; lastSocket.onclose({ code: 1006 })")
    expect(asked(page)).to_have_attribute("data-status", "answered")
    expect(page).to_have_url(re.compile("/conversations/"))


def test_signed_out_elsewhere_the_question_survives_signing_in(
    open_page: OpenPage,
) -> None:
    page = open_page("/accounts/signup/", signed_in=False)
    sign_up(page, "leaving")
    choose(page, make_library(page, "Going", {"Tea": TEA}))
    answered(page, BREWED)
    post(page, "/accounts/logout/")
    ask(page, "And how hot should the water be?")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("Login").fill("leaving")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    question = page.get_by_label("Your question")
    expect(question).to_have_value("And how hot should the water be?")


def test_feedback_that_could_not_be_saved_says_so(page: Page, watch: Watch) -> None:
    watch.allowed.append("ERR_FAILED")
    choose(page, make_library(page, "Feedback", {"Tea": TEA}))
    article = answered(page, BREWED)
    page.route(re.compile("/feedback/"), lambda route: route.abort())
    helpful = article.get_by_role("button", name="Helpful", exact=True).first
    helpful.click()
    said = page.get_by_role("status").filter(has_text="could not be saved")
    expect(said).to_have_count(1)
    expect(helpful).to_have_attribute("aria-pressed", "false")
