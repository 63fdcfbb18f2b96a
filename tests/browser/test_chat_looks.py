"""The states of the chat page: accessible, nothing sticks out, nothing is slow.

With SCREENSHOTS set, pictures of all of them go to var/screenshots.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.steps import answered, choose, make_library
from tests.browser.test_looks import BREWED, SIZES, SOME_LOOKS, TEXTS, Look

# What Chromium counts as shifts of the layout: those within half a second of a press
# or a click are wanted, and left out by it.
MEASURE = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) window.shifts.push([entry.value, entry.startTime]);
  }).observe({ type: "layout-shift", buffered: true });
}"""
PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
LARGEST = 100 * 1024  # bytes of script and style together, as they are
HEBREW = "המאפייה נוסדה בשנת " + "1923 ברחוב שלום " * 20


@pytest.fixture
def look(request: pytest.FixtureRequest, open_page: OpenPage) -> Look:
    size, scheme = request.param
    width, height = SIZES[size]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    return Look(page, f"{size}-{scheme}")


def painted_at(page: Page) -> float:
    """When something was first to be seen, in ms since the page was asked for."""
    return float(page.wait_for_function(PAINT).json_value())


@SOME_LOOKS
def test_every_state_of_the_form(look: Look) -> None:
    page = look.page
    library = make_library(page, "Tea & coffee", TEXTS)
    choose(page, library)
    page.locator("[data-scope] summary").click()
    look.at("chat-scope")
    page.locator("[data-scope] summary").click()
    page.get_by_text("Paste a text").click()
    page.get_by_label("A text to ask").fill("The kiln was fired in 1931.")
    page.get_by_label("Your question").fill("When was it fired?\nWhat was fired?")
    look.at("chat-several")
    page.get_by_role("button", name="Ask 2 questions").click()
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    page.goto("/?tour=1")
    look.at("chat-tour")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    look.at("chat-keys")


@SOME_LOOKS
def test_reasons_comparison_and_help(look: Look) -> None:
    page = look.page
    choose(page, make_library(page, "Tea & coffee", TEXTS))
    article = answered(page, BREWED)
    article.get_by_text("Why this answer?").first.click()
    article.get_by_role("button", name="Ask elsewhere").click()
    look.at("chat-why")
    article.get_by_text("Compare two answers").click()
    look.is_accessible("chat-compare")
    article.get_by_role("button", name="Compare side by side").click()
    look.at("compare")
    page.goto("/help/")
    look.at("help")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_worst_input_fits(open_page: OpenPage, width: int) -> None:
    """At 320 pixels, as at 400 % zoom: one endless word, and right-to-left quotes."""
    page = open_page(viewport={"width": width, "height": 640})
    title = "Bücher\u202e<b>" + "sehrlang" * 12
    choose(page, make_library(page, title, {"מאפייה": HEBREW[:320]}))
    look = Look(page, f"worst-{width}")
    article = answered(page, "When was the bakery founded? " + "W" * 100)
    expect(article).to_have_attribute("data-status", re.compile("answer|failed"))
    answered(page, "W" * 1000)
    answered(page, "When was \u202ethe <img src=x> bakery founded?")
    look.fits("chat-worst")
    look.is_accessible("chat-worst")
    page.reload()
    look.at("chat-worst")
    page.locator("[data-scope] summary").click()
    look.fits("chat-worst-scope")


def shifts(page: Page) -> float:
    return float(sum(value for value, _ in page.evaluate("window.shifts")))


def test_the_page_is_painted_at_once_and_nothing_moves(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, make_library(page, "Quick", TEXTS))
    answered(page, BREWED)
    page.add_init_script(f"({MEASURE})()")
    for path in (page.url, "/"):
        page.goto(path)
        expect(page.get_by_label("Your question")).to_be_visible()
        page.wait_for_load_state("networkidle")
        painted = painted_at(page)
        print(f"{path}: painted after {painted:.0f} ms, shifts {shifts(page):.4f}")
        assert painted < 1000
        assert shifts(page) < 0.01


def test_answers_that_come_in_move_nothing_that_is_read(page: Page) -> None:
    river = "The river bends and the meadow lies open to the rain. " * 60
    texts = TEXTS | {f"River {n}": f"Chapter {n}. {river}" for n in range(4)}
    choose(page, make_library(page, "Moving", texts))
    answered(page, BREWED)
    page.evaluate(MEASURE)
    field = page.get_by_label("Your question")
    field.fill("How long is coffee brewed?")
    field.press("Enter")
    top = page.locator("article").last.locator("h2")
    expect(page.locator("article").last.locator("mark").first).to_be_visible()
    at = top.bounding_box()
    expect(page.locator("article[data-status=pending]")).to_have_count(0)
    assert top.bounding_box() == at
    expect(field).to_be_focused()
    print(f"shifts while answers came: {shifts(page):.4f}")
    assert shifts(page) < 0.1


@pytest.mark.parametrize("path", ["/", "/libraries/", "/help/", "chat", "library"])
def test_script_and_style_of_a_page_stay_small(page: Page, path: str) -> None:
    library = make_library(page, "Small", TEXTS)
    if path == "chat":
        choose(page, library)
        answered(page, BREWED)
        page.reload()
    else:
        page.goto(library if path == "library" else path)
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate(
        """performance.getEntriesByType("resource")
          .filter(({ name }) => /\\.(js|css)(\\?|$)/.test(name))
          .map(({ name, decodedBodySize }) => [name, decodedBodySize])"""
    )
    size = sum(bytes_ for _, bytes_ in loaded)
    print(f"{path}: {size / 1024:.1f} KB of script and style in {len(loaded)} files")
    assert loaded
    assert 0 < size <= LARGEST


def test_a_long_conversation_stays_quick(
    page: Page, server: Server, open_page: OpenPage
) -> None:
    choose(page, make_library(page, "Long talk", {"Tea": TEXTS["How to make tea"]}))
    answered(page, BREWED)
    conversation = page.url.rstrip("/").split("/")[-1]
    many: Any = """INSERT INTO answers_question
        (id, conversation_id, text, status, error_code, error_params, error_message,
         asked_at, finished_at, model_name, model_hash, passages_read, windows_read,
         took_ms, words_key, read_anyway)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
      SELECT printf('%032x', 90000 + i), conversation_id, 'Question ' || i || '?',
        'no_answer', '', '{}', '', datetime(asked_at, '-' || i || ' minutes'),
        finished_at, '', '', 1, 1, 1, '', 0
      FROM answers_question, n WHERE conversation_id = ? LIMIT 200"""
    server.write(many, conversation)
    page.reload()
    expect(page.locator("article")).to_have_count(30)
    assert painted_at(page) < 1000
    page.get_by_role("link", name="171 earlier questions").click()
    expect(page.locator("article")).to_have_count(30)
    page.get_by_role("link", name="To the newest questions").click()
    expect(page.get_by_label("Your question")).to_be_visible()
