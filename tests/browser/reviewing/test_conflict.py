"""Two who differ, and a third who decides."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import (
    TEA,
    at_question,
    select_with_arrows,
    spans,
)
from tests.browser.test_looks import WCAG, Look


def test_two_differ_and_a_third_decides(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    items = [
        {"question": "How long?", "answers": [("Tea", "three minutes")], "wanted": 2}
    ]
    desk = desk_of("Conflict", {"Tea": TEA}, items)
    rita = review("reviewer", desk.queue)
    at_question(rita, "How long?")
    ben = review("ben", desk.screen(0))
    expect(
        ben.get_by_text("Another reviewer has taken this question.").first
    ).to_be_visible()
    expect(ben.get_by_role("button", name="Save and next")).to_be_disabled()
    rita.keyboard.press("1")
    rita.keyboard.press("n")
    rita.keyboard.type("Three it is.")
    rita.keyboard.press("Control+Enter")
    rita.wait_for_url("**/reviewitem/?order=doubt*")

    ben.goto(desk.queue)
    at_question(ben, "How long?")
    expect(ben.get_by_text("Three it is.")).to_have_count(0)
    select_with_arrows(ben, TEA, "two spoons", 0)
    expect(spans(ben)).to_have_count(1)
    ben.keyboard.press("Enter")
    ben.wait_for_url("**/reviewitem/?order=doubt*")
    assert desk.read()[0]["state"] == "conflict"

    cleo = review("cleo", f"{desk.queue}&state=conflict")
    at_question(cleo, "How long?")
    said = cleo.get_by_role("region", name="What others said")
    expect(said).to_contain_text("Three it is.")
    expect(said).to_contain_text("two spoons")
    expect(cleo.locator("mark.said")).to_have_text("two spoons")
    Look(cleo, "desktop-light", rules=WCAG).at("review-conflict")
    cleo.keyboard.press("2")
    select_with_arrows(cleo, TEA, "for three minutes", 0)
    expect(spans(cleo)).to_have_count(1)
    cleo.keyboard.press("Enter")
    cleo.wait_for_url("**/reviewitem/?order=doubt*")
    row = desk.read()[0]
    assert (row["state"], row["verdict"]) == ("reviewed", "wrong_span")
    assert row["reviews"]["cleo"]["decides"]
    at = TEA.index("for three minutes")
    assert desk.exported() == {"How long?": [(at, "for three minutes")]}
