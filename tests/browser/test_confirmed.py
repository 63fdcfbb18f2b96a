"""A question that a reviewer has looked over is asked again, in a real browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.steps import answered, asked, choose, make_library, post
from tests.browser.test_looks import ALL_LOOKS, BREWED, TEXTS, Look, look  # noqa: F401

AGAIN = " how LONG should tea be brewed"
TEA = {"How to make tea": TEXTS["How to make tea"]}
# What the reviewer does at the desk, done in the server's database.
REVIEWING = """
from answers import reviewing
from answers.models import Membership, ReviewItem, User
item = ReviewItem.objects.get(question="{question}")
reviewer = User.objects.get(username="reviewer")
Membership.objects.get_or_create(
    library=item.library, user=reviewer, defaults={{"role": "reviewer"}}
)
reviewing.{what}
"""


def review(server: Server, article: Locator, what: str) -> None:
    question = article.get_attribute("data-question-id")
    code = REVIEWING.format(question=question, what=what)
    server.command("shell", "--no-imports", "-c", code)


def confirm(server: Server, article: Locator) -> None:
    review(server, article, 'give(item, "right", by=reviewer)')


def withdraw(server: Server, article: Locator) -> None:
    review(server, article, "withdraw(item, by=reviewer)")


def label(article: Locator) -> Locator:
    return article.locator(".answer-head .confirmed").first


def is_confirmed(article: Locator) -> None:
    expect(label(article)).to_have_text(re.compile(r"^✓ Confirmed by reviewer on \d"))
    expect(article.locator("mark").first).to_have_text("three minutes")
    expect(article.locator("meter")).to_have_count(0)


def was_read(article: Locator) -> None:
    expect(article).to_have_attribute("data-status", "answered")
    expect(article.locator("meter").first).to_be_visible()
    expect(article.locator(".confirmed")).to_have_count(0)


def pinned(page: Page, article: Locator) -> Locator:
    """The same question, also when it is not the last one any more."""
    identity = article.get_attribute("data-question-id")
    return page.locator(f'article[data-question-id="{identity}"]')


def on_the_page(page: Page, article: Locator) -> Locator:
    """The same question after the page is loaded anew."""
    article = pinned(page, article)
    page.reload()
    return article


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    page = open_page()
    choose(page, make_library(page, "Tea to confirm", TEA))
    return page


def test_a_confirmed_answer_comes_at_once_until_it_is_taken_back(
    server: Server, page: Page
) -> None:
    first = pinned(page, answered(page, BREWED))
    was_read(first)
    confirm(server, first)
    second = pinned(page, answered(page, AGAIN.strip()))
    is_confirmed(second)
    is_confirmed(on_the_page(page, second))
    withdraw(server, first)
    was_read(answered(page, f"{BREWED}!"))
    expect(label(on_the_page(page, second))).to_have_text(
        "Was confirmed by reviewer, who has taken that back since"
    )


def test_an_edited_passage_is_read_anew(server: Server, page: Page) -> None:
    first = answered(page, BREWED)
    confirm(server, first)
    second = pinned(page, answered(page, AGAIN.strip()))
    is_confirmed(second)
    place = second.locator("a.source").get_attribute("href") or ""
    passage = place.split("?")[0]
    text = TEA["How to make tea"].replace("three", "five")
    post(page, f"{passage}edit/", title="How to make tea", text=text)
    third = answered(page, BREWED)
    was_read(third)
    expect(third.locator("mark").first).to_contain_text("five minutes")
    page.reload()
    is_confirmed(second)  # of the text as it was
    expect(second.get_by_text("This passage has changed since.")).to_be_visible()


def test_the_passages_are_read_anyway_by_keyboard(server: Server, page: Page) -> None:
    confirm(server, answered(page, BREWED))
    confirmed = answered(page, AGAIN.strip())
    is_confirmed(confirmed)
    button = confirmed.get_by_role("button", name="Read the passages anyway")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article[data-question-id]")).to_have_count(3)
    was_read(asked(page))
    expect(asked(page).get_by_role("heading", name=AGAIN.strip())).to_be_visible()
    page.reload()
    expect(page.locator("article[data-question-id]")).to_have_count(3)
    was_read(asked(page))


def test_the_passages_are_read_anyway_without_a_script(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False)
    choose(page, make_library(page, "Tea without a script", TEA))
    for number, question in enumerate((BREWED, AGAIN.strip())):
        page.get_by_label("Your question").fill(question)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_url(re.compile(r"#question-"))
        if number == 0:
            was_read(asked(page))
            confirm(server, asked(page))
    is_confirmed(asked(page))
    asked(page).get_by_role("button", name="Read the passages anyway").click()
    expect(page.locator("article[data-question-id]")).to_have_count(3)
    was_read(asked(page))


@ALL_LOOKS
def test_confirmed_answers_look_well(look: Look, server: Server) -> None:  # noqa: F811
    page = look.page
    choose(page, make_library(page, "Tea to look at", TEXTS))
    first = pinned(page, answered(page, BREWED))
    confirm(server, first)
    article = pinned(page, answered(page, AGAIN.strip()))
    is_confirmed(article)
    article.get_by_text("Why this answer?").click()
    look.at("confirmed")
    withdraw(server, first)
    expect(label(on_the_page(page, article))).to_contain_text("taken that back")
    look.at("confirmed-taken-back")
