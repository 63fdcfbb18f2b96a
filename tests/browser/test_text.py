"""Difficult text: marked to the character, shown as text whatever it says."""

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.steps import answered, choose, make_library, post

TROUBLE = (
    "\n👩🏽‍🔬 Ana\u0308is\u0301 noted: the café’s “crème brûlée” costs 4 € today.\n"
    "\tThe bakery opens at half past six 🥐 and closes at noon — ﬁnally. "
)
XSS = [
    "<script>alert(1)</script>",
    "</textarea><script>alert(2)</script>",
    "</title><script>alert(3)</script>",
    '"><img src=x onerror=alert(4)>',
    "' autofocus onfocus=alert(5) x='",
    "<svg/onload=alert(6)>",
    "javascript:alert(7)",
    "<a href=javascript:alert(8)>here</a>",
    "{{ 7|add:7 }} {% csrf_token %} ${alert(9)}",
    "<!-- <style>*{display:none}</style> -->",
    "&lt;b&gt; &amp;amp; &#x3c;i&#x3e;",
    "<template><script>alert(10)</script></template>",
    "\u202egnp.exe\u2066 hidden",
]

# What the page marks, in code points of the passage's text.
MARKED = """element => {
  const mark = element.querySelector("mark");
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEndBefore(mark);
  const start = [...range.toString()].length;
  return [start, start + [...mark.textContent].length, mark.textContent];
}"""

# Whether the first letter is not cut off by the link or button that it stands in.
STARTS_IN_SIGHT = """element => {
  const first = document.createRange();
  first.setStart(element.firstChild, 0);
  first.setEnd(element.firstChild, 1);
  const { left, right } = first.getBoundingClientRect();
  const box = element.closest("a, summary").getBoundingClientRect();
  return box.left <= left && right <= box.right;
}"""


def marked(page: Page) -> tuple[int, int, str]:
    """Open the best answer's passage; returns what is marked in it, and where."""
    page.get_by_role("link", name="Show in passage").first.click()
    expect(page.locator("mark#mark")).to_be_in_viewport()
    start, end, text = page.locator("[data-text]").evaluate(MARKED)
    return start, end, text


def test_the_mark_is_what_the_reader_said_to_the_character(
    page: Page, server: Server
) -> None:
    choose(page, make_library(page, "Trouble", {"Café 👩🏽‍🔬": TROUBLE}))
    question = "When does the bakery open?"
    said = json.loads(server.command("ask", question, "--library", "Trouble", "--json"))
    best = (said["answers"] or said["nearest"])[0]
    article = answered(page, question)
    assert article.locator("mark").first.text_content() == best["text"]
    assert marked(page) == (best["start"], best["end"], best["text"])
    assert page.locator("[data-text]").text_content() == TROUBLE
    assert TROUBLE[best["start"] : best["end"]] == best["text"]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("One\r\ntwo\r\nThe key lies under the red stone.\r\n", "Where is the key?"),
        ("💩💩💩💩 The key lies under the red stone 💩.", "Where is the key?"),
        (
            "e\u0301e\u0301e\u0301 – the café is in Ville\u0301tte.",
            "Where is the café?",
        ),
        ("\n\n\n  The key lies under the red stone.", "Where is the key?"),
    ],
)
def test_marks_stand_where_the_text_says(page: Page, text: str, question: str) -> None:
    choose(page, make_library(page, "Marks", {"A text": text}))
    quote = answered(page, question).locator("mark").first.text_content()
    saved = text.replace("\r\n", "\n")
    start, end, shown = marked(page)
    assert shown == quote == saved[start:end]


def test_right_to_left_text_is_shown_right_to_left(page: Page) -> None:
    text = "המאפייה נוסדה בשנת 1923 ברחוב שלום.\nThe bakery was founded in 1923."
    choose(page, make_library(page, "מאפייה", {"המאפייה": text}))
    article = answered(page, "When was the bakery founded?")
    excerpt = article.locator("blockquote").first
    assert excerpt.evaluate("e => getComputedStyle(e).direction") == "rtl"
    start, end, quote = marked(page)
    assert text[start:end] == quote
    shown = page.locator("[data-text]")
    assert shown.evaluate("e => getComputedStyle(e).direction") == "rtl"


@pytest.mark.parametrize("at", ["start", "end"])
def test_changes_of_right_to_left_text_are_shown_right_to_left(
    page: Page, at: str
) -> None:
    """Our own words that come first, “removed” or “words unchanged”, do not count."""
    text = f"{'תה ירוק חולטים שלוש דקות. ' * 40}המאפייה נוסדה בשנת 1923."
    library = make_library(page, f"Changes {at}", {"תה": text})
    page.goto(library)
    page.get_by_role("link", name="תה").click()
    old = page.url
    edited = f"קפה {text[3:]}" if at == "start" else f"{text[:-5]}1924."
    post(page, f"{old}edit/", title="תה", text=edited)
    page.goto(f"{old}changes/")
    shown = page.locator(".changes")
    expect(shown.locator(".folded")).to_have_count(1)
    assert shown.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_long_right_to_left_titles_are_cut_at_their_end(page: Page) -> None:
    title = "ספריית המאפייה הישנה של רחוב שלום והאנשים שעבדו בה"
    choose(page, make_library(page, title, {"לחם": "המאפייה נוסדה בשנת 1923."}))
    answered(page, f"מתי נוסדה {title}?")
    for cut in ("[data-history] [aria-current] bdi", "[data-scope-words]"):
        element = page.locator(cut)
        expect(element).to_be_visible()
        assert element.evaluate("e => e.scrollWidth > e.clientWidth"), cut
        assert element.evaluate(STARTS_IN_SIGHT), cut


def test_hostile_text_is_shown_and_never_run(page: Page) -> None:
    """Every place that takes text gets the corpus; `watch` sees what comes of it."""
    text = "\n".join([*XSS, "The key lies under the red stone."])
    libraries = [make_library(page, bad, {}) for bad in XSS]
    library = libraries[0]
    addresses = [
        post(page, f"{library}passages/new/", title=bad, text=f"{n} {bad}\n{text}")
        for n, bad in enumerate(XSS)
    ]
    for bad in XSS:
        page.goto("/libraries/?" + urlencode({"q": bad}))
        expect(page.get_by_role("link", name=bad, exact=True).first).to_be_visible()
    for address in addresses[:3]:
        page.goto(address)
        assert str(page.locator("[data-text]").text_content()).endswith(text)
        page.goto(f"{address}edit/")
        assert page.get_by_label("Text").input_value().endswith(text)
    page.goto(f"{library}?q=%3Cscript%3Ealert(1)%3C/script%3E")
    expect(page.get_by_role("heading", level=1)).to_have_text(XSS[0])
    choose(page, library)
    for bad in XSS[:6]:
        article = answered(page, f"{bad} Where is the key?")
        assert article.locator("script, img, svg, a[href^=javascript]").count() == 0
    page.reload()
    expect(page.locator("article")).to_have_count(6)
    assert page.locator("script:not([src]), img:not([src*=favicon])").count() == 0


def test_hostile_addresses_are_harmless(page: Page, open_page: OpenPage) -> None:
    for bad in XSS:
        page.goto("/?" + urlencode({"question": bad, "library": bad}))
        expect(page.get_by_label("Your question")).to_have_value(bad)
    signed_out = open_page("/accounts/login/", signed_in=False)
    signed_out.goto("/accounts/login/?" + urlencode({"next": "javascript:alert(1)"}))
    expect(signed_out.get_by_label("Login")).to_be_visible()


def test_copying_works_on_plain_http_too(page: Page) -> None:
    """Away from localhost there is neither navigator.clipboard nor randomUUID."""
    page.add_init_script(
        """Object.defineProperty(navigator, "clipboard", { value: undefined });
        Object.defineProperty(crypto, "randomUUID", { value: undefined });"""
    )
    text = {"A text": "The key lies under the red stone."}
    choose(page, make_library(page, "Plain", text))
    article = answered(page, "Where is the key?")
    page.evaluate(
        """document.addEventListener("copy", () => {
          window.copied = document.activeElement.value;
        })"""
    )
    article.get_by_role("button", name="Copy with citation").first.click()
    expect(article.get_by_role("button", name="Copied")).to_be_visible()
    quote = article.locator("mark").first.text_content()
    assert page.evaluate("copied").startswith(f"“{quote}” — A text, Plain")
