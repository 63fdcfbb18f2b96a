"""A reviewer at work: keys alone, spans of every script, and two who differ.

What was marked is looked up in the server's database and export, never on the page.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
import regex
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.desk import Desk, make_desk
from tests.browser.server import Server
from tests.browser.steps import PASSWORD, make_library, sign_in
from tests.browser.test_looks import SIZES, WCAG, Look
from tests.browser.test_text import STARTS_IN_SIGHT

FAMILY = "👨‍👩‍👧‍👦"
CLIPBOARD = ["clipboard-read", "clipboard-write"]
VERDICTS = ["right", "wrong_span", "wrong", "no_answer", "unclear"]
TEA = (
    "Tea should be brewed for three minutes. Green tea wants water of 80 °C.\n\n"
    "A pot for four people takes two spoons of leaves, and one for the pot."
)
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


@pytest.fixture(scope="module")
def states(server: Server, browser: Browser) -> dict[str, Any]:
    """The cookies of those who review; made with the first desk."""
    return {}


@pytest.fixture
def review(
    server: Server, browser: Browser, open_page: OpenPage, states: dict[str, Any]
) -> Callable[..., Page]:
    """Open a page of the desk as one of the reviewers."""

    def open_as(name: str, path: str, **options: Any) -> Page:
        if name not in states:
            password = server.password(name) if name == "reviewer" else PASSWORD
            context = browser.new_context(base_url=server.url)
            page = context.new_page()
            sign_in(page, name, password, at="/admin/")
            states[name] = context.storage_state()
            context.close()
        return open_page(path, storage_state=states[name], **options)

    return open_as


@pytest.fixture
def desk_of(server: Server, page: Page) -> Callable[..., Desk]:
    def make(title: str, texts: dict[str, str], items: list[dict[str, Any]]) -> Desk:
        return make_desk(server, make_library(page, title, texts), items)

    return make


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


# -- by keyboard alone ---------------------------------------------------------------


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


# -- correct spans -------------------------------------------------------------------


def case_items() -> list[dict[str, Any]]:
    """An item for each case, whose answer is the passage's second word."""
    return [
        {"question": f"{name}?", "answers": [(name, text.split()[1])]}
        for name, (text, _, _) in CASES.items()
    ]


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


# -- two who differ ------------------------------------------------------------------


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


# -- looks ---------------------------------------------------------------------------


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


HIDDEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body || focused.closest(".review-bar")) return false;
  const { top, bottom } = focused.getBoundingClientRect();
  const bar = document.querySelector(".review-bar").getBoundingClientRect();
  return bottom > Math.max(bar.top, top + 1);
}"""


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
