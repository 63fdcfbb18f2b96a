"""The page on which a library is exported, and the files that it sends."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError
from django.http import StreamingHttpResponse
from django.test import Client

from answers.exporting import FORMATS, Wanted
from answers.library import NewPassage, add
from answers.models import Library, Source, User
from tests.commands.conftest import Run, run
from tests.conftest import signed_in
from tests.factories import make_library, make_member, make_passage, make_user
from tests.views.page import page

__all__ = ["run"]  # the fixture of the commands
pytestmark = pytest.mark.django_db


def address(library: Library, query: str = "") -> str:
    return f"/libraries/{library.pk}/export/{query}"


# The pieces are made in another thread, past a test's transaction.
IN_THE_DATABASE = pytest.mark.django_db(transaction=True)


def sent(client: Client, where: str) -> tuple[StreamingHttpResponse, bytes]:
    response = client.get(where)
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)

    async def whole() -> bytes:
        pieces = [piece async for piece in response]
        return b"".join(pieces)

    return response, async_to_sync(whole)()


@IN_THE_DATABASE
@pytest.mark.usefixtures("passage")
def test_the_library_comes_as_a_zip_archive(
    library: Library, alice_client: Client
) -> None:
    response, data = sent(alice_client, address(library, "?format=zip"))
    assert response.headers["Content-Type"] == "application/zip"
    assert (
        response.headers["Content-Disposition"]
        == 'attachment; filename="Tea-and-bread.zip"'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"three minutes" in archive.read("passages/000001.txt")


@IN_THE_DATABASE
@pytest.mark.usefixtures("passage")
def test_the_library_comes_as_squad_json(
    library: Library, alice_client: Client
) -> None:
    response, data = sent(alice_client, address(library, "?format=squad"))
    assert response.headers["Content-Type"] == "application/json"
    assert len(json.loads(data)["data"]) == 1


@IN_THE_DATABASE
def test_archived_passages_come_when_ticked(
    library: Library, alice_client: Client
) -> None:
    make_passage(library).archive()
    shown = page(alice_client.get(address(library)))
    assert shown.one("input", name="archived")
    for query, count in (("", 0), ("&archived=1", 1)):
        _, data = sent(alice_client, address(library, f"?format=squad{query}"))
        assert len(json.loads(data)["data"]) == count


@IN_THE_DATABASE
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", 'filename="'),
        ("日本語", "filename*=utf-8''%E6%97%A5"),
        ('a"b\r\nX: y', 'filename="'),
        ("...", 'filename="library.zip"'),
    ],
)
def test_odd_titles_make_plain_file_names(
    title: str, name: str, alice: User, alice_client: Client
) -> None:
    library = make_library(title, owner=alice)
    response, _ = sent(alice_client, address(library, "?format=zip"))
    header = response.headers["Content-Disposition"]
    assert name in header
    assert not set("/\\\r\n") & set(header)
    assert ".." not in header


@pytest.mark.parametrize("role", ["viewer", "reviewer", "editor"])
def test_every_member_may_export(
    library: Library, mallory: User, mallory_client: Client, role: str
) -> None:
    assert mallory_client.get(address(library)).status_code == 404
    assert mallory_client.get(address(library, "?format=zip")).status_code == 404
    make_member(library, mallory, role)
    assert "ZIP" in page(mallory_client.get(address(library))).words


@pytest.mark.parametrize("format_", ["", "exe", "../zip"])
def test_other_formats_are_not_found(
    library: Library, alice_client: Client, format_: str
) -> None:
    assert alice_client.get(address(library, f"?format={format_}")).status_code == 404


def test_visitors_are_asked_to_sign_up() -> None:
    library = make_library("Demo", for_visitors=True)
    guest = signed_in(make_user("visitor-1", is_guest=True))
    response = guest.get(address(library, "?format=zip"))
    assert response.headers["Location"].startswith("/accounts/signup/?next=")


# -- The command ---------------------------------------------------------------------


@pytest.mark.usefixtures("passage")
@pytest.mark.parametrize("named", ["title", "number"])
@pytest.mark.parametrize("format_", ["squad", "zip"])
def test_the_command_writes_the_same_file(
    library: Library, run: Run, tmp_path: Path, named: str, format_: str
) -> None:
    file = tmp_path / "out"
    who = library.title if named == "title" else str(library.pk)
    run("export_library", who, "--format", format_, "--output", file)
    pieces = FORMATS[format_].pieces(Wanted(library))
    assert file.read_bytes() == b"".join(pieces)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("passage")
def test_the_command_replaces_no_file_unless_told(
    library: Library, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "out"
    file.write_text("mine")
    with pytest.raises(CommandError, match=r"is there already.*--force"):
        run("export_library", library.title, "--output", file)
    assert file.read_text() == "mine"
    run("export_library", library.title, "--output", file, "--force")
    assert zipfile.is_zipfile(file)


def test_the_command_says_what_it_cannot_do(
    library: Library, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="no library called “Nothing”"):
        run("export_library", "Nothing", "--output", tmp_path / "x")
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        run("export_library", library.title, "--output", tmp_path / "no" / "x")


@pytest.mark.parametrize("format_", ["squad", "zip"])
def test_what_the_commands_export_and_import_is_the_same_again(
    library: Library, run: Run, tmp_path: Path, format_: str
) -> None:
    notes = Source.objects.create(
        library=library, name="a.md", format=".md", sha256="ab" * 32, size=3
    )
    tagged = NewPassage("In a file", "One 🙂", 3, "A › B", ("x",))
    add(library, [tagged, NewPassage("Next", "Two")], source=notes)
    make_passage(library, "By hand.")
    file, again = tmp_path / f"a{FORMATS[format_].suffix}", tmp_path / "again"
    run("export_library", library.title, "--format", format_, "--output", file)
    Library.objects.update(title="Before")
    for _ in range(2):  # the second time adds nothing
        to = ("--library", "Tea and bread", "--create", "--public")
        run("import_passages", file, *to)
    run("export_library", "Tea and bread", "--format", format_, "--output", again)
    back = Library.objects.get(title="Tea and bread")
    assert [source.name for source in back.sources.all()] == ["a.md"]
    assert back.passages.count() == 3
    assert again.read_bytes() == file.read_bytes()
