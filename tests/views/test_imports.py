"""The pages of an import: handing files over, looking on, cancelling."""

import errno
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as real_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from answers import imports, uploads
from answers.imports import Handed
from answers.models import Import, ImportFile, Library, User
from tests.conftest import signed_in
from tests.factories import make_member, make_user
from tests.views.page import page

MB = 1 << 20


@pytest.fixture(autouse=True)
def no_uploads(db: None) -> Iterator[None]:
    """What is refused leaves nothing behind."""
    yield
    for job in Import.objects.unfinished():
        imports.cancel(job)
    assert not list(Path(real_settings.UPLOADS_DIR).iterdir())


@pytest.fixture
def address(library: Library) -> str:
    return f"/libraries/{library.pk}/import/"


def upload(name: str, content: bytes = b"Salt.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def job_of(library: Library, *names: str, by: User | None = None) -> Import:
    return imports.start(library, [Handed(n, None, 1, "Broken.") for n in names], by=by)


# -- handing over ------------------------------------------------------------------


def test_the_form_says_what_can_be_imported_and_how_much(
    alice_client: Client, address: str
) -> None:
    shown = page(alice_client.get(address))
    field = shown.one("input", type="file")
    assert {".pdf", ".zip", ".txt"} <= set(field["accept"].split(","))
    assert "multiple" in field
    assert ".epub" in shown.one("section", id="kinds").text
    assert "At most 100 MB a file, 200 files and 1000 MB at once." in shown.words
    assert shown.all("form", enctype="multipart/form-data")


def test_files_that_are_sent_wait_for_a_worker(
    alice_client: Client, address: str, library: Library, alice: User
) -> None:
    sent = [upload("bread.txt"), upload("tea.md", b"Hot.")]
    response = alice_client.post(address, {"files": sent})

    job = Import.objects.get()
    assert response.headers["Location"] == job.get_absolute_url()
    assert (job.library, job.started_by, job.status) == (library, alice, "waiting")
    assert [(f.name, f.size) for f in job.files.all()] == [
        ("bread.txt", 5),
        ("tea.md", 4),
    ]
    assert (imports.folder_of(job) / "1").read_bytes() == b"Salt."
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["args"] == [job.pk]
    assert job.task_id == str(task.pk)
    imports.run(job.pk)
    assert library.passages.count() == 2


def test_a_script_is_told_where_to_go(alice_client: Client, address: str) -> None:
    response = alice_client.post(
        address, {"files": [upload("a.txt")]}, headers={"accept": "application/json"}
    )
    assert response.status_code == 201
    assert response.json() == {"url": Import.objects.get().get_absolute_url()}


def test_odd_names_and_the_same_name_twice_are_kept_apart(
    alice_client: Client, address: str, library: Library
) -> None:
    names = [
        "../../etc/passwd.txt",
        "a.txt",
        "a.txt",
        "🍞\u202e.txt",
        "x" * 300 + ".txt",
    ]
    sent = [upload("x", f"Text {n}.".encode()) for n in range(len(names))]
    for one, name in zip(sent, names, strict=True):
        one._name = name  # type: ignore[attr-defined]  # past its own cleaning
    alice_client.post(address, {"files": sent})
    job = Import.objects.get()
    shown = [file.name for file in job.files.all()]
    assert shown[:4] == ["passwd.txt", "a.txt", "a.txt", "🍞.txt"]
    assert len(shown[4]) == 255
    imports.run(job.pk)
    assert library.passages.count() == 5


def test_nothing_chosen_is_one_sentence(alice_client: Client, address: str) -> None:
    shown = page(alice_client.post(address, {"files": []}), 400)
    assert "Please choose a file first." in shown.one("div", role="alert").words
    answer = alice_client.post(address, {}, headers={"accept": "application/json"})
    assert answer.json() == {"problem": "Please choose a file first."}
    assert not Import.objects.exists()


def test_a_file_that_is_too_long_is_cut_off_and_the_others_taken(
    alice_client: Client, address: str, library: Library, settings: Settings
) -> None:
    settings.FILE_BYTES = MB
    big = BytesIO(b"x" * (2 * MB))
    big.name = "big.txt"
    alice_client.post(address, {"files": [big, upload("a.txt")]})
    job = Import.objects.get()
    told = job.files.get(name="big.txt")
    assert (told.status, told.size) == ("failed", 2 * MB)
    assert told.message.startswith("It has more than 1 MB")
    imports.run(job.pk)
    assert library.passages.count() == 1


def test_too_many_files_are_refused_together(
    alice_client: Client, address: str, settings: Settings
) -> None:
    settings.IMPORT_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    sent = [upload(f"{n}.txt") for n in range(3)]
    shown = page(alice_client.post(address, {"files": sent}), 413)
    assert "You sent more than 2 files." in shown.one("div", role="alert").words
    assert not Import.objects.exists()


def test_a_body_that_is_too_long_is_not_read(
    alice_client: Client, address: str, settings: Settings
) -> None:
    settings.IMPORT_BYTES = MB
    big = upload("big.txt", b"x" * (3 * MB))
    shown = page(alice_client.post(address, {"files": [big]}), 413)
    assert (
        "together the files may have at most 1 MB"
        in shown.one("div", role="alert").words
    )
    assert not Import.objects.exists()


def test_a_disk_without_room_is_told_before_anything_is_read(
    alice_client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "RESERVE", 1 << 60)
    shown = page(alice_client.post(address, {"files": [upload("a.txt")]}), 413)
    assert "The disk of this site is too full" in shown.words


def test_a_disk_that_fills_up_is_told_of_the_file(
    alice_client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: uploads.ToDisk, data: bytes, start: int) -> None:
        self._give_up(uploads._unwritten(OSError(errno.ENOSPC, "No space left")))

    monkeypatch.setattr(uploads.ToDisk, "receive_data_chunk", full)
    alice_client.post(address, {"files": [upload("a.txt")]})
    assert "disk of this site was full" in ImportFile.objects.get().message


def test_a_form_without_its_token_is_refused(
    alice: User, address: str, library: Library
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(address, {"files": [upload("a.txt")]}).status_code == 403
    assert not Import.objects.exists()


def test_a_viewer_may_not_import(address: str, library: Library) -> None:
    bob = make_user("bob")
    make_member(library, bob, "viewer")
    response = signed_in(bob).post(address, {"files": [upload("a.txt")]})
    assert response.status_code == 404
    assert not Import.objects.exists()


# -- looking on --------------------------------------------------------------------


def test_the_page_shows_the_bar_and_each_file(
    alice_client: Client, library: Library, alice: User
) -> None:
    job = job_of(library, "a<b>.txt", "c.txt", by=alice)
    shown = page(alice_client.get(job.get_absolute_url()))
    bar = shown.one("progress")
    assert bar["aria-label"] == "How far the import is"
    assert [item.one("bdi").text for item in shown.classed("row")] == [
        "a<b>.txt",
        "c.txt",
    ]
    assert "2 files could not be imported." in shown.words
    assert shown.one("meta", http_equiv="refresh")
    assert shown.one("p", role="status")
    assert [b.words for b in shown.all("button", class_="danger")] == [
        "Cancel the import"
    ]


def test_the_script_gets_only_what_changes(
    alice_client: Client, library: Library
) -> None:
    job = job_of(library, "a.txt")
    response = alice_client.get(job.get_absolute_url(), {"part": ""})
    assert response.headers["Cache-Control"] == "no-store"
    shown = page(response)
    assert [s["data-part"] for s in shown.all("section")] == ["numbers", "files"]
    assert not shown.all("html")
    assert not any("data-finished" in s for s in shown.all("section"))
    imports.run(job.pk)
    shown = page(alice_client.get(job.get_absolute_url(), {"part": ""}))
    assert any("data-finished" in s for s in shown.all("section"))


def test_a_finished_import_asks_no_more(alice_client: Client, library: Library) -> None:
    job = job_of(library, "a.txt")
    imports.run(job.pk)
    shown = page(alice_client.get(job.get_absolute_url()))
    assert not shown.all("meta", http_equiv="refresh")
    assert not shown.all("button", class_="danger")
    assert not [s for s in shown.all("script") if "importing" in s["src"]]


def test_many_files_are_paged_and_can_be_narrowed_to_failures(
    alice_client: Client, library: Library
) -> None:
    job = job_of(library, *(f"{n}.txt" for n in range(60)))
    ImportFile.objects.filter(name="7.txt").update(status="done")
    imports.run(job.pk)
    address = job.get_absolute_url()
    assert len(page(alice_client.get(address)).classed("row")) == 50
    assert len(page(alice_client.get(address, {"page": 2})).classed("row")) == 10
    failed = page(alice_client.get(address, {"failed": "", "page": "2"}))
    assert len(failed.classed("row")) == 9
    assert "page=1" in failed.one("a", rel="prev")["href"]
    assert "failed" in failed.one("a", rel="prev")["href"]


def test_cancelling_leads_back_to_the_import(
    alice_client: Client, library: Library
) -> None:
    job = job_of(library)
    response = alice_client.post(f"{job.get_absolute_url()}cancel/")
    assert response.headers["Location"] == job.get_absolute_url()
    assert "Cancelled" in page(alice_client.get(job.get_absolute_url())).words


def test_earlier_imports_are_listed_newest_first(
    alice_client: Client, library: Library, alice: User, address: str
) -> None:
    assert not re.search("Earlier", page(alice_client.get(address)).words)
    for by in (alice, None):
        imports.run(job_of(library, "a.txt", by=by).pk)
    Import.objects.filter(started_by=None).update(from_terminal=True)
    shown = page(alice_client.get(f"/libraries/{library.pk}/imports/"))
    facts = [row.words for row in shown.classed("row-facts")]
    assert facts == [
        "On the command line. 0 passages added. 1 file could not be imported.",
        "By alice. 0 passages added. 1 file could not be imported.",
    ]
    assert re.search("Earlier", page(alice_client.get(address)).words)


def test_an_import_of_another_library_is_not_found_here(
    alice_client: Client, library: Library, public_library: Library
) -> None:
    job = job_of(library, "a.txt")
    address = f"/libraries/{public_library.pk}/imports/{job.pk}/"
    assert alice_client.get(address).status_code == 404
