"""Correct spans of every script are marked where they were selected.

What was marked is looked up in the server's database and export, never on the page.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import (
    DRAWN,
    TEA,
    at_question,
    place_in,
    select_with_arrows,
    select_with_mouse,
    spans,
    text_of,
)

FAMILY = "👨‍👩‍👧‍👦"
# Its passage, which text of it is selected, and the how manyth such text.
CASES: dict[str, tuple[str, str, int]] = {
    "an emoji": (
        f"The {FAMILY} eats 🥐 at noon, {FAMILY} too.",
        f"{FAMILY} eats 🥐",
        0,
    ),
    "marks": ("Ana\u0308is\u0301 drinks cafe\u0301 cre\u0300me.", "cafe\u0301", 0),
    "line ends": (
        "One\r\ntwo 💩\r\n\r\nthe key lies\r\nhere.",
        "the key lies\nhere",
        0,
    ),
    "the first word": ("🇩🇪 First things come first.", "🇩🇪 First", 0),
    "the last word": ("What comes last is 👩🏽‍🔬 last", "👩🏽‍🔬 last", 0),
    "an equal text": ("💩 red, then red, then red again", "red", 1),
}


def case_items() -> list[dict[str, Any]]:
    """An item for each case, whose answer is the passage's second word."""
    return [
        {"question": f"{name}?", "answers": [(name, text.split()[1])]}
        for name, (text, _, _) in CASES.items()
    ]


@pytest.mark.parametrize("select", [select_with_mouse, select_with_arrows])
def test_a_corrected_span_stands_where_it_was_selected(
    review: Callable[..., Page],
    desk_of: Callable[..., Desk],
    select: Callable[[Page, str, str, int], None],
) -> None:
    texts = {name: text for name, (text, _, _) in CASES.items()}
    desk = desk_of(f"Spans {select.__name__}", texts, case_items())
    page = review("reviewer", desk.queue)
    for name, case in CASES.items():
        at_question(page, f"{name}?")
        select(page, *case)
        expect(spans(page)).to_have_count(1)
        expect(page.get_by_role("radio", name="Right passage")).to_be_checked()
        page.keyboard.press("Enter")
    page.wait_for_url("**/reviewitem/?order=doubt*")
    exported = desk.exported()
    for row, (name, (text, quote, nth)) in zip(desk.read(), CASES.items(), strict=True):
        at, _ = place_in(text, quote, nth)
        assert row["verdict"] == "wrong_span", name
        marked = row["reviews"]["reviewer"]["spans"]
        assert marked == [[name, at, at + len(quote), quote, True]], name
        assert exported[f"{name}?"] == [(at, quote)], name


def test_several_spans_of_several_passages_are_marked_and_removed(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    answers = [("Tea", "three minutes"), ("Bread", "an hour")]
    items = [{"question": "How long?", "answers": answers}]
    texts = {"Tea": TEA, "Bread": "Bread takes an hour, or two."}
    desk = desk_of("Several", texts, items)
    page = review("reviewer", desk.queue)
    press = page.keyboard.press
    at_question(page, "How long?")
    press("a")
    expect(page.get_by_role("status")).to_contain_text("Answer 2 of 2: an hour")
    expect(page.get_by_role("textbox", name="Passage: Bread")).to_be_visible()
    expect(page.get_by_role("textbox", name="Passage: Tea")).to_be_hidden()
    select_with_arrows(page, texts["Bread"], "an hour", 0)
    expect(spans(page)).to_have_count(1)
    expect(page.get_by_role("radio", name="Wrong", exact=True)).to_be_checked()
    press("Shift+A")
    select_with_arrows(page, TEA, "Tea", 0)
    expect(spans(page)).to_have_count(2)
    select_with_arrows(page, TEA, "two spoons", 0)
    expect(spans(page)).to_have_count(3)
    select_with_arrows(page, TEA, "Tea", 0)
    expect(page.get_by_role("status")).to_contain_text("marked already")
    page.get_by_role("button", name="Remove: Tea").click()
    expect(spans(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Remove: two spoons")).to_be_focused()
    page.locator("[data-question]").focus()
    press("Enter")
    page.wait_for_url("**/reviewitem/?order=doubt*")
    marked = desk.read()[0]["reviews"]["reviewer"]["spans"]
    assert sorted((title, text) for title, _, _, text, _ in marked) == [
        ("Bread", "an hour"),
        ("Tea", "two spoons"),
    ]
    assert all(exact for *_, exact in marked)


def test_a_selection_whose_ends_lie_between_elements_is_found(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    text = f"One line.\n{FAMILY} and another.\n\nThe end."
    items = [{"question": "Whole?", "answers": [("Lines", "another")]}]
    desk = desk_of("Ends", {"Lines": text}, items)
    page = review("reviewer", desk.queue)
    at_question(page, "Whole?")
    page.keyboard.press("c")  # the caret stands before the answer
    assert (
        page.evaluate("getSelection().anchorNode.parentElement.className") == "judged"
    )
    assert page.evaluate("getSelection().anchorOffset") == 0
    page.keyboard.press("Control+a")
    page.keyboard.press("s")
    expect(spans(page)).to_have_count(1)
    left, top, *_ = text_of(page).evaluate(DRAWN, ["and", 0])
    page.mouse.click(left + 2, top, click_count=3)
    page.keyboard.press("s")
    expect(spans(page)).to_have_count(2)
    page.evaluate(  # around the elements, and out of the passage
        """() => {
          const mark = document.querySelector("mark");
          getSelection().setBaseAndExtent(document.body, 0, mark.parentElement, 2);
        }"""
    )
    page.keyboard.press("s")
    expect(spans(page)).to_have_count(3)
    page.locator("[data-question]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviewitem/?order=doubt*")
    marked = desk.read()[0]["reviews"]["reviewer"]["spans"]
    assert sorted((start, end) for _, start, end, _, _ in marked) == [
        (0, text.index("another") + len("another")),
        (0, len(text)),
        (text.index(FAMILY), text.index("\n\n")),
    ]


def test_of_a_passage_that_is_not_in_sight_nothing_is_marked(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    """What is selected may begin above the passages; the first of them is hidden."""
    answers = [("Tea", "three minutes"), ("Bread", "an hour")]
    texts = {"Tea": TEA, "Bread": "Bread takes an hour, or two."}
    items = [{"question": "How long?", "answers": answers}]
    page = review("reviewer", desk_of("Hidden", texts, items).queue)
    at_question(page, "How long?")
    page.keyboard.press("a")
    expect(page.get_by_role("textbox", name="Passage: Bread")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.press("s")
    expect(spans(page)).to_have_count(1)
    expect(spans(page).locator(".text")).to_have_text(texts["Bread"])
