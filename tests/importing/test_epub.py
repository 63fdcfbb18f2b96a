"""Books, made for the purpose."""

from pathlib import Path
from unittest.mock import call, patch

import pytest

from answers.importing import UnreadableFile, epub, safe_xml
from answers.library import NewPassage
from tests.importing.making import CONTAINER, make_epub, make_zip, read

ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
    '<EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
)


def test_chapters_come_in_reading_order_under_their_headings(tmp_path: Path) -> None:
    chapters = {
        "b.xhtml": "<h1>One</h1><p>First&#160;text 🙂.</p><h2>Part</h2><p>More.</p>",
        "a.xhtml": "<h1>Two</h1><p>Second.</p>",
    }
    assert read(make_epub(tmp_path / "book.epub", chapters)) == [
        NewPassage("One", "First\u00a0text 🙂.", section="The Book › One"),
        NewPassage("Part", "More.", section="The Book › One › Part"),
        NewPassage("Two", "Second.", section="The Book › Two"),
    ]


def test_the_name_of_the_book_is_said_once(tmp_path: Path) -> None:
    chapters = {
        "a.xhtml": "<h1>The Book</h1><p>By Ann.</p><h2>Dawn</h2><p>Light.</p>",
        "b.xhtml": "<p>To Bo.</p><h1>Noon</h1><p>Heat.</p>",
    }
    assert read(make_epub(tmp_path / "book.epub", chapters)) == [
        NewPassage("The Book", "By Ann."),
        NewPassage("Dawn", "Light.", section="The Book › Dawn"),
        NewPassage("The Book", "To Bo."),
        NewPassage("Noon", "Heat.", section="The Book › Noon"),
    ]


def test_notes_boxes_and_signatures_are_text_of_the_book(tmp_path: Path) -> None:
    body = (
        "<section><header><h2>One</h2><p>An epigraph.</p></header><p>Dear Ann,</p>"
        "<footer>Yours, Bo</footer><nav>x</nav><aside hidden='hidden'>x</aside>"
        "<aside role='doc-footnote'><p>1. The note.</p></aside></section>"
    )
    assert read(make_epub(tmp_path / "book.epub", {"a.xhtml": body})) == [
        NewPassage(
            "One",
            "An epigraph.\n\nDear Ann,\n\nYours, Bo\n\n1. The note.",
            section="The Book › One",
        )
    ]


def test_the_contents_name_chapters_without_a_heading(tmp_path: Path) -> None:
    toc = (
        '<nav><ol><li><span>Book I</span><ol><li><a href="a.xhtml">Da\u00adwn</a></li>'
        '<li><a href="b.xhtml#x">Noon</a></li></ol></li></ol></nav>'
        '<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="page-list"><ol><li>'
        '<a href="c.xhtml#p">17</a></li></ol></nav>'
    )
    chapters = {
        "a.xhtml": "<p>Light.</p>",
        "b.xhtml": "<h3>At noon</h3><p>Heat.</p>",
        "c.xhtml": "<p>End.</p>",
    }
    assert read(make_epub(tmp_path / "book.epub", chapters, toc=toc)) == [
        NewPassage("Dawn", "Light.", section="The Book › Book I › Dawn"),
        NewPassage("At noon", "Heat.", section="The Book › Book I › At noon"),
        NewPassage("The Book", "End."),
    ]


def test_old_books_have_an_ncx(tmp_path: Path) -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
        "<text>Part</text></navLabel><content src='x.html'/><navPoint><navLabel><text>"
        "Dawn</text></navLabel><content src='../text/a%20b.html#p'/></navPoint>"
        "</navPoint></navMap></ncx>"
    )
    opf = (
        "<!DOCTYPE package><package><manifest>"
        "<item id='n' href='toc/t.ncx' media-type='application/x-dtbncx+xml'/>"
        "<item id='a' href='text/a%20b.html' media-type='text/html'/></manifest>"
        "<spine toc='n'><itemref idref='a'/><itemref idref='gone'/></spine></package>"
    )
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf,
        "OEBPS/toc/t.ncx": ncx,
        "OEBPS/text/a b.html": "<p>Größe</p>".encode("cp1252"),
    }
    found = read(make_zip(tmp_path / "old.epub", files))
    assert found == [NewPassage("Dawn", "Größe", section="Part › Dawn")]


def test_a_chapter_is_read_once_however_often_it_is_named(tmp_path: Path) -> None:
    chapter = "media-type='text/html' href"
    opf = (
        f"<package><manifest><item id='a' {chapter}='a.html'/>"
        f"<item id='b' {chapter}='b.html'/><item id='c' {chapter}='./a.html#x'/>"
        "</manifest><spine><itemref idref='b'/><itemref idref='a'/>"
        "<itemref idref='b'/><itemref idref='c'/></spine></package>"
    )
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf,
        "OEBPS/a.html": "<p>Tea.</p>",
        "OEBPS/b.html": "<p>Salt.</p>",
    }
    found = read(make_zip(tmp_path / "book.epub", files))
    assert [item.text for item in found] == ["Salt.", "Tea."]


def test_the_contents_are_read_once_however_often_they_are_named(
    tmp_path: Path,
) -> None:
    toc = "<item properties='nav' href='toc.html' media-type='text/html' id='{}'/>"
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": f"<package>{''.join(map(toc.format, range(9)))}</package>",
        "OEBPS/toc.html": "<nav/>",
    }
    file = make_zip(tmp_path / "book.epub", files)
    parsing = patch.object(epub, "parse", wraps=safe_xml.parse)
    with parsing as parse, pytest.raises(UnreadableFile, match="no text"):
        read(file)
    assert parse.mock_calls.count(call(b"<nav/>")) == 1


def test_a_book_that_is_locked_says_so(tmp_path: Path) -> None:
    method = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    file = make_epub(
        tmp_path / "a.epub", {"a.xhtml": "<p>x"}, encryption=ENCRYPTION.format(method)
    )
    with pytest.raises(UnreadableFile, match="DRM"):
        read(file)


def test_no_part_of_a_book_is_read_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epub, "MOST_PART", 1000)
    names = "<EncryptionMethod/>" * 100
    file = make_epub(tmp_path / "a.epub", {"a.xhtml": "<p>x"}, encryption=names)
    with pytest.raises(UnreadableFile, match="too large to be read"):
        read(file)


def test_a_chapter_that_is_missing_is_named(tmp_path: Path) -> None:
    file = make_epub(tmp_path / "a.epub", {"a%20b.xhtml": "<p>x"})
    with pytest.raises(UnreadableFile, match=r"“OEBPS/a b\.xhtml” is missing"):
        read(file)


def test_scrambled_fonts_lock_nothing(tmp_path: Path) -> None:
    method = "http://www.idpf.org/2008/embedding"
    file = make_epub(
        tmp_path / "a.epub", {"a.xhtml": "<p>x"}, encryption=ENCRYPTION.format(method)
    )
    assert read(file) == [NewPassage("The Book", "x")]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("META-INF/container.xml", "<container/>", "missing"),
        ("META-INF/container.xml", "<container", "damaged"),
        ("OEBPS/book.opf", "<package/>", "no text"),
        (
            "OEBPS/book.opf",
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><package>&b;</package>',
            "XML entities",
        ),
    ],
)
def test_a_damaged_book_says_so(
    tmp_path: Path, name: str, data: str, what: str
) -> None:
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": "<package/>",
    }
    with pytest.raises(UnreadableFile, match=what):
        read(make_zip(tmp_path / "a.epub", {**files, name: data}))


def test_files_of_the_machine_are_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="missing"):
        read(_pointing_at(tmp_path, str(secret)))


def _pointing_at(folder: Path, target: str) -> Path:
    container = CONTAINER.replace("OEBPS/book.opf", target)
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
    }
    return make_zip(folder / "a.epub", files)
