"""The screen of an item, and how a reviewer reads and marks on it."""

from typing import Any

import regex
from playwright.sync_api import Locator, Page, expect

TEA = (
    "Tea should be brewed for three minutes. Green tea wants water of 80 °C.\n\n"
    "A pot for four people takes two spoons of leaves, and one for the pot."
)
# Where a text of the passage is drawn: its ends, in the middles of their lines.
DRAWN = """(box, [quote, nth]) => {
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) nodes.push(node);
  const whole = nodes.map((node) => node.data).join("");
  let at = -1;
  for (let n = 0; n <= nth; n++) at = whole.indexOf(quote, at + 1);
  const range = document.createRange();
  let before = 0;
  for (const node of nodes) {
    const from = at - before;
    const to = at + quote.length - before;
    if (from >= 0 && from < node.length) range.setStart(node, from);
    if (to > 0 && to <= node.length) range.setEnd(node, to);
    before += node.length;
  }
  const lines = [...range.getClientRects()].filter((line) => line.width > 0);
  const [first, last] = [lines[0], lines.at(-1)];
  const y = (line) => line.top + line.height / 2;
  return [first.left + 0.5, y(first), last.right - 0.5, y(last)];
}"""


def tea_items(count: int) -> list[dict[str, Any]]:
    return [
        {"question": f"Question {n}?", "answers": [("Tea", "three minutes")]}
        for n in range(count)
    ]


def at_question(page: Page, text: str) -> None:
    """The next item is there, and keys and screen readers begin with its question."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    expect(page.locator("[data-question]")).to_be_focused()


def text_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Passage:")


def spans(page: Page) -> Locator:
    return page.locator("[data-span]")


def place_in(text: str, quote: str, nth: int) -> tuple[int, str]:
    """Where the nth such quote stands in the text as it is saved, in code points."""
    text = text.replace("\r\n", "\n")
    at = -1
    for _ in range(nth + 1):
        at = text.index(quote, at + 1)
    return at, text


def select_with_mouse(page: Page, text: str, quote: str, nth: int) -> None:
    page.locator("mark.judged").evaluate("e => e.scrollIntoView({ block: 'center' })")
    left, top, right, bottom = text_of(page).evaluate(DRAWN, [quote, nth])
    ends = [(right, bottom), (left, top)] if nth else [(left, top), (right, bottom)]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=4)
    page.mouse.up()
    page.keyboard.press("s")


def select_with_arrows(page: Page, text: str, quote: str, nth: int) -> None:
    at, saved = place_in(text, quote, nth)
    page.keyboard.press("c")
    expect(text_of(page)).to_be_focused()
    page.keyboard.press("Control+Home")
    for _ in regex.findall(r"\X", saved[:at]):
        page.keyboard.press("ArrowRight")
    for _ in regex.findall(r"\X", quote):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
