"""Reviewing where no script runs."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import TEA, tea_items


def test_everything_works_without_a_script(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    items = tea_items(2)
    items[0]["answers"].append(("Bread", "an hour"))
    texts = {"Tea": TEA, "Bread": "Bread takes an hour."}
    desk = desk_of("No script", texts, items)
    page = review("reviewer", desk.screen(0), java_script_enabled=False)
    expect(page.get_by_text("Tea should be brewed")).to_be_visible()
    expect(page.get_by_text("Bread takes")).to_be_hidden()
    page.get_by_role("link", name="an hour").click()
    expect(page.get_by_text("Bread takes")).to_be_visible()
    expect(page.get_by_text("Tea should be brewed")).to_be_hidden()
    page.get_by_role("radio", name="Wrong", exact=True).check()
    page.get_by_label("Note").fill("By hand")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 1?")
    assert desk.read()[0]["reviews"]["reviewer"]["note"] == "By hand"
