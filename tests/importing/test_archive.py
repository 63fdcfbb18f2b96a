"""ZIP files: many files in one, and attacks; and what qaweb itself exported."""

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from answers import importing
from answers.importing import Member, UnreadableFile, archive
from answers.library import NewPassage, Origin
from answers.models import text_hash
from tests.importing.making import make_pdf, make_zip, read


def inside(path: Path) -> list[Member]:
    found = importing.members(path)
    assert found is not None
    return found


def test_each_member_is_a_file_with_a_name_of_its_own(tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", [["Hello."]]).read_bytes()
    files: dict[str, bytes | str] = {
        "b/tea.md": "# Tea\n\nHot.",
        "a.pdf": pdf,
        "b/": "",
        "__MACOSX/._a.pdf": "x",
        ".hidden/a.txt": "x",
        "b/.DS_Store": "x",
        "Thumbs.db": "x",
    }
    found = inside(make_zip(tmp_path / "all.zip", files))
    assert [(item.name, item.size, item.problem) for item in found] == [
        ("a.pdf", len(pdf), ""),
        ("b/tea.md", 11, ""),
    ]
    texts = []
    for item in found:
        item.extract(tmp_path / "member")
        texts += read(tmp_path / "member", name=item.name)
    assert [(passage.title, passage.text) for passage in texts] == [
        ("a", "Hello."),
        ("Tea", "Hot."),
    ]


def test_one_member_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.txt": "good",
        "bomb.txt": "x" * 5_000_000,
        "inner.zip": make_zip(tmp_path / "i.zip", {"a.txt": "x"}).read_bytes(),
        "photo.jpg": "x",
    }
    found = inside(make_zip(tmp_path / "all.zip", files))
    problems = {item.name: item.problem for item in found}
    assert problems.pop("a.txt") == ""
    assert "far larger than it looks" in problems["bomb.txt"]
    assert "ZIP file inside of a ZIP file" in problems["inner.zip"]
    assert ".jpg files cannot be imported" in problems["photo.jpg"]
    for item in found:
        if item.problem:
            with pytest.raises(UnreadableFile):
                item.extract(tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_a_member_with_a_password_says_so(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": "secret", "b.txt": "open"})
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    data[at + 8] |= 1  # the flag in the table of contents
    path.write_bytes(data)
    problems = [item.problem for item in inside(path)]
    assert "protected by a password" in problems[0]
    assert problems[1] == ""


def test_a_member_that_is_packed_in_an_unknown_way_says_so(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": "x" * 500})
    data = bytearray(path.read_bytes())
    data[8] = data[data.find(b"PK\1\2") + 10] = 9  # Deflate64, of Windows
    path.write_bytes(data)
    assert "pack it as an ordinary ZIP" in inside(path)[0].problem


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_with_one_name_are_both_imported(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a.txt", "first")
        file.writestr("a.txt", "second, and longer")
    texts = []
    for item in inside(tmp_path / "a.zip"):
        item.extract(tmp_path / "member")
        texts.append((tmp_path / "member").read_text(encoding="utf-8"))
    assert texts == ["first", "second, and longer"]


def test_folders_of_windows_are_no_files(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"b\\": "", "b\\a.txt": "x"})
    assert [item.name for item in inside(path)] == ["b/a.txt"]


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ("../../etc/x.txt", "etc/x.txt"),
        ("/etc/x.txt", "etc/x.txt"),
        ("C:\\Users\\x.txt", "Users/x.txt"),
        ("a/./b//x.txt", "a/b/x.txt"),
        ("Größe/日本.txt", "Größe/日本.txt"),
    ],
)
def test_names_never_lead_out_of_the_archive(
    tmp_path: Path, entry: str, shown: str
) -> None:
    found = inside(make_zip(tmp_path / "a.zip", {entry: "text"}))
    assert [item.name for item in found] == [shown]
    found[0].extract(tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "text"


def test_names_in_utf8_without_the_flag_are_mended() -> None:
    info = zipfile.ZipInfo("Größe.txt".encode().decode("cp437"))
    assert archive.name_of(info) == "Größe.txt"


def test_a_member_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": "y" * 1000})
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    struct.pack_into("<L", data, at + 24, 10)
    path.write_bytes(data)
    (member,) = inside(path)
    with pytest.raises(UnreadableFile):
        member.extract(tmp_path / "out")
    assert (tmp_path / "out").stat().st_size <= 10


def test_too_many_files_are_not_even_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{n}.txt": "x" for n in range(11)})
    monkeypatch.setattr(archive, "MOST_FILES", 10)
    with pytest.raises(UnreadableFile, match="holds 11 files; 10 are allowed"):
        importing.members(path)
    monkeypatch.setattr(archive, "MOST_DIRECTORY", 100)
    with pytest.raises(UnreadableFile, match="too many files"):
        importing.members(path)


def test_all_members_together_have_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": "xy", "b.txt": "xy"})
    monkeypatch.setattr(archive, "MOST_BYTES", 3)
    with pytest.raises(UnreadableFile, match="far larger"):
        importing.members(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_half_an_archive_is_damaged(tmp_path: Path, share: float) -> None:
    data = make_zip(tmp_path / "a.zip", {"a.txt": "x" * 50, "b.txt": "y"}).read_bytes()
    (tmp_path / "half.zip").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match="damaged"):
        importing.members(tmp_path / "half.zip")


def test_a_damaged_member_leaves_the_others(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": "x" * 500, "b.txt": "good"})
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(data)
    bad, good = inside(path)
    with pytest.raises(UnreadableFile, match="damaged"):
        bad.extract(tmp_path / "bad")
    good.extract(tmp_path / "good")
    assert (tmp_path / "good").read_text() == "good"


def test_other_files_have_no_members(tmp_path: Path) -> None:
    assert importing.members(tmp_path / "a.txt") is None


# -- what qaweb exported -------------------------------------------------------


def exported(folder: Path, **changes: Any) -> Path:
    texts = {"passages/000001.txt": "\ufeff One \r\n", "passages/000002.txt": "Zwei 🙂"}
    passages = [
        {
            "file": "passages/000001.txt",
            "title": "under_score (2)",
            "section": "A › B",
            "page": 3,
            "tags": ["x", "y z"],
            "source": "a.pdf",
            "source_order": 0,
        },
        {"file": "passages/000002.txt", "title": "T", "page": None, "tags": []},
    ]
    manifest: dict[str, Any] = {
        "qaweb": {"export": 1},
        "library": {"title": "Tea", "description": ""},
        "passages": passages,
        **changes,
    }
    files: dict[str, bytes | str] = {"manifest.json": json.dumps(manifest), **texts}
    return make_zip(folder / "export.zip", files)


def test_an_exported_library_comes_back_byte_for_byte(tmp_path: Path) -> None:
    file = exported(tmp_path)
    assert importing.members(file) is None
    was = Origin("a.pdf", sha256=text_hash("a.pdf"), order=0)
    assert read(file) == [
        NewPassage("under_score (2)", "\ufeff One \r\n", 3, "A › B", ("x", "y z"), was),
        NewPassage("T", "Zwei 🙂", origin=Origin()),
    ]


def test_an_export_that_is_not_complete_says_what_is_missing(tmp_path: Path) -> None:
    file = exported(tmp_path, passages=[{"file": "passages/000009.txt"}])
    with pytest.raises(UnreadableFile, match=r"000009\.txt” is missing"):
        read(file)


def test_an_export_that_names_a_file_twice_is_not_read(tmp_path: Path) -> None:
    twice = [{"file": f"passages/00000{number}.txt"} for number in (1, 2, 1)]
    opened = importing.read(exported(tmp_path, passages=twice), limit=1000)
    with pytest.raises(UnreadableFile, match=r"names “.*001\.txt” more than once"):
        next(iter(opened))


@pytest.mark.parametrize(
    "changes", [{"qaweb": {"export": 2}}, {"qaweb": 1}, {"passages": {}}]
)
def test_another_manifest_makes_it_an_archive_like_others(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    file = exported(tmp_path, **changes)
    assert len(inside(file)) == 3


BLANKS = " " * 2_000_000


@pytest.mark.parametrize(
    "manifest",
    [
        f'{{"qaweb":{{"export":1}},{BLANKS}"passages":[]}}',  # it shrinks like a bomb
        '{"passages":[],"qaweb":{"export":1}}',
    ],
)
def test_a_manifest_that_qaweb_cannot_have_written_is_never_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: str
) -> None:
    file = make_zip(tmp_path / "a.zip", {"manifest.json": manifest, "a.txt": "x"})
    monkeypatch.setattr(json, "loads", lambda _: pytest.fail("parsed"))
    assert [item.name for item in inside(file)] == ["a.txt", "manifest.json"]
