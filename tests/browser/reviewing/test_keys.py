"""A reviewer at work with the keys alone."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import TEA, at_question, tea_items

VERDICTS = ["right", "wrong_span", "wrong", "no_answer", "unclear"]


def test_twenty_items_are_reviewed_by_keyboard_alone(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Twenty", {"Tea": TEA}, tea_items(21))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    took = []
    for number in range(20):
        began = time.perf_counter()
        page.keyboard.press(str(number % 5 + 1))
        page.keyboard.press("Enter")
        at_question(page, f"Question {number + 1}?")
        took.append(time.perf_counter() - began)
    rows = desk.read()
    said = [row["reviews"].get("reviewer", {}) for row in rows]
    assert [one.get("verdict") for one in said] == [*(VERDICTS * 4), None]
    assert {row["state"] for row in rows[:20]} == {"reviewed"}
    assert all(0 <= one["seconds"] < 60 for one in said[:20])
    middle = sorted(took)[10]
    print(f"\nseconds per item: median {middle:.2f}, most {max(took):.2f}")
    assert middle < 5


def test_undoing_going_back_and_skipping(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Back and forth", {"Tea": TEA}, tea_items(3))
    page = review("reviewer", desk.queue)
    press = page.keyboard.press
    at_question(page, "Question 0?")
    press("1")
    press("Enter")
    at_question(page, "Question 1?")
    press("n")
    page.keyboard.type("Begun")
    press("Escape")
    press("j")
    at_question(page, "Question 2?")
    press("p")
    at_question(page, "Question 1?")
    expect(page.get_by_label("Note")).to_have_value("Begun")
    press("ArrowLeft")
    at_question(page, "Question 0?")
    expect(page.get_by_role("radio", name="Right", exact=True)).to_be_checked()
    press("ArrowRight")
    at_question(page, "Question 1?")
    press("3")
    press("Enter")
    at_question(page, "Question 2?")
    press("u")
    at_question(page, "Question 1?")
    expect(page.get_by_role("status")).to_contain_text("Taken back: Wrong.")
    expect(page.get_by_label("Note")).to_have_value("Begun")
    expect(page.locator("[data-verdict]:checked")).to_have_value("wrong")
    first, second, third = desk.read()
    assert first["verdict"] == "right"
    assert second["state"] == "waiting"
    assert second["reviews"]["reviewer"]["withdrawn"]
    assert third["reviews"] == {}


def test_a_note_is_typed_without_pressing_any_key_of_the_page(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Notes", {"Tea": TEA}, tea_items(2))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    page.keyboard.press("Control+1")
    page.keyboard.press("Alt+j")
    page.keyboard.press("5")
    page.keyboard.press("n")
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("12 jpus? n")
    page.keyboard.press("Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Escape")
    at_question(page, "Question 0?")
    page.keyboard.press("Enter")
    at_question(page, "Question 1?")
    first, second = desk.read()
    assert first["verdict"] == "unclear"
    assert first["reviews"]["reviewer"]["note"] == "12 jpus? n\nsecond line"
    assert second["reviews"] == {}


def test_keys_work_on_keyboards_of_other_languages(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Keyboards", {"Tea": TEA}, tea_items(2))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    pressed = """([key, code]) => document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""
    page.evaluate(pressed, ["é", "Digit2"])  # French
    expect(page.get_by_role("radio", name="Right passage")).to_be_checked()
    page.evaluate(pressed, ["?", "KeyM"])  # French
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate(pressed, ["ξ", "KeyJ"])  # Greek
    at_question(page, "Question 1?")


def test_without_a_verdict_nothing_is_saved_and_it_is_said(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("None chosen", {"Tea": TEA}, tea_items(1))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Choose a verdict first")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("1")  # means nothing while the list is open
    keys.get_by_role("checkbox", name="Single keys").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("1")
    expect(page.locator("[data-verdict]:checked")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    keys.get_by_role("checkbox", name="Single keys").check()
    assert keys.get_by_role("button", name="Close").evaluate(
        "close => (close.click(), document.activeElement.matches('[data-question]'))"
    )  # at once, or the next key would press the button that opened it
    page.keyboard.press("1")
    expect(page.get_by_role("radio", name="Right", exact=True)).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviewitem/?order=doubt*")
    expect(page.get_by_text("Nothing is left in this queue.")).to_be_visible()
