"""The dashboard in a browser: accessible, light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.browser.test_looks import SIZES, WCAG, Look


@pytest.fixture
def unsummed(asked: str, server: Server) -> str:
    """What somebody has asked, and nothing is summed up since."""
    server.write("DELETE FROM answers_summedday")
    return asked


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_the_dashboard_is_accessible(
    open_page: OpenPage, reviewer_state: Any, unsummed: str, size: str, scheme: str
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
    expect(page.get_by_role("link", name=unsummed).first).to_be_visible()
    look = Look(page, f"{size}-{scheme}", rules=WCAG)
    look.at("dashboard")
    page.get_by_text("Questions: the numbers").click()
    expect(
        page.get_by_role("columnheader", name="Answered", exact=True)
    ).to_be_visible()
    look.is_accessible("dashboard-numbers")


@pytest.mark.usefixtures("unsummed")
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
