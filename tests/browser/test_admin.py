"""The review desk as a reviewer sees it: usable, accessible, light and dark."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_looks import SIZES, WCAG, Look

DESK = "/admin/answers/reviewitem/"


def test_reviewing_starts_at_the_list_with_its_filters(
    open_page: OpenPage, reviewer_state: Any, asked: str
) -> None:
    page = open_page(DESK, storage_state=reviewer_state)
    row = page.get_by_role("row").filter(has_text=asked).first
    expect(row.locator("mark").first).to_be_visible()
    page.get_by_label("From").last.fill("0")
    page.get_by_role("button", name="Apply").last.click()
    expect(page).to_have_url(re.compile("score_from=0"))
    page.get_by_role("link", name="Newest first").first.click()
    expect(page.locator("mark").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/review/\?order=newest&score_from=0"))
    page.goto(DESK)
    row.get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("want_second")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("One question waits for another review.")).to_be_visible()
    expect(row).to_contain_text("2 reviews wanted")


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_every_page_of_the_desk_is_accessible(
    open_page: OpenPage, reviewer_state: Any, asked: str, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    page = open_page(
        "/admin/",
        storage_state=reviewer_state,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
    )
    # Django's own markup keeps to the guidelines, though not to all good practice.
    look = Look(page, f"{size}-{scheme}", rules=WCAG)
    look.at("admin")
    page.goto(f"{DESK}?state=all")
    expect(page.get_by_role("row").filter(has_text=asked).first).to_be_visible()
    look.at("admin-reviews")
    for name in ("reviewevent", "review"):
        page.goto(f"/admin/answers/{name}/")
        look.at(f"admin-{name}")
    page.goto(f"{DESK}agreement/")
    look.at("admin-agreement")
    for name in ("question", "answer", "passage", "library"):
        page.goto(f"/admin/answers/{name}/")
        look.is_accessible(f"admin-{name}")
