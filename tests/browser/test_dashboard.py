"""The dashboard in a browser: accessible, light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.steps import answered, choose_libraries, sign_in
from tests.browser.test_looks import SIZES, WCAG, Look

QUESTION = "How high is the Pont du Gard?"


@pytest.fixture(scope="module")
def reviewer_state(server: Server, browser: Browser) -> Any:
    """The cookies of the reviewer."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    sign_in(page, "reviewer", server.password("reviewer"), at="/admin/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def asked(open_page: OpenPage, server: Server) -> None:
    """Somebody has asked the demo library, and nothing is summed up since."""
    page = open_page()
    choose_libraries(page, "Demo library")
    answered(page, QUESTION)
    server.write("DELETE FROM answers_summedday")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_the_dashboard_is_accessible(
    open_page: OpenPage, reviewer_state: Any, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    page = open_page(
        "/admin/",
        storage_state=reviewer_state,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
    )
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("img", name="Questions", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=QUESTION).first).to_be_visible()
    look = Look(page, f"{size}-{scheme}", rules=WCAG)
    look.at("dashboard")
    page.get_by_text("Questions: the numbers").click()
    expect(
        page.get_by_role("columnheader", name="Answered", exact=True)
    ).to_be_visible()
    look.is_accessible("dashboard-numbers")


@pytest.mark.usefixtures("asked")
def test_figures_are_chosen_by_keyboard(
    open_page: OpenPage, reviewer_state: Any
) -> None:
    page = open_page("/admin/answers/figures/", storage_state=reviewer_state)
    page.get_by_label("Period").focus()
    page.keyboard.press("Home")
    # The plots by library have the word in their names too.
    library = page.get_by_role("combobox", name="Library")
    library.select_option(index=1)
    library.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**days=7&library=*")
    expect(page.get_by_label("Period")).to_have_value("7")
    expect(
        page.get_by_role("heading", name="Passages that never answered")
    ).to_be_visible()
