"""Real files, made on the spot."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from answers import importing
from answers.library import NewPassage

LIMIT = 100_000


def read(path: Path, *, limit: int = LIMIT, name: str = "") -> list[NewPassage]:
    return list(importing.read(path, limit=limit, name=name))


def words(count: int, word: str = "word") -> str:
    """Return a sentence of so many words."""
    return " ".join([word.capitalize(), *[word] * (count - 1)]) + "."


def make_pdf(
    path: Path,
    pages: Sequence[Sequence[str]],
    *,
    bookmarks: Mapping[str, int] | None = None,
    password: str | None = None,
) -> Path:
    """Write a PDF of lines. "# Line" is in large letters, "" leaves a wide gap.

    A line that is a key of `bookmarks` gets a bookmark of that level (from 0).
    """
    canvas = Canvas(str(path), pagesize=A4, encrypt=password)
    for lines in pages:
        top = 780
        for line in lines:
            size = 20 if line.startswith("# ") else 11
            bare = line.removeprefix("# ")
            canvas.setFont("Helvetica", size)
            if bare:
                canvas.drawString(60, top, bare)
            if bare in (bookmarks or {}):
                canvas.bookmarkPage(bare)
                canvas.addOutlineEntry(bare, bare, (bookmarks or {})[bare])
            top -= size + 4
        canvas.showPage()
    canvas.save()
    return path


def make_zip(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


CONTAINER = """<?xml version="1.0"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="OEBPS/book.opf"
 media-type="application/oebps-package+xml"/></rootfiles></container>"""


def make_epub(path: Path, chapters: Mapping[str, str], **more: str | bytes) -> Path:
    """Write a book whose chapters (name -> body) stand in that order.

    `more` are other files: `toc` the body of the contents, `encryption` as it is.
    """
    items = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>The Book</dc:title></metadata>"
        '<manifest><item id="toc" properties="nav" href="nav.xhtml"'
        f' media-type="application/xhtml+xml"/>{items}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    files: dict[str, Any] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf,
        "OEBPS/nav.xhtml": xhtml(str(more.get("toc", ""))),
    }
    if "encryption" in more:
        files["META-INF/encryption.xml"] = more["encryption"]
    for name, body in chapters.items():
        files[f"OEBPS/{name}"] = xhtml(body)
    return make_zip(path, files)


def xhtml(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/'
        f'xhtml"><head><title/></head><body>{body}</body></html>'
    )
