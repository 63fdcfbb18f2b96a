"""More than the server takes: said before it is sent, and nothing stays behind."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import answered, ask, asked, choose, make_library

TEA = "Tea should be brewed for three minutes."
BREWED = "How long should tea be brewed?"
MANY = "\n".join(f"How long should tea number {n} be brewed?" for n in range(150))
# Of each, JSON makes six characters.
ENDLESS = "\x01" * 50_000


@pytest.fixture
def shelf(page: Page) -> str:
    return make_library(page, "Tea shelf", {"Tea": TEA})


@pytest.fixture
def talk(page: Page, shelf: str) -> Page:
    choose(page, shelf)
    return page


def test_more_questions_than_may_be_asked_are_not_sent(talk: Page) -> None:
    field = talk.get_by_label("Your question")
    field.fill(MANY)
    said = "These are 150 questions; at most 23 may be asked at once."
    expect(talk.locator("[data-length]")).to_have_text(said)
    talk.get_by_role("button", name="Ask 150 questions").click()
    expect(talk.locator("[data-announcer]")).to_contain_text(said)
    expect(field).to_have_value(MANY)
    expect(talk.locator("article")).to_have_count(0)
    talk.get_by_role("button", name="Ask as one").click()
    expect(talk.locator("[data-length]")).to_contain_text("characters too many")
    expect(talk.locator("article")).to_have_count(0)
    field.fill("\n".join(MANY.splitlines()[:23]))
    expect(talk.locator("[data-length]")).to_have_text("")
    field.fill("")


def test_all_of_very_many_refused_questions_are_told_so(talk: Page) -> None:
    """A page that was opened when the server took more."""
    talk.evaluate("document.querySelector('#ask-question').dataset.most = 1000")
    talk.get_by_label("Your question").fill(MANY)
    talk.get_by_role("button", name="Ask 150 questions").click()
    expect(talk.locator("article[data-status=failed]")).to_have_count(150)
    expect(asked(talk)).to_contain_text("at most 23 may be asked at once")
    expect(talk.get_by_role("button", name="Cancel")).to_have_count(0)


def paste(page: Page, text: str) -> None:
    page.get_by_text("Paste a text").click()
    page.get_by_label("A text to ask").fill(text)


def test_a_message_that_is_too_long_blocks_nothing(talk: Page, shelf: str) -> None:
    paste(talk, ENDLESS)
    too_long = ask(talk, BREWED)
    expect(too_long).to_contain_text("characters too many")
    expect(too_long).to_have_attribute("data-status", "failed")
    choose(talk, shelf)
    answered(talk, BREWED)
    talk.reload()
    expect(talk.locator("article")).to_have_count(1)


def test_a_message_too_long_that_another_load_left_is_given_up(talk: Page) -> None:
    """As was left by the page before it knew how much the server takes."""
    talk.evaluate(
        """([question, pasted]) => {
          const id = "0b7ef6d4-6d5a-4f7a-9a52-3f3a0b5a7c11";
          const shown = { name: "Pasted text" };
          const message = { type: "ask", library: [], id, question, pasted, shown };
          const { person } = document.querySelector("[data-person]").dataset;
          sessionStorage.setItem(`qaweb:${person}:unheard`, JSON.stringify([message]));
        }""",
        [BREWED, ENDLESS],
    )
    talk.reload()
    expect(asked(talk)).to_contain_text("characters too many")
    answered(talk, BREWED)
    expect(talk).to_have_url(re.compile("/conversations/"))
    talk.reload()
    expect(talk.locator("article")).to_have_count(1)
