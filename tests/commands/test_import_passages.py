"""`manage.py import_passages`: files become passages, and none stops the others."""

import errno
import json
import os
import signal
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from answers.management.terminal import Progress
from answers.models import Library, User
from tests.commands.conftest import Run
from tests.factories import make_library

SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Honey_bees",
            "paragraphs": [
                {"context": "Bees dance.", "qas": []},
                {"context": "Bees sleep.", "qas": []},
            ],
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file of each kind, one of them in a folder of the folder."""
    (tmp_path / "bread.txt").write_text("Bread needs salt.\n", encoding="utf-8")
    (tmp_path / "tea.md").write_text("# On tea\n\nTea is hot.\n", encoding="utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "bees.json").write_text(json.dumps(SQUAD), encoding="utf-8")
    return tmp_path


def titles(library: Library) -> list[str]:
    return sorted(library.passages.values_list("title", flat=True))


def test_a_folder_is_imported_with_the_folders_in_it(
    run: Run, library: Library, folder: Path
) -> None:
    told = run("import_passages", folder, library=library.title)

    assert told == "Tea and bread: 4 passages added.\n"
    assert titles(library) == ["Honey bees", "Honey bees (2)", "On tea", "bread"]


def test_the_same_file_twice_adds_nothing_and_says_so(
    run: Run, library: Library, folder: Path
) -> None:
    file = folder / "bread.txt"
    first = run("import_passages", file, file, library=library.title)
    again = run("import_passages", file, library=library.title)

    assert first == "Tea and bread: 1 passage added.\n"
    assert again == "Tea and bread: 0 passages added, 1 there already.\n"
    assert library.passages.count() == 1


def test_broken_files_are_listed_and_the_others_imported(
    run: Run, library: Library, folder: Path
) -> None:
    (folder / "empty.md").write_text("", encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "other.json").write_text("[]", encoding="utf-8")
    (folder / "nul.txt").write_bytes(b"a\0b")

    with pytest.raises(CommandError) as told:
        run("import_passages", folder, folder / "none.txt", library=library.title)

    message = str(told.value)
    assert message.startswith("5 could not be imported:")
    assert "empty.md: The file is empty." in message
    assert "broken.json: This is not JSON" in message
    assert "other.json: This is not a SQuAD file" in message
    assert "nul.txt: This is not text." in message
    assert "none.txt: No such file or directory" in message
    assert library.passages.count() == 4


def test_names_do_not_tell_where_the_files_lie(
    run: Run, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "manuals"
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "tea.txt").write_text("Tea.")
    (tmp_path / "bread.txt").write_text("Bread.")
    monkeypatch.chdir(folder)
    run("import_passages", ".", tmp_path / "bread.txt", library=library.title)
    names = set(library.sources.values_list("name", flat=True))
    assert names == {"manuals/old/tea.txt", "bread.txt"}


def test_what_was_guessed_is_told(run: Run, library: Library, tmp_path: Path) -> None:
    (tmp_path / "bread.txt").write_text("Roggenbrötchen.", encoding="cp1252")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("tea.txt", "Grüner Tee.".encode("cp1252"))
    told = run("import_passages", tmp_path, library=library.title)

    first, *notes = told.splitlines()
    assert first == "Tea and bread: 2 passages added."
    assert [note.split(": It does")[0] for note in sorted(notes)] == [
        f"  tea.txt in {tmp_path.name}/all.zip",
        f"  {tmp_path.name}/bread.txt",
    ]
    assert all("read as Windows-1252" in note for note in notes)


def test_a_file_in_a_zip_file_is_named_with_it(
    run: Run, library: Library, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("photo.jpg", "x")
    with pytest.raises(CommandError, match=r"photo\.jpg in .*all\.zip: \.jpg files"):
        run("import_passages", tmp_path, library=library.title)


def test_one_damaged_passage_leaves_the_whole_file_out(
    run: Run, library: Library, tmp_path: Path
) -> None:
    paragraphs: list[dict[str, object]] = [
        {"context": text, "qas": []} for text in ("good", "bad\0")
    ]
    data = {"data": [{"title": "A", "paragraphs": paragraphs}]}
    file = tmp_path / "half.json"
    file.write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(CommandError, match="NUL"):
        run("import_passages", file, library=library.title)
    assert not library.passages.exists()


def test_hidden_and_other_files_of_a_folder_are_left_alone(
    run: Run, library: Library, folder: Path
) -> None:
    (folder / ".hidden.txt").write_text("secret", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "note.txt").write_text("secret", encoding="utf-8")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    run("import_passages", folder, library=library.title)
    assert library.passages.count() == 4


def test_a_folder_without_texts_is_reported(
    run: Run, library: Library, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"there are no \.csv, .*, \.zip files"):
        run("import_passages", tmp_path, library=library.title)


def test_a_file_of_another_kind_is_refused_by_name(
    run: Run, library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "paper.odt"
    file.write_bytes(b"PK")
    with pytest.raises(CommandError, match=r"\.odt files cannot be imported"):
        run("import_passages", file, library=library.title)


def test_a_path_that_cannot_be_looked_at_stops_no_other(
    run: Run, library: Library, folder: Path
) -> None:
    endless = folder / ("a" * 300)
    with pytest.raises(CommandError, match="File name too long"):
        run("import_passages", endless, folder / "bread.txt", library=library.title)
    assert titles(library) == ["bread"]


def test_a_name_of_a_file_cannot_play_with_the_terminal(
    run: Run, library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "x\x1b[2J.pdf"
    file.write_bytes(b"")
    with pytest.raises(CommandError) as told:
        run("import_passages", file, library=library.title)
    assert "\x1b" not in str(told.value)


def test_a_long_text_is_cut_into_numbered_parts(
    run: Run, library: Library, tmp_path: Path, settings: Settings
) -> None:
    settings.PASSAGE_CHARACTERS = 30
    file = tmp_path / "long.txt"
    file.write_text("First paragraph, short.\n\nSecond paragraph.", encoding="utf-8")
    run("import_passages", file, library=library.title)
    assert titles(library) == ["long", "long (2)"]


def test_each_file_of_a_zip_file_is_told_of(
    run: Run, library: Library, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.txt", "Salt.")
        archive.writestr("b.txt", "Tea.")
    told = run("import_passages", tmp_path, library=library.title, verbosity=2)
    assert "a.txt: Done, 1 added, 0 there already.\n" in told
    assert told.endswith("Tea and bread: 2 passages added.\n")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of 500 passages."""
    rows = [{"text": f"Passage number {number} is on bread."} for number in range(500)]
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_after_the_batch_and_a_second_run_goes_on(
    run: Run,
    library: Library,
    many: Path,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    presses = iter([number])
    before = signal.getsignal(number)

    def press(*_: object) -> None:
        for number in presses:
            os.kill(os.getpid(), number)

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "at", press)
        with pytest.raises(CommandError, match="The same command goes on from here"):
            run("import_passages", many, library=library.title)
    assert signal.getsignal(number) == before
    assert 100 <= library.passages.count() < 500
    assert library.imports.get().status == "cancelled"

    run("import_passages", many, library=library.title)
    orders = library.passages.order_by("source_order")
    assert list(orders.values_list("source_order", flat=True)) == list(range(500))
    assert many.exists()


def test_a_terminal_that_is_gone_leaves_no_import_that_seems_to_run(
    run: Run, library: Library, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = OSError(errno.EIO, os.strerror(errno.EIO))
    monkeypatch.setattr(Progress, "at", Mock(side_effect=gone))
    with pytest.raises(OSError, match="Input/output"):
        run("import_passages", many, library=library.title)
    assert library.imports.get().status == "cancelled"


def test_a_file_that_is_too_long_is_refused(
    run: Run, library: Library, tmp_path: Path, settings: Settings
) -> None:
    settings.FILE_BYTES = 1 << 20
    file = tmp_path / "big.txt"
    file.write_bytes(b"x" * (1 << 21))
    with pytest.raises(CommandError, match="more than 1 MB; QAWEB_FILE_MB"):
        run("import_passages", file, library=library.title)


# -- new libraries -----------------------------------------------------------------


def test_a_missing_library_is_refused_without_create(
    run: Run, library: Library, folder: Path
) -> None:
    with pytest.raises(CommandError, match="no library called “New”"):
        run("import_passages", folder, library="New")
    assert Library.objects.count() == 1


def test_create_makes_a_library_for_its_owner(
    run: Run, alice: User, mallory: User, folder: Path
) -> None:
    run("import_passages", folder, "--create", library="New", owner="alice")
    made = Library.objects.get(title="New")
    assert made.passages.count() == 4
    assert made in Library.objects.editable_by(alice)
    assert made not in Library.objects.visible_to(mallory)


def test_create_makes_a_public_library(run: Run, mallory: User, folder: Path) -> None:
    run("import_passages", folder, "--create", "--public", library="New")
    assert Library.objects.visible_to(mallory).get().title == "New"


def test_create_adds_to_a_library_that_is_there(
    run: Run, library: Library, folder: Path
) -> None:
    run("import_passages", folder, "--create", library=library.title)
    assert Library.objects.get().passages.count() == 4


def test_create_finds_again_what_it_made_of_a_name_with_more_blanks(
    run: Run, alice: User, folder: Path
) -> None:
    for _time in range(2):
        run("import_passages", folder, "--create", library=" My  notes", owner="alice")
    assert Library.objects.get().title == "My notes"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"library": "New"}, "--owner USERNAME or --public"),
        ({"library": "New", "owner": "nobody"}, "no user “nobody”"),
        ({"library": "New", "owner": "\udcff"}, "no user"),
        ({"library": "New \udcff", "public": True}, "--library: The text is damaged"),
        ({"library": "N" * 201, "public": True}, "at most 200"),
        ({"public": True}, "needs --library"),
    ],
)
@pytest.mark.django_db
def test_create_says_what_it_lacks(
    run: Run, folder: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("import_passages", folder, create=True, **options)
    assert not Library.objects.exists()


def test_an_ambiguous_name_is_refused_with_the_choices(
    run: Run, library: Library, folder: Path
) -> None:
    other = make_library(library.title)
    with pytest.raises(CommandError, match=f"number {other.pk}"):
        run("import_passages", folder, library=library.title)
