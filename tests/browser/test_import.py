"""Importing files in the browser: drop them, watch the bar, see what came of each."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.server import Server
from tests.browser.steps import make_library

DROP = """
([names, folder]) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File([`On ${name}: salt.`], name));
  const zone = document.querySelector("[data-drop]");
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}
"""

SEEN = "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
# An import that nobody runs: of two files, one cannot be read.
UNDER_WAY = """
from answers.models import Import, ImportFile, User
job = Import.objects.create(
    library_id=LIBRARY, started_by=User.objects.get(username="demo"), status="running"
)
ImportFile.objects.create(job=job, name="one.pdf", size=9, read=9, status="failed")
ImportFile.objects.create(job=job, name="two.txt", size=9, status="reading")
print(job.pk)
"""
ENDED = """
from django.utils import timezone
from answers.models import Import, ImportFile
ImportFile.objects.filter(job=JOB, name="two.txt").update(status="done", added=1)
Import.objects.filter(pk=JOB).update(status="done", finished_at=timezone.now())
"""


@pytest.fixture
def shelf(page: Page) -> str:
    """The address of an empty library of the demo user."""
    return make_library(page, "Imports", {})


def press_import(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Import", exact=True).click()


def test_a_form_that_the_browser_remembered_can_be_used_again(
    page: Page, shelf: str
) -> None:
    """Chromium under Playwright keeps no page: its event is all that can be had."""
    page.goto(f"{shelf}import/")
    page.route("**/import/", lambda route: None)  # an answer that never comes
    page.evaluate(DROP, [["bread.txt"], None])
    press_import(page)
    button = page.get_by_role("main").get_by_role("button", name="Import", exact=True)
    expect(button).to_be_disabled()
    shown = "new PageTransitionEvent('pageshow', { persisted: PERSISTED })"
    page.evaluate(f"dispatchEvent({shown.replace('PERSISTED', 'false')})")
    expect(button).to_be_disabled()
    page.evaluate(f"dispatchEvent({shown.replace('PERSISTED', 'true')})")
    expect(button).to_be_enabled()
    expect(page.locator("[data-sending]")).to_be_hidden()


def test_dropped_files_become_passages_and_the_end_is_told_once(
    page: Page, shelf: str
) -> None:
    page.goto(f"{shelf}import/")
    page.evaluate(DROP, [["bread.txt", "tea.md", "photo.png"], None])
    chosen = page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    expect(chosen).to_have_count(3)
    expect(chosen.nth(2)).to_contain_text("This kind of file cannot be imported.")
    page.get_by_role("button", name="Remove photo.png").click()
    expect(chosen).to_have_count(2)
    press_import(page)

    page.wait_for_url("**/imports/*/")
    expect(page.locator("[data-announcer]")).to_have_text(
        "Done. 2 of 2 files read. 2 passages added."
    )
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 100)
    expect(page.get_by_role("listitem").filter(has_text="bread.txt")).to_contain_text(
        "1 passage added."
    )
    expect(page.get_by_role("button", name="Cancel the import")).to_have_count(0)
    page.get_by_role("link", name="Open the library").click()
    expect(page.get_by_role("link", name="bread")).to_be_visible()


def run(server: Server, code: str) -> str:
    return server.command("shell", "--no-imports", "-c", code).strip()


def under_way(server: Server, shelf: str) -> tuple[str, int]:
    """Return the address of an import that goes on until it is ended, and its key."""
    key = int(run(server, UNDER_WAY.replace("LIBRARY", shelf.split("/")[2])))
    return f"{shelf}imports/{key}/", key


def test_the_end_is_shown_and_told_where_the_focus_is(
    page: Page, shelf: str, server: Server
) -> None:
    address, key = under_way(server, shelf)
    page.goto(address)
    link = page.get_by_role("link", name="Show only files that could not be imported")
    link.focus()
    run(server, ENDED.replace("JOB", str(key)))
    expect(page.locator("[data-announcer]")).to_contain_text("Done. 2 of 2 files read.")
    expect(page.locator("[data-state]")).to_have_text("Done")
    expect(page.locator("[data-part]:focus-within")).to_contain_text("Done")


def test_however_often_the_page_comes_into_view_it_looks_once_at_a_time(
    page: Page, shelf: str, server: Server
) -> None:
    held: list[Route] = []
    page.route("**/imports/*/?part=", lambda route: held.append(route))
    address, key = under_way(server, shelf)
    with page.expect_request("**/imports/*/?part="):
        page.goto(address)
    for _ in range(2):
        page.evaluate(SEEN)
    page.evaluate("fetch(location.href)")  # behind all that was asked for
    assert len(held) == 1
    run(server, ENDED.replace("JOB", str(key)))
    held[0].continue_()
    expect(page.locator("[data-announcer]")).to_contain_text("Done. 2 of 2 files read.")


def test_a_file_of_two_gigabytes_is_refused_before_it_is_sent(
    page: Page, shelf: str, tmp_path: Path
) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(2 << 30)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(f"{shelf}import/")
    page.set_input_files("#files", str(big))
    press_import(page)
    problem = page.get_by_role("alert")
    expect(problem).to_have_text("It has more than 100 MB and will not be sent.")
    expect(problem).to_be_focused()
    assert "POST" not in sent


def test_without_a_script_the_form_posts_and_the_page_reloads(
    open_page: OpenPage, page: Page, shelf: str, tmp_path: Path
) -> None:
    file = tmp_path / "bread.txt"
    file.write_text("Bread needs salt.", encoding="utf-8")
    plain = open_page(f"{shelf}import/", java_script_enabled=False)
    plain.set_input_files("#files", str(file))
    press_import(plain)
    plain.wait_for_url("**/imports/*/")
    expect(plain.get_by_role("main")).to_contain_text("1 of 1 file read.")


def test_a_long_import_goes_on_when_the_server_is_killed_and_can_be_cancelled(
    page: Page, shelf: str, tmp_path: Path, server: Server, watch: Watch
) -> None:
    watch.allowed += [r"ERR_CONNECTION|ERR_EMPTY|Failed to load resource"]
    words = "bread tea bees winter salt lantern river copper".split()
    file = tmp_path / "long.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for n in range(60_000):
            text = f"Passage {n}: " + " ".join(
                words[n * i % 8] + str(n % 97) for i in range(60)
            )
            lines.write(json.dumps({"text": text}) + "\n")
    page.goto(f"{shelf}import/")
    page.set_input_files("#files", str(file))
    press_import(page)
    page.wait_for_url("**/imports/*/")
    bar = page.get_by_role("progressbar")
    expect(bar).not_to_have_js_property("value", 0)
    server.kill()
    server.start()
    state = page.locator("[data-state]")
    expect(state).to_have_text("Running")
    page.reload()
    expect(bar).not_to_have_js_property("value", 0)
    page.get_by_role("button", name="Cancel the import").click()
    expect(state).to_have_text("Cancelled")
