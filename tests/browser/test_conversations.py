"""Visitors, and what is done with conversations, in a real browser."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import (
    PASSWORD,
    answered,
    choose,
    make_library,
)
from tests.browser.test_looks import SOME_LOOKS, Look, look, scheme  # noqa: F401

SLICING = "How long do I wait before slicing the loaf?"
FAMILY = "👩🏽‍🔬 💩 é שלום e\u0301 🇸🇹 "
UNICODE = {
    "Emoji 🫖": (
        f"{FAMILY}Jasmine tea is brewed for three minutes 🫖 by hand. {FAMILY}"
        "A pot wants two spoons of leaves."
    ),
}


def visit(page: Page) -> None:
    page.get_by_role("button", name="Try it on the demo library").click()
    expect(page.get_by_label("Your question")).to_be_visible()


def conversation_of(page: Page) -> str:
    """The path of the conversation that the page has turned to."""
    expect(page).to_have_url(re.compile(r"/conversations/\d+/"))
    return re.sub(r"^https?://[^/]+|[?#].*$", "", page.url)


def test_a_visitor_asks_signs_up_and_keeps_it(open_page: OpenPage) -> None:
    page = open_page(signed_in=False)
    visit(page)
    article = answered(page, SLICING)
    expect(article.locator("mark").first).to_contain_text("hour")
    place = conversation_of(page)
    page.get_by_role("link", name="Sign up to keep this").click()
    page.get_by_label("Username").fill("kept-it")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile(f"{place}$"))
    expect(
        page.get_by_text("What you asked as a visitor is yours now.")
    ).to_be_visible()
    expect(page.locator("article mark").first).to_contain_text("hour")
    expect(page.get_by_role("link", name="kept-it")).to_be_visible()
    answered(page, "How long does the dough rest?")  # and it goes on
    expect(page.locator("article[data-question-id]")).to_have_count(2)


def test_the_other_tab_of_the_visitor_finds_back(open_page: OpenPage) -> None:
    page = open_page(signed_in=False)
    visit(page)
    answered(page, SLICING)
    place = conversation_of(page)
    page.reload()
    other = page.context.new_page()
    sign_up_elsewhere(other)
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    expect(page).to_have_url(re.compile(f"{place}$"))
    expect(page.locator("article mark").first).to_contain_text("hour")
    answered(page, "How long does the dough rest?")


def sign_up_elsewhere(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("other-tab")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name="other-tab")).to_be_visible()


def test_a_visitor_needs_no_script(open_page: OpenPage) -> None:
    page = open_page(signed_in=False, java_script_enabled=False)
    visit(page)
    page.get_by_label("Your question").fill(SLICING)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("article mark").first).to_contain_text("hour")
    page.get_by_role("link", name="Rename", exact=True).click()
    page.get_by_label("Title").fill("Bread")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The conversation has its new title.")).to_be_visible()
    page.get_by_role("link", name="Leave").click()
    page.get_by_role("button", name="Leave and delete it").click()
    page.goto("/")
    expect(page.get_by_role("heading", name="Ask your own passages")).to_be_visible()


def test_javascript_cuts_the_quote_out_by_utf16_units(page: Page) -> None:
    library = make_library(page, "Offsets", UNICODE)
    choose(page, library)
    answered(page, "How long is jasmine tea brewed?")
    place = conversation_of(page)
    file = page.request.get(f"{place}export/?format=json")
    question = json.loads(file.body())["questions"][0]
    quotes = question["answers"] or question["nearest"]
    assert quotes
    passage = page.request.get(quotes[0]["citation"]["url"])
    assert passage.ok
    page.goto(quotes[0]["citation"]["url"])
    for quote in quotes:
        at = quote["offsets"]
        text, bytes_, points = page.evaluate(
            """(at) => {
              const text = document.querySelector("[data-text]").textContent;
              const { utf16_units: u, utf8_bytes: b, code_points: c } = at;
              const bytes = new TextEncoder().encode(text).slice(b.start, b.end);
              return [
                text.slice(u.start, u.end),
                new TextDecoder().decode(bytes),
                [...text].slice(c.start, c.end).join(""),
              ];
            }""",
            at,
        )
        assert text == bytes_ == points == quote["text"]
        assert at["utf16_units"]["start"] > at["code_points"]["start"]
        selector = quote["selector"]
        around = selector["prefix"] + selector["exact"] + selector["suffix"]
        assert page.evaluate(
            "(t) => document.querySelector('[data-text]').textContent.includes(t)",
            around,
        )


def test_a_link_is_shared_read_and_stopped(page: Page, open_page: OpenPage) -> None:
    library = make_library(page, "Private shelf", UNICODE)
    choose(page, library)
    answered(page, "How long is jasmine tea brewed?")
    page.goto(f"{conversation_of(page)}share/")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Link").input_value()
    reader = open_page(link, signed_in=False)
    expect(reader.get_by_role("heading", level=1)).to_contain_text("jasmine")
    expect(reader.locator("mark").first).to_contain_text("three minutes")
    expect(reader.get_by_role("main")).not_to_contain_text("Private shelf")
    expect(reader.get_by_role("main").get_by_role("link")).to_have_count(0)
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Make the link")).to_be_visible()
    assert reader.request.get(link).status == 404


def test_an_export_is_a_download(page: Page) -> None:
    choose(page, make_library(page, "Downloads", UNICODE))
    answered(page, "How long is jasmine tea brewed?")
    page.goto(f"{conversation_of(page)}export/")
    for name, suffix in (("Markdown", "md"), ("CSV", "csv"), ("JSON", "json")):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        file = waiting.value
        assert file.suggested_filename == f"How-long-is-jasmine-tea-brewed.{suffix}"
        assert "three minutes" in file.path().read_text(encoding="utf-8")


@SOME_LOOKS
def test_the_pages_of_conversations(look: Look) -> None:  # noqa: F811
    page = look.page
    choose(page, make_library(page, "Tea & coffee", UNICODE))
    answered(page, "How long is jasmine tea brewed?")
    place = conversation_of(page)
    page.reload()
    page.get_by_role("button", name="Pin", exact=True).click()
    look.at("conversation-pinned")
    page.goto("/conversations/")
    look.at("conversations")
    page.goto("/conversations/?q=jasmine+minutes")
    expect(page.locator("mark").first).to_be_visible()
    look.at("recall")
    page.goto("/conversations/?q=nothing+such")
    look.at("recall-nothing")
    for name in ("rename", "export", "delete", "share"):
        page.goto(f"{place}{name}/")
        look.at(f"conversation-{name}")
    page.get_by_role("button", name="Make the link").click()
    look.at("conversation-shared")
    page.goto(page.get_by_label("Link").input_value())
    look.at("shared")


@SOME_LOOKS
def test_the_pages_of_visitors(look: Look) -> None:  # noqa: F811
    page = look.page
    page.context.clear_cookies()
    page.goto("/")
    look.at("visit")
    visit(page)
    answered(page, SLICING)
    page.reload()
    look.at("visitor")
    page.goto("/accounts/logout/")
    look.at("visitor-leaves")
