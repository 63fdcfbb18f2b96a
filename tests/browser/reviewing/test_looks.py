"""The screen of an item: accessible, narrow and wide, zoomed, in forced colours."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import (
    TEA,
    at_question,
    select_with_mouse,
    spans,
    tea_items,
)
from tests.browser.test_looks import SIZES, WCAG, Look
from tests.browser.test_text import STARTS_IN_SIGHT

HIDDEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body || focused.closest(".review-bar")) return false;
  const { top, bottom } = focused.getBoundingClientRect();
  const bar = document.querySelector(".review-bar").getBoundingClientRect();
  return bottom > Math.max(bar.top, top + 1);
}"""
HEBREW = "תה ירוק חולטים שלוש דקות. " * 12 + "\n\nתה שחור חולטים חמש דקות, ולא פחות."
RIVER = (
    "The river bends and the meadow lies open to the rain, as it always did.\n\n" * 30
)


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_the_screen_is_accessible_and_fits(
    review: Callable[..., Page], desk_of: Callable[..., Desk], size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    texts = {"River": f"{RIVER}Tea takes three minutes.\n\n{RIVER}", "תה ירוק": HEBREW}
    items = [
        {
            "question": "How long should tea be brewed, whatever the leaf?",
            "answers": [("River", "three minutes"), ("תה ירוק", "שלוש דקות")],
        },
        {"question": "כמה זמן חולטים תה שחור?", "answers": [("תה ירוק", "חמש דקות")]},
    ]
    desk = desk_of(f"Looks {size} {scheme}", texts, items)
    viewport = {"width": width, "height": height}
    page = review("reviewer", desk.queue, viewport=viewport, color_scheme=scheme)
    look = Look(page, f"{size}-{scheme}", rules=WCAG)
    expect(page.locator("mark.judged")).to_be_in_viewport()
    expect(page.get_by_text("Save and next")).to_be_in_viewport()
    page.keyboard.press("2")
    select_with_mouse(page, RIVER, "Tea takes three", 0)
    expect(spans(page)).to_have_count(1)
    look.at("review-long")
    page.keyboard.press("?")
    look.at("review-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    at_question(page, "כמה זמן חולטים תה שחור?")
    look.at("review-rtl")


@pytest.mark.parametrize("zoom", [2, 4])
def test_everything_is_there_at_high_zoom(
    review: Callable[..., Page], desk_of: Callable[..., Desk], zoom: int
) -> None:
    desk = desk_of(f"Zoom {zoom}", {"Tea": TEA}, tea_items(1))
    viewport = {"width": 1280 // zoom, "height": 1024 // zoom}
    page = review("reviewer", desk.queue, viewport=viewport)
    at_question(page, "Question 0?")
    Look(page, f"zoom-{zoom}00", rules=WCAG).at("review")


def test_what_is_said_is_seen_on_a_phone_too(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Said on a phone", {"Tea": TEA}, tea_items(1))
    page = review("reviewer", desk.queue, viewport={"width": 360, "height": 740})
    at_question(page, "Question 0?")
    page.get_by_role("button", name="Save and next").click()
    said = page.get_by_role("status").get_by_text("Choose a verdict first")
    expect(said).to_be_in_viewport(ratio=1)
    box = page.get_by_role("status").bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert box["height"] > 10


@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 700)])
def test_what_has_the_focus_is_never_behind_the_bar(
    review: Callable[..., Page],
    desk_of: Callable[..., Desk],
    width: int,
    height: int,
) -> None:
    items = tea_items(1)
    items[0]["answers"] *= 3
    desk = desk_of(f"Focus {width}", {"Tea": TEA}, items)
    viewport = {"width": width, "height": height}
    page = review("reviewer", desk.queue, viewport=viewport)
    at_question(page, "Question 0?")
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.outerHTML")
        assert not page.evaluate(HIDDEN), focused


def test_forced_colours_keep_the_verdict_and_the_answer_in_sight(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    items = tea_items(1)
    items[0]["answers"].append(("Tea", "two spoons"))
    desk = desk_of("Forced colours", {"Tea": TEA}, items)
    page = review("reviewer", desk.queue, forced_colors="active")
    at_question(page, "Question 0?")
    page.keyboard.press("3")
    page.keyboard.press("a")
    shown = page.locator("[data-answer][data-on]")
    expect(shown).to_contain_text("two spoons")
    for several in (".review-verdicts label", ".review-answers a"):
        borders = page.locator(several).evaluate_all(
            "all => all.map((one) => getComputedStyle(one).borderTopColor)"
        )
        assert len(set(borders)) == 2, several


def test_a_long_right_to_left_title_is_cut_at_its_end(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    title = "ספר התה הירוק והשחור " * 5
    items = [{"question": "Question 0?", "answers": [(title.strip(), "three")]}]
    desk = desk_of("Cut", {title: TEA}, items)
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    assert page.locator(".review-answers .from bdi").evaluate(STARTS_IN_SIGHT)
