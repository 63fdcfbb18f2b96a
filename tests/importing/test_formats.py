"""The registry: which files are read, what they are called, what is refused."""

from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import assume, example, given
from hypothesis import strategies as st

from answers import importing, squad
from answers.importing import ACCEPT, FORMATS, UnreadableFile
from answers.importing.sniffing import kind_of
from answers.library import NewPassage
from tests.importing.making import make_epub, make_pdf, make_zip, read

DEMO = settings.BASE_DIR / "answers" / "demo"


def test_the_file_picker_offers_every_format() -> None:
    assert ACCEPT == (
        ".csv,.docx,.epub,.htm,.html,.json,.jsonl,.markdown,.md,.pdf,.tsv,.txt,"
        ".xhtml,.zip"
    )


def test_a_suffix_in_capitals_is_the_same_format(tmp_path: Path) -> None:
    file = tmp_path / "A.TXT"
    file.write_text("x", encoding="utf-8")
    assert read(file) == [NewPassage("A", "x")]


def test_an_upload_is_called_what_the_person_calls_it(tmp_path: Path) -> None:
    file = tmp_path / "upload-17"
    file.write_text("# Tea\n\nHot.", encoding="utf-8")
    assert read(file, name="On tea.md") == [NewPassage("Tea", "Hot.")]
    assert read(file, name="On tea.txt") == [NewPassage("On tea", "# Tea\n\nHot.")]


def test_no_passage_is_longer_than_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "long.md"
    file.write_text("# Tea\n\none two three four", encoding="utf-8")
    found = read(file, limit=10)
    assert [(item.title, item.text) for item in found] == [
        ("Tea", "one two"),
        ("Tea (2)", "three four"),
    ]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_says_what_is_wrong_with_other_bytes(
    tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match=r"\.$"):
        read(file)


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_says_that_a_file_is_empty(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_bytes(b"")
    with pytest.raises(UnreadableFile, match="empty"):
        read(file)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("blank.txt", " \n\n \t\n"),
        ("title.md", "# Only a title\n"),
        ("page.html", "<title>Only a title</title><script>x</script>"),
        ("rows.csv", "text,title\n,Tea\n"),
        ("lines.jsonl", "\n\n"),
        ("articles.json", '{"data": []}'),
    ],
)
def test_a_file_without_text_says_so(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="no text"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.xlsx", "a.exe", "noname"])
def test_other_suffixes_are_refused_with_those_that_are_read(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"cannot be imported; \.csv, \.docx"):
        read(tmp_path / name)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "big.html"
    with file.open("wb") as stream:
        stream.truncate(FORMATS[".html"].largest + (1 << 20))
    with pytest.raises(
        UnreadableFile, match=r"33 MB; a \.html file may have at most 32"
    ):
        read(file)


def test_a_pdf_called_text_says_what_to_rename(tmp_path: Path) -> None:
    file = make_pdf(tmp_path / "letter.txt", [["Hello."]])
    with pytest.raises(UnreadableFile, match=r"is a PDF file. Please rename .* \.pdf"):
        read(file)


def test_a_book_called_zip_is_known(tmp_path: Path) -> None:
    file = make_epub(tmp_path / "book.zip", {"a.xhtml": "<p>x</p>"})
    with pytest.raises(UnreadableFile, match="EPUB"):
        importing.members(file)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"{\\rtf1 x}", "RTF"),
        (b"\x7fELF\x02", "program"),
        (b"Rar!\x1a", "packed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "old Office"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16le"),
            "password",
        ),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".docx", ".md"])
def test_the_bytes_say_what_a_file_is(
    tmp_path: Path, suffix: str, data: bytes, what: str
) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_bytes(data)
    with pytest.raises(UnreadableFile, match=what):
        read(file)


READABLE = [
    (b"GIF8", "picture"),
    (b"RIFF\x24\x10  WEBP", "picture"),
    (b"BZh", "packed"),
    (b"Rar!", "packed"),
    (b"ID3", "media"),
    (b"OggS", "media"),
    (b"RIFF", "media"),
    (b"1234ftyp", "media"),
]


@given(
    st.sampled_from(READABLE),
    st.binary(max_size=1000),
    st.sampled_from(b"\0\x01\x08\x0b\x0e\x1b\x1f"),
)
@example((b"GIF8", "picture"), b"ftyp", 0)
@example((b"BZh", "packed"), b"9ftyp", 0)
def test_a_readable_mark_before_control_bytes_is_one(
    tmp_path_factory: pytest.TempPathFactory,
    mark: tuple[bytes, str],
    more: bytes,
    control: int,
) -> None:
    assume(mark[0] != b"RIFF" or more[4:8] != b"WEBP")  # that is another mark
    file = tmp_path_factory.mktemp("sniffed") / "file"
    file.write_bytes(mark[0] + more + bytes([control]))
    assert kind_of(file) == mark[1]


@given(
    st.sampled_from(["GIF8", "RIFF", "BZh", "Rar!", "ID3", "OggS", "The ftyp"]),
    st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\t\r\n\f")),
)
def test_a_text_may_begin_with_a_readable_mark(
    tmp_path_factory: pytest.TempPathFactory, mark: str, more: str
) -> None:
    file = tmp_path_factory.mktemp("sniffed") / "file"
    file.write_text(mark + more, encoding="utf-8", newline="")
    assert kind_of(file) == "text"


def test_a_text_on_a_format_is_read(tmp_path: Path) -> None:
    file = tmp_path / "sound.txt"
    file.write_text("ID3 is a metadata container for MP3.", encoding="utf-8")
    assert read(file) == [NewPassage("sound", "ID3 is a metadata container for MP3.")]


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".epub", ".zip"])
def test_text_under_another_name_is_told_from_it(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_text("Just words.", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="is a text file"):
        read(file)


def test_a_spreadsheet_called_word_says_what_to_save(tmp_path: Path) -> None:
    files = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
    with pytest.raises(UnreadableFile, match="spreadsheet; save its sheets as CSV"):
        read(make_zip(tmp_path / "a.docx", files))


def test_a_plain_zip_called_word_is_told_from_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="a ZIP file"):
        read(make_zip(tmp_path / "a.docx", {"x.txt": "x"}))


def test_a_page_called_text_is_text(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text("<p>Hi</p>", encoding="utf-8")
    assert read(file) == [NewPassage("page", "<p>Hi</p>")]


def test_the_demo_passages_are_one_of_each_file_named_by_its_heading() -> None:
    files = sorted((DEMO / "passages").glob("*.md"))
    found = [read(file, limit=settings.PASSAGE_CHARACTERS) for file in files]
    written = [file.read_text(encoding="utf-8").partition("\n") for file in files]
    assert len(files) == 62
    assert found == [
        [NewPassage(heading.removeprefix("# "), rest.strip())]
        for heading, _end, rest in written
    ]


def test_the_demo_passages_are_the_contexts_of_its_questions() -> None:
    """Else an answer of the demo library could not be compared with its gold."""
    texts = {
        passage.text
        for file in sorted((DEMO / "passages").glob("*.md"))
        for passage in importing.read(file, limit=settings.PASSAGE_CHARACTERS)
    }
    articles = squad.load(DEMO / "questions.json")
    contexts = {item.text for article in articles for item in article.paragraphs}
    assert contexts <= texts
