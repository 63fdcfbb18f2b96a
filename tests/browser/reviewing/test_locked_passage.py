"""The passage stays as it is, whatever a reviewer types, pastes or drags."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.reviewing.screen import (
    DRAWN,
    TEA,
    at_question,
    select_with_arrows,
    select_with_mouse,
    tea_items,
    text_of,
)

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_the_passage_cannot_be_changed(
    review: Callable[..., Page], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("Locked", {"Tea": TEA}, tea_items(1))
    page = review("reviewer", desk.queue, permissions=CLIPBOARD)
    at_question(page, "Question 0?")
    box = text_of(page)
    page.keyboard.press("c")
    cdp = page.context.new_cdp_session(page)
    tries: list[Callable[[], Any]] = [
        lambda: page.keyboard.type("xyz äö"),
        lambda: page.keyboard.insert_text("pasted 👩🏽‍🔬"),
        *(
            lambda key=key: page.keyboard.press(key)
            for key in ("Backspace", "Delete", "Control+x", "Control+v", "Control+z")
        ),
        lambda: page.keyboard.press("Shift+Enter"),
        lambda: cdp.send(
            "Input.imeSetComposition",
            {"text": "にほ", "selectionStart": 2, "selectionEnd": 2},
        ),
        lambda: cdp.send("Input.insertText", {"text": "日本"}),
        lambda: box.evaluate("() => document.execCommand('insertText', false, 'x')"),
        lambda: box.evaluate("box => { box.querySelector('mark').textContent = 'x'; }"),
        lambda: box.evaluate("box => { box.firstChild.remove(); }"),
    ]
    page.evaluate("navigator.clipboard.writeText('from the clipboard')")
    for attempt in tries:
        page.keyboard.press("Control+Home")
        page.keyboard.press("Shift+ArrowRight")
        attempt()
        expect(box).to_have_text(TEA, use_inner_text=False)
        assert box.text_content() == TEA
    select_with_mouse(page, TEA, "Green tea", 0)
    left, top, right, _ = box.evaluate(DRAWN, ["Green tea", 0])
    page.mouse.dblclick(left + 5, top)
    page.mouse.move(left + 5, top)
    page.mouse.down()
    page.mouse.move(right + 80, top, steps=5)
    page.mouse.up()
    assert box.text_content() == TEA
    select_with_arrows(page, TEA, "three", 0)
    expect(page.get_by_role("button", name="Remove: three", exact=True)).to_be_visible()
