"""Reviewed questions go out as a file and come in again, on pages for everyone."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.server import Server
from tests.browser.steps import state_of
from tests.browser.test_looks import SIZES, WCAG, Look
from tests.reviewed_files import examples, file, qa

EXPORT = "/admin/answers/reviewitem/export/"
IMPORT = "/admin/answers/reviewitem/import/"


@pytest.fixture(scope="module")
def owner_state(server: Server, browser: Browser) -> Any:
    """The cookies of the demo library's owner, who reviews it without being staff."""
    return state_of(browser, server, "demo", at="/admin/")


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")],
)
def test_the_pages_are_accessible(
    open_page: OpenPage, owner_state: Any, watch: Watch, size: str, scheme: str
) -> None:
    watch.allowed.append("status of 400")  # the file that is refused
    width, height = SIZES[size]
    page = open_page(
        EXPORT,
        storage_state=owner_state,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
    )
    look = Look(page, f"{size}-{scheme}", rules=WCAG)
    look.at("admin-review-export")
    page.goto(IMPORT)
    look.at("admin-review-import")
    page.get_by_label("File").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": b"{"}
    )
    page.get_by_role("button", name="Bring in").click()
    expect(page.get_by_role("alert")).to_contain_text("a.json: not JSON")
    look.at("admin-review-import-refused")


def test_a_file_comes_in_by_keyboard_and_goes_out_again(
    open_page: OpenPage, owner_state: Any, tmp_path: Path
) -> None:
    context = "Tea 👩‍👩‍👧 takes three minutes."
    golds = ("👩‍👩‍👧", "three minutes")
    sent = tmp_path / "browser.json"
    asked = (qa("out-1", *golds, context=context), qa("out-2", context=context))
    sent.write_bytes(file(*asked, context=context))
    page = open_page(IMPORT, storage_state=owner_state)
    page.get_by_label("File").set_input_files(sent)
    page.get_by_label("Count as reviewed by me").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 questions were brought in.")).to_be_visible()
    page.get_by_role("link", name="Export").click()
    page.get_by_label("SQuAD 2.0").focus()
    with page.expect_download() as got:
        page.keyboard.press("Enter")
    assert got.value.suggested_filename == "reviews-squad2.json"
    target = tmp_path / "out.json"
    got.value.save_as(target)
    out = {one.id: one for one in examples(target.read_bytes())}
    assert [gold.text for gold in out["out-1"].golds] == list(golds)
    assert out["out-2"].golds == ()
    assert json.loads(target.read_bytes())["version"] == "v2.0"
