"""Without a socket a question goes by a form, and asks just what it was to ask."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server
from tests.browser.steps import answered, ask, asked, choose, make_library

TEXTS = {
    "Tea": "Tea should be brewed for three minutes.",
    "The packet": "Tea should be brewed for five minutes, says the packet.",
}
BREWED = "How long should tea be brewed?"
NEVER_OPENS = """window.WebSocket = class {
  static OPEN = 1;
  readyState = 0;
  constructor() { window.lastSocket = this; }
};"""
FAILS = "lastSocket.readyState = 3; lastSocket.onclose({ code: 1006 })"
REFUSED = "lastSocket.readyState = 3; lastSocket.onclose({ code: 4429 })"


@pytest.fixture
def talk(page: Page) -> Page:
    """A conversation about one passage: its form goes on asking that one."""
    make_library(page, "That shelf", {"Bread": "Bread is baked for an hour."})
    page.goto(make_library(page, "This shelf", TEXTS))
    page.get_by_role("link", name="The packet").click()
    passage = re.search(r"/passages/(\d+)/", page.url)
    assert passage, page.url
    page.goto(f"/?passage={passage[1]}")
    answered(page, BREWED)
    return page


def posted(page: Page, count: int, *, by: str = FAILS) -> Locator:
    """Let the socket fail; returns the last question of the page that comes then."""
    expect(page.locator("article")).to_have_count(count)
    page.evaluate(by)
    last = page.locator("article[data-asked-at]").nth(count - 1)
    expect(last).to_have_attribute("data-status", re.compile("answer"))
    expect(page.locator("article")).to_have_count(count)
    return last


def ask_elsewhere(page: Page) -> None:
    page.locator("article").first.get_by_role("button", name="Ask elsewhere").click()
    page.get_by_label("Ask the same in").select_option(label="That shelf")
    page.locator("[data-ask-elsewhere]").get_by_role("button", name="Ask").click()


def test_a_question_about_one_passage_asks_that_one_again(
    talk: Page, server: Server
) -> None:
    article = asked(talk)
    identity = str(article.get_attribute("data-question-id")).replace("-", "")
    server.write("DELETE FROM answers_answer WHERE question_id = ?", identity)
    server.write(
        "UPDATE answers_question SET status = 'cancelled' WHERE id = ?", identity
    )
    talk.add_init_script(NEVER_OPENS)
    library = str(article.get_attribute("data-libraries"))
    talk.goto(f"{talk.url.split('#')[0]}?library={library}")
    expect(talk.locator("form [data-only]")).to_have_count(0)
    asked(talk).get_by_role("button", name="Ask again").click()
    again = posted(talk, 2)
    expect(again.locator("[data-passage]")).to_have_text("The packet")
    expect(again.locator(".source")).to_have_count(1)


def test_another_library_is_asked_though_the_form_asks_one_passage(talk: Page) -> None:
    talk.add_init_script(NEVER_OPENS)
    talk.reload()
    expect(talk.locator("form [data-only]")).to_have_count(1)
    ask_elsewhere(talk)
    elsewhere = posted(talk, 2)
    expect(elsewhere.locator("[data-library-name]")).to_have_text("That shelf")
    expect(elsewhere.locator("[data-passage]")).to_have_count(0)


def test_a_question_of_two_lines_stays_one(page: Page) -> None:
    page.add_init_script(NEVER_OPENS)
    choose(page, make_library(page, "Two lines", TEXTS))
    ask(page, "How long should\ntea be brewed?")
    question = posted(page, 1)
    expect(question.locator("[data-asked]")).to_have_text(BREWED)


def test_what_was_posted_is_no_draft_any_more(page: Page) -> None:
    choose(page, make_library(page, "Once", TEXTS))
    answered(page, BREWED)
    page.add_init_script(NEVER_OPENS)
    page.reload()
    page.evaluate(FAILS)
    field = page.get_by_label("Your question")
    for count, question in enumerate(("What is brewed?", "Who says so?"), 2):
        field.fill(question)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator("article[data-asked-at]")).to_have_count(count)
        expect(field).to_have_value("")
        page.evaluate(FAILS)


def test_after_a_refusal_too_what_is_asked_goes_by_a_form(talk: Page) -> None:
    talk.add_init_script(NEVER_OPENS)
    talk.reload()
    talk.evaluate(REFUSED)
    ask_elsewhere(talk)
    elsewhere = talk.locator("article[data-asked-at]").nth(1)
    expect(elsewhere.locator("[data-library-name]")).to_have_text("That shelf")
