"""An item is saved while the server still looks for the span to mark."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import TEA, at_question, tea_items, text_of


def held_back(page: Page) -> list[Route]:
    """Let no answer through to the script that asks which span was selected."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "action=select" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/review/*", hold)
    return held


def test_a_span_that_is_still_being_marked_is_saved_as_well(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Slow server", {"Tea": TEA}, tea_items(1))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    held = held_back(page)
    text_of(page).evaluate("e => getSelection().selectAllChildren(e)")
    page.get_by_role("button", name="Add what is selected").click()
    expect(page.get_by_role("radio", name="Right passage")).to_be_checked()
    page.get_by_role("button", name="Save and next").dblclick(no_wait_after=True)
    held[0].continue_()
    page.wait_for_url("**/reviewitem/?order=doubt*")
    said = desk.read()[0]["reviews"]["reviewer"]
    assert said["verdict"] == "wrong_span"
    assert [text for _, _, _, text, _ in said["spans"]] == [TEA]


def test_without_the_span_that_was_to_be_marked_nothing_is_saved(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Blanks", {"Tea": TEA}, tea_items(2))
    page = review("reviewer", desk.queue)
    at_question(page, "Question 0?")
    held = held_back(page)
    text_of(page).locator("[data-segment]").first.evaluate(
        """({ firstChild: text }) => {
          getSelection().setBaseAndExtent(text, text.length - 1, text, text.length);
        }"""
    )
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    held[0].continue_()
    expect(page.get_by_role("status")).to_contain_text("Nothing but blanks")
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 0?")
    page.keyboard.press("Enter")  # now it is known that none is marked
    at_question(page, "Question 1?")
    first, second = desk.read()
    assert first["reviews"]["reviewer"]["spans"] == []
    assert second["reviews"] == {}
