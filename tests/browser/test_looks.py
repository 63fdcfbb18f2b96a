"""Every page and state: accessible by axe-core, light and dark, narrow and wide.

With SCREENSHOTS set, pictures of all of them go to var/screenshots.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.server import REPOSITORY, Server
from tests.browser.steps import answered, ask, choose, make_library, post, sign_up

AXE = Axe()
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SCREENSHOTS = (
    REPOSITORY / "var" / "screenshots" if os.environ.get("SCREENSHOTS") else None
)
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
BREWED = "How long should tea be brewed?"
TEXTS = {
    "How to make tea": (
        "Tea should be brewed for three minutes. Green tea wants water of 80 °C.\n\n"
        "A pot for four people takes two spoons of leaves, and one for the pot."
    ),
    "Coffee": "Coffee is brewed for four minutes in a pot, and then pressed slowly.",
    "תה": "תה ירוק חולטים שלוש דקות. Steep it no longer than that.",
}


@dataclass
class Look:
    """Looks at a page: by axe-core, for overflow, and for the album."""

    page: Page
    name: str  # of the size and colours
    rules: tuple[str, ...] = (*WCAG, "best-practice")

    def at(self, what: str) -> None:
        self.is_accessible(what)
        self.fits(what)
        if SCREENSHOTS:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / f"{what}-{self.name}.png")

    def is_accessible(self, what: str) -> None:
        options = {
            "runOnly": list(self.rules),
            "resultTypes": ["violations"],
            # To look into style sheets axe makes inline ones, which our policy stops.
            "preload": False,
        }
        found = AXE.run(self.page, options=options).response["violations"]
        faults = [
            f"{fault['id']}: {fault['help']}: {[n['html'] for n in fault['nodes']]}"
            for fault in found
        ]
        assert not faults, what

    def fits(self, what: str) -> None:
        """Nothing sticks out sideways."""
        width = self.page.evaluate(
            "(e => e.scrollWidth - e.clientWidth)(document.documentElement)"
        )
        assert width <= 0, f"{what} is {width} pixels too wide"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


ALL_LOOKS = pytest.mark.parametrize(
    "look",
    [(size, scheme) for size in SIZES for scheme in ("light", "dark")],
    indirect=True,
    ids="-".join,
)
SOME_LOOKS = pytest.mark.parametrize(
    "look", [("desktop", "light"), ("phone", "dark")], indirect=True, ids="-".join
)


@pytest.fixture
def look(request: pytest.FixtureRequest, open_page: OpenPage) -> Look:
    size, scheme = request.param
    width, height = SIZES[size]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    return Look(page, f"{size}-{scheme}")


@ALL_LOOKS
def test_the_chat_with_answers(look: Look) -> None:
    page = look.page
    look.at("welcome")
    choose(page, make_library(page, "Tea & coffee", TEXTS))
    article = answered(page, BREWED)
    article.get_by_role("button", name="Helpful", exact=True).first.click()
    look.at("chat-with-answers")
    article.get_by_role("link", name="Show in passage").first.click()
    expect(page.locator("mark#mark")).to_be_in_viewport()
    look.at("passage-with-mark")


@SOME_LOOKS
def test_questions_that_came_to_nothing(look: Look, server: Server) -> None:
    page = look.page
    choose(page, make_library(page, "Tea & coffee", TEXTS))
    for number, status in enumerate(("no_answer", "cancelled", "failed")):
        article = answered(page, f"{BREWED} {number}")
        server.write(
            "UPDATE answers_question SET status = ?, error_message = ? WHERE id = ?",
            status,
            "The reader is busy. Please ask again in a moment.",
            str(article.get_attribute("data-question-id")).replace("-", ""),
        )
    page.reload()
    expect(page.get_by_text("No answer in these passages.")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    look.at("chat-without-answers")


@SOME_LOOKS
def test_the_pages_of_libraries(look: Look) -> None:
    page = look.page
    library = make_library(page, "Tea & coffee", TEXTS)
    page.goto("/libraries/")
    look.at("libraries")
    page.goto(library)
    look.at("passages")
    page.goto(f"{library}?q=brewed")
    look.at("passages-found")
    page.get_by_role("link", name="How to make tea").click()
    page.get_by_text("Archive this passage").click()
    look.at("passage")
    page.get_by_role("link", name="Ask this passage").click()
    look.at("one-passage")
    page.goto(f"{library}passages/new/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    look.at("passage-form-with-errors")


@SOME_LOOKS
def test_archived_and_replaced_passages(look: Look) -> None:
    page = look.page
    library = make_library(page, "Versions", TEXTS)
    page.goto(library)
    page.get_by_role("link", name="Coffee").click()
    old = page.url
    new = post(page, f"{old}edit/", title="Coffee", text="Brewed for five minutes.")
    page.goto(old)
    expect(page.get_by_text("this is an older version")).to_be_visible()
    look.at("passage-replaced")
    page.goto(new)
    page.get_by_role("link", name="Edit", exact=True).click()
    look.at("passage-edit")
    page.goto(new)
    page.get_by_text("Archive this passage").click()
    page.get_by_role("button", name="Yes, archive it").click()
    page.goto(new)
    look.at("passage-archived")


@SOME_LOOKS
def test_the_pages_of_the_account(look: Look) -> None:
    for name in ("email", "password/change", "logout"):
        look.page.goto(f"/accounts/{name}/")
        look.at(f"account-{name.replace('/', '-')}")


def test_the_pages_for_those_signed_out(open_page: OpenPage, scheme: str) -> None:
    size = {"width": 360, "height": 740}
    page = open_page(
        "/accounts/login/", signed_in=False, viewport=size, color_scheme=scheme
    )
    look = Look(page, f"phone-{scheme}")
    look.at("login")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    look.at("login-with-errors")
    for name in (
        "signup",
        "password/reset",
        "password/reset/done",
        "password/reset/key/1-nonsense",
        "password/reset/key/done",
        "inactive",
        "confirm-email",
    ):
        page.goto(f"/accounts/{name}/")
        look.at(f"account-{name.replace('/', '-')}")


def test_the_error_pages(open_page: OpenPage, scheme: str, watch: Watch) -> None:
    watch.allowed.append("status of 4")
    page = open_page("/nowhere/", color_scheme=scheme)
    look = Look(page, f"desktop-{scheme}")
    look.at("error-404")
    page.goto("/libraries/new/")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_label("Title").fill("x")
    page.get_by_role("button", name="Create the library").click()
    expect(page.get_by_role("heading", name="This form has expired")).to_be_visible()
    look.at("error-403")


def test_five_megabytes_get_a_clear_page(page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 413")
    page.goto(f"{make_library(page, 'Huge', {})}passages/new/")
    page.get_by_label("Title").fill("Huge")
    page.get_by_label("Text").evaluate(
        """field => {
          field.hidden = true; // laying out a word of 5 MB takes minutes
          field.value = "x".repeat(5e6);
          field.form.requestSubmit();
        }"""
    )
    expect(page.get_by_role("heading", name="This is too long")).to_be_visible()
    expect(page.get_by_text("at most 100,000 characters")).to_be_visible()
    Look(page, "desktop-light").at("error-413")


@pytest.mark.parametrize("zoom", [2, 4])
def test_everything_is_there_at_high_zoom(open_page: OpenPage, zoom: int) -> None:
    """A window of 1280 by 1024 at 200 % and 400 %, as WCAG counts it."""
    size = {"width": 1280 // zoom, "height": 1024 // zoom}
    page = open_page(viewport=size)
    look = Look(page, f"zoom-{zoom}00")
    choose(page, make_library(page, "Zoomed", TEXTS))
    article = answered(page, BREWED)
    look.at("chat-with-answers")
    article.get_by_role("link", name="Show in passage").first.click()
    look.at("passage-with-mark")


def test_what_has_the_focus_is_never_behind_the_form(page: Page) -> None:
    choose(page, make_library(page, "Focus", TEXTS))
    answered(page, BREWED)
    page.evaluate("scrollTo(0, 0)")
    page.locator("h2").first.evaluate("e => { e.tabIndex = -1; e.focus(); }")
    for _ in range(25):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const focused = document.activeElement;
              if (focused.closest("form.ask, body:focus")) return false;
              const { x, y, width, height } = focused.getBoundingClientRect();
              const seen = document.elementFromPoint(x + width / 2, y + height / 2);
              return !(seen && (focused.contains(seen) || seen.contains(focused)));
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML")


def test_the_history_is_folded_on_a_phone_and_open_beside_the_talk(
    open_page: OpenPage,
) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    choose(page, make_library(page, "History", TEXTS))
    answered(page, BREWED)
    link = page.get_by_role("navigation", name="Conversations").get_by_role(
        "link", name=BREWED
    )
    expect(link.first).to_be_hidden()
    page.get_by_text("Conversations", exact=True).click()
    expect(link.first).to_be_visible()
    page.reload()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(link.first).to_be_visible()
    expect(page.get_by_text("Conversations", exact=True)).to_be_hidden()


def test_every_module_comes_hashed_and_may_be_kept_for_ever(page: Page) -> None:
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    static = [url for url in loaded if "/static/" in url]
    names = {re.sub(r"\.[0-9a-f]{12}\.", ".", Path(url).name) for url in static}
    assert names >= {"chat.js", "socket.js", "log.js", "copy.js", "qaweb.css"}
    for url in static:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), url
        kept = page.request.get(url).headers["cache-control"]
        assert "immutable" in kept, url


def test_forced_colours_keep_the_mark_and_the_state(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    choose(page, make_library(page, "Forced", TEXTS))
    article = answered(page, BREWED)
    Look(page, "forced-colors").at("chat-with-answers")
    mark = article.locator("mark").first
    quoted, around = (
        element.evaluate("e => getComputedStyle(e).backgroundColor")
        for element in (mark, page.locator("body"))
    )
    assert quoted != around


def test_progress_is_accessible_too(page: Page) -> None:
    # So long that a fast processor still reads when the page has been looked at.
    river = "The river bends and the meadow lies open to the rain. " * 1000
    texts = {f"River {n}": f"Chapter {n}. {river}" for n in range(10)}
    choose(page, make_library(page, "Progress", texts))
    article = ask(page, "Where does the river bend?")
    expect(article).to_contain_text("Reading")
    Look(page, "desktop-light").is_accessible("chat-reading")
    page.get_by_role("button", name="Cancel").click()
    expect(article).to_have_attribute("data-status", "cancelled")


@pytest.fixture
def newcomer(open_page: OpenPage) -> Page:
    page = open_page("/accounts/signup/", signed_in=False)
    sign_up(page, "newcomer")
    return page


def test_a_newcomer_sees_the_demo_library(newcomer: Page) -> None:
    expect(newcomer.locator("[data-scope-words]")).to_have_text("Demo library")
    newcomer.goto("/libraries/")
    expect(newcomer.get_by_text("Shared with everyone")).to_be_visible()
