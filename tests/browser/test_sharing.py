"""Libraries that are shared and taken along, in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.steps import PASSWORD, answered, choose, make_library, post
from tests.browser.test_looks import SOME_LOOKS, Look, look, scheme  # noqa: F401

KEY = {"The key": "The key lies under the red stone."}
WHERE = "Where does the key lie?"


def make_link(page: Page, library: str) -> str:
    """Make an invitation link for viewers; returns its address."""
    page.goto(f"{library}sharing/")
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label(re.compile("Viewer, until")).input_value()


def test_an_invited_person_signs_up_asks_and_is_taken_out_again(
    page: Page, open_page: OpenPage, watch: Watch
) -> None:
    library = make_library(page, "Shared keys", KEY)
    link = make_link(page, library)

    guest = open_page(link, signed_in=False)
    guest.get_by_role("main").get_by_role("link", name="Sign up").click()
    guest.get_by_label("Username").fill("invited")
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Password (again)").fill(PASSWORD)
    guest.get_by_role("main").get_by_role("button", name="Sign up").click()
    guest.get_by_role("button", name="Accept").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Shared keys")
    expect(guest.get_by_role("link", name="Add a passage")).to_have_count(0)
    choose(guest, library)
    expect(answered(guest, WHERE).locator("mark").first).to_be_visible()

    page.goto(f"{library}sharing/")
    row = page.locator("li", has_text="invited")
    row.locator("summary").click()
    row.get_by_role("button", name="Remove").click()
    expect(page.locator("li", has_text="invited")).to_have_count(0)

    # The open page is told at once; loaded anew, it shows the question without quotes.
    expect(guest.locator("[data-connection]")).not_to_be_empty()
    guest.reload()
    expect(guest.get_by_role("heading", name=WHERE).first).to_be_visible()
    expect(guest.locator("mark")).to_have_count(0)
    watch.allowed.append("404")  # what is not theirs is not there
    response = guest.goto(library)
    assert response is not None
    assert response.status == 404


def test_a_revoked_link_says_so(page: Page, open_page: OpenPage, watch: Watch) -> None:
    library = make_library(page, "No longer", KEY)
    link = make_link(page, library)
    early = open_page(link, signed_in=False)
    early.get_by_role("button", name="Deutsch").click()
    expect(early.locator("html")).to_have_attribute("lang", "de")
    expect(early.get_by_role("heading", level=1)).to_contain_text("No longer")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    watch.allowed.append("410")
    late = open_page(link, signed_in=False)
    expect(late.get_by_role("heading", level=1)).to_have_text("This invitation is over")


def test_copying_a_link_is_said_to_those_who_do_not_see_it(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = make_link(page, make_library(page, "Said aloud", KEY))
    page.get_by_role("button", name="Copy").click()
    said = page.locator("[data-announcer]")
    expect(said).to_have_text("Copied")
    expect(said).to_have_role("status")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_an_export_is_imported_again(page: Page, tmp_path: Path) -> None:
    library = make_library(page, "To take along", KEY)
    page.goto(f"{library}export/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export").click()
    taken = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(taken)
    assert taken.name == "To-take-along.zip"

    other = post(page, "/libraries/new/", title="Brought along", description="")
    page.goto(f"{other}import/")
    page.locator("input[type=file]").set_input_files(taken)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 passage added.").first).to_be_visible()
    choose(page, other)
    expect(answered(page, WHERE).locator("mark").first).to_be_visible()


@SOME_LOOKS
def test_the_pages_of_sharing(look: Look, open_page: OpenPage) -> None:  # noqa: F811
    page = look.page
    library = make_library(page, "Shared & public", KEY)
    link = make_link(page, library)
    look.at("sharing")
    page.goto(link)
    look.at("invitation-of-a-member")
    for name in ("export", "import", "imports"):
        page.goto(f"{library}{name}/")
        look.at(f"library-{name}")
