"""Whole journeys: with a mouse, with the keyboard alone, without JavaScript."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import (
    PASSWORD,
    answered,
    asked,
    choose,
    choose_libraries,
    go,
    make_library,
    sign_up,
)

TEA = (
    "Tea should be brewed for three minutes.\n\n"
    "A pot for four people takes two spoons of leaves."
)
QUESTION = "How long should tea be brewed?"


def fill_a_library(page: Page, title: str) -> None:
    """By the pages' own links, from the chat page of somebody new."""
    go(page, "Libraries")
    page.get_by_role("link", name="New library").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create the library").click()
    page.get_by_role("link", name="Add a passage").click()
    page.get_by_label("Title").fill("How to make tea")
    page.get_by_label("Text").fill(TEA)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="How to make tea")).to_be_visible()
    assert page.locator("[data-text]").text_content() == TEA


def test_somebody_new_asks_and_is_shown_the_exact_quote(open_page: OpenPage) -> None:
    page = open_page("/accounts/signup/", signed_in=False)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_up(page, "nora")
    fill_a_library(page, "Tea")
    go(page, "Libraries")
    page.get_by_role("link", name="Ask Tea").click()

    article = answered(page, QUESTION)
    answer = article.get_by_role("listitem").first
    quote = answer.locator("mark").text_content()
    assert quote
    assert "three minutes" in quote
    assert "%" in (answer.locator(".score").text_content() or "")
    expect(page.get_by_role("status").filter(has_text="Best answer")).to_have_count(1)
    expect(page).to_have_url(re.compile("/conversations/"))

    answer.get_by_role("button", name="Copy with citation").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    link = answer.get_by_role("link", name="Show in passage").get_attribute("href")
    assert copied.splitlines()[0] == f"“{quote}” — How to make tea, Tea"
    assert copied.splitlines()[1].endswith(str(link))

    helpful = answer.get_by_role("button", name="Helpful", exact=True)
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")

    answer.get_by_role("link", name="Show in passage").click()
    mark = page.locator("mark#mark")
    expect(mark).to_be_in_viewport()
    assert mark.text_content() == quote
    assert page.locator("[data-text]").text_content() == TEA

    page.get_by_role("link", name=QUESTION).click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(helpful).to_have_attribute("aria-pressed", "false")


def test_the_next_question_goes_on_where_the_talk_is(page: Page) -> None:
    library = make_library(page, "Talk", {"How to make tea": TEA})
    choose(page, library)
    answered(page, QUESTION)
    address = page.url
    newest = answered(page, "How many spoons of leaves does a pot take?")
    assert page.url == address
    expect(newest.get_by_role("heading")).to_be_in_viewport()
    expect(newest.locator("mark").first).to_be_in_viewport()
    expect(page.locator("[data-history] [aria-current]")).to_have_text(QUESTION)
    page.reload()
    expect(page.locator("article[data-status=answered]")).to_have_count(2)
    permanent = asked(page).locator("time").locator("xpath=..")
    permanent.click()
    expect(page).to_have_url(re.compile("#question-"))


def test_another_library_is_asked_in_the_same_conversation(page: Page) -> None:
    first = make_library(page, "First shelf", {"How to make tea": TEA})
    make_library(page, "Second shelf", {"Bread": "Bread is baked for an hour."})
    choose(page, first)
    answered(page, QUESTION)
    address = page.url
    choose_libraries(page, "Second shelf")
    article = answered(page, "How long is bread baked?")
    assert set(article.locator(".source").all_text_contents()) == {"Bread"}
    expect(article.get_by_text("Second shelf")).to_be_visible()
    assert page.url == address
    page.reload()
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("[data-scope-words]")).to_have_text("Second shelf")


def test_one_passage_is_asked_until_it_is_let_go(page: Page) -> None:
    texts = {"How to make tea": TEA, "Coffee": "Coffee is brewed for four minutes."}
    library = make_library(page, "Drinks", texts)
    page.goto(library)
    page.get_by_role("link", name="Coffee").click()
    page.get_by_role("link", name="Ask this passage").click()
    article = answered(page, "How long is it brewed?")
    assert set(article.locator(".source").all_text_contents()) == {"Coffee"}
    expect(article.get_by_text("only in Coffee")).to_be_visible()
    page.get_by_role("link", name="Ask the whole library instead").click()
    expect(page.locator("[data-scope-words]")).to_have_text("Drinks")


def test_everything_works_with_the_keyboard_alone(page: Page) -> None:
    library = make_library(page, "Keys", {"How to make tea": TEA})
    choose(page, library)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("How long should")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("tea be brewed?")
    page.keyboard.press("Enter")
    article = asked(page)
    expect(article).to_have_attribute("data-status", "answered")
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.get_by_label("Your question")).to_have_value("")
    focused = page.locator(":focus")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if (focused.text_content() or "").strip() == "Helpful":
            break
    expect(focused).to_have_text("Helpful")
    page.keyboard.press("Space")
    expect(focused).to_have_attribute("aria-pressed", "true")
    for _ in range(10):
        page.keyboard.press("Shift+Tab")
        if (focused.text_content() or "").strip() == "Show in passage":
            break
    outline = focused.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator("mark#mark")).to_be_in_viewport()
    page.keyboard.press("Tab")  # from the mark on, not from the top of the page
    assert focused.evaluate(
        "e => !!(document.querySelector('mark').compareDocumentPosition(e) & 4)"
    )


def test_the_skip_link_leads_past_the_header(page: Page) -> None:
    page.goto("/libraries/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_everything_works_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/accounts/signup/", signed_in=False, java_script_enabled=False)
    sign_up(page, "plain")
    fill_a_library(page, "Plain tea")
    page.get_by_role("link", name="Ask this passage").click()
    expect(page.get_by_role("button", name="Copy with citation")).to_have_count(0)
    article = answered(page, QUESTION)
    expect(article.locator("mark").first).to_contain_text("three minutes")
    helpful = article.get_by_role("button", name="Not helpful").first
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    article.get_by_role("link", name="Show in passage").first.click()
    expect(page.locator("mark#mark")).to_be_in_viewport()
    page.get_by_text("Archive this passage").click()
    page.get_by_role("button", name="Yes, archive it").click()
    expect(page.get_by_text("1 passage is archived")).to_be_visible()
    go(page, "Chat")
    page.get_by_role("link", name=QUESTION).click()
    expect(page.locator("article mark").first).to_contain_text("three minutes")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Login").fill("plain")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Your question")).to_be_visible()


def test_what_was_not_taken_can_be_changed_and_sent(page: Page) -> None:
    library = make_library(page, "Patience", {"How to make tea": TEA})
    choose(page, library)
    article = answered(page, "why " * 100)
    expect(article).to_contain_text("the limit is 64")
    article.get_by_role("button", name="Edit the question").click()
    field = page.get_by_label("Your question")
    expect(field).to_be_focused()
    expect(field).to_have_value(("why " * 100).strip())
    expect(page.locator("article")).to_have_count(0)
    answered(page, QUESTION)


def test_the_limit_is_told_while_typing(page: Page) -> None:
    field = page.get_by_label("Your question")
    field.fill("x" * 990)
    expect(page.get_by_text("10 characters left")).to_be_visible()
    field.fill("💩" * 1003)
    expect(page.get_by_text("3 characters too many")).to_be_visible()
    field.fill("Why?")
    expect(page.get_by_text("characters")).to_have_count(0)


def test_a_far_too_long_question_stays_in_the_form(page: Page) -> None:
    library = make_library(page, "Brevity", {"How to make tea": TEA})
    choose(page, library)
    field = page.get_by_label("Your question")
    field.fill("why " * 50_000)  # more than a message of the socket may hold
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("characters too many").first).to_be_visible()
    expect(page.locator("article")).to_have_count(0)
    expect(field).to_be_focused()
    answered(page, QUESTION)  # and the connection still serves
