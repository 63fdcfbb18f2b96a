"""The pages of libraries and passages, in a browser: many at once, tags, versions."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.steps import make_library, post
from tests.browser.test_looks import SOME_LOOKS, Look
from tests.browser.test_looks import look as look  # a fixture

TEA = "Tea should be brewed for three minutes. Green tea wants water of 80 °C."
TEXTS = {
    "How to make tea": TEA,
    "How to make tea (copy)": TEA.upper(),
    "Coffee": "Coffee is brewed for four minutes in a pot, and then pressed slowly.",
    "תה": "תה ירוק חולטים שלוש דקות. Steep it no longer than that.",
    "W" * 300: "x" * 500,
    "<b>\u202eabc</b>": "<script>alert(1)</script>",
}


def select(page: Page, title: str) -> Any:
    return page.get_by_role("checkbox", name=f"Select: {title}", exact=True)


def act(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@SOME_LOOKS
def test_every_page_of_a_library(look: Look) -> None:
    page = look.page
    page.goto(make_library(page, "Empty", {}))
    look.at("library-empty")
    library = make_library(page, "Tea & coffee", TEXTS)
    page.goto(library)
    select(page, "Coffee").check()
    bar = page.get_by_text("Do something with several passages")
    if not page.get_by_label("Move to").is_visible():
        bar.click()
    page.get_by_label("Tag", exact=True).fill("hot, " + "x" * 40)
    look.at("library-selected")
    act(page, "Add the tag")
    expect(page.locator(".messages")).to_be_focused()
    look.at("library-tagged")
    page.goto(f"{library}?q=brewed")
    look.at("library-found")
    for name in ("tags", "duplicates", "delete"):
        page.goto(f"{library}{name}/")
        if name == "duplicates":
            act(page, "Look for duplicates")
            expect(page.get_by_text("The same wording")).to_be_visible()
        look.at(f"library-{name}")
    page.goto(f"{library}tags/")
    page.get_by_role("link", name="Rename or delete").click()
    look.at("library-tag")
    page.goto(library)
    page.get_by_role("link", name="תה").click()
    look.at("passage-right-to-left")


@SOME_LOOKS
def test_what_has_changed_in_a_passage(look: Look) -> None:
    page = look.page
    long = " ".join(f"Sentence {n} of the text." for n in range(200))
    library = make_library(page, "Versions", {"Long": long})
    page.goto(library)
    page.get_by_role("link", name="Long").click()
    old = page.url
    new = long.replace("Sentence 100", "Paragraph 100")
    post(page, f"{old}edit/", title="Long", text=new)
    page.goto(old)
    page.get_by_role("link", name="What has changed", exact=True).click()
    expect(page.locator("del", has_text="Sentence")).to_have_count(1)
    expect(page.locator("ins", has_text="Paragraph")).to_have_count(1)
    expect(page.get_by_text("Sentence 50 of")).to_be_hidden()
    look.at("passage-changes")
    page.get_by_text("words unchanged").first.click()
    expect(page.get_by_text("Sentence 50 of")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_several_passages_are_archived_and_brought_back(
    script: bool, open_page: OpenPage, page: Page
) -> None:
    library = make_library(page, "Many", {f"Note {n}": f"Note {n}." for n in range(4)})
    page = open_page(library, java_script_enabled=script)
    select(page, "Note 1").check()
    select(page, "Note 3").check()
    if script:
        expect(page.get_by_text("2 selected")).to_be_visible()
    else:
        page.get_by_text("Do something with several passages").click()
    act(page, "Archive")
    expect(page.get_by_text("2 passages are archived")).to_be_visible()
    expect(select(page, "Note 1")).to_have_count(0)
    act(page, "Undo")
    expect(select(page, "Note 1")).to_have_count(1)
    expect(page.get_by_text("2 passages are back.")).to_be_visible()


def test_a_whole_page_is_selected_with_one_box(page: Page) -> None:
    library = make_library(page, "Page", {f"Note {n}": f"Note {n}." for n in range(3)})
    page.goto(library)
    everything = page.get_by_label("Select all on this page")
    everything.check()
    expect(page.get_by_text("3 selected")).to_be_visible()
    select(page, "Note 1").uncheck()
    expect(page.get_by_text("2 selected")).to_be_visible()
    assert everything.evaluate("box => box.indeterminate")
    everything.check()
    everything.uncheck()
    expect(select(page, "Note 0")).not_to_be_checked()


def test_what_has_the_focus_is_never_behind_the_bar(page: Page) -> None:
    texts = {f"Note {n:02}": f"Note {n}." for n in range(12)}
    page.goto(make_library(page, "Focus", texts))
    page.evaluate("scrollTo(0, 0)")
    for title in texts:
        select(page, title).focus()
        seen = select(page, title).evaluate(
            """box => {
              const { x, y, width, height } = box.getBoundingClientRect();
              return document.elementFromPoint(x + width / 2, y + height / 2) === box;
            }"""
        )
        assert seen, title


@pytest.mark.parametrize("zoom", [2, 4])
def test_the_list_at_high_zoom(open_page: OpenPage, zoom: int) -> None:
    size = {"width": 1280 // zoom, "height": 1024 // zoom}
    page = open_page(viewport=size)
    page.goto(make_library(page, "Zoomed", TEXTS))
    select(page, "Coffee").check()
    page.get_by_text("Do something with several passages").click()
    Look(page, f"zoom-{zoom}00").at("library-selected")


def test_targets_are_large_enough_for_a_finger(open_page: OpenPage) -> None:
    page = open_page(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    library = make_library(page, "Finger", TEXTS)
    page.goto(library)
    page.get_by_text("Do something with several passages").click()
    small = page.evaluate(
        """[...document.querySelectorAll("main button, main select, .tick, .tabs a")]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 40)
          .map((e) => e.outerHTML)"""
    )
    assert small == []
    assert re.search(r"/libraries/\d+/$", page.url)
