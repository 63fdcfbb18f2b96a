"""What a file is by its bytes, whatever its name says."""

import re
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers.importing.incoming import Format, Incoming, UnreadableFile

HEAD = 1 << 16  # bytes
# kind -> what people call it, and the suffix that says so ("": it cannot be imported).
KINDS = {
    "text": (gettext_lazy("a text file"), ""),
    "pdf": (gettext_lazy("a PDF file"), ".pdf"),
    "zip": (gettext_lazy("a ZIP file"), ".zip"),
    "docx": (gettext_lazy("a Word document"), ".docx"),
    "epub": (gettext_lazy("an EPUB book"), ".epub"),
    "table": (gettext_lazy("a spreadsheet; save its sheets as CSV"), ""),
    "slides": (gettext_lazy("a presentation; save it as PDF"), ""),
    "opendocument": (gettext_lazy("an OpenDocument file; save it as .docx or PDF"), ""),
    "locked": (
        gettext_lazy("an Office file protected by a password; save it without one"),
        "",
    ),
    "office": (
        gettext_lazy("a file of an old Office version; save it as .docx or PDF"),
        "",
    ),
    "rtf": (gettext_lazy("an RTF file; save it as .docx or PDF"), ""),
    "picture": (
        gettext_lazy("a picture; make a PDF of it with text recognition (OCR)"),
        "",
    ),
    "packed": (gettext_lazy("a packed file; pack it as .zip instead"), ""),
    "program": (gettext_lazy("a program"), ""),
    "database": (gettext_lazy("a database"), ""),
    "media": (gettext_lazy("sound or video"), ""),
}
DAMAGED = "damaged"  # a ZIP file, and so perhaps a document, that cannot be opened
MAGIC = (
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"\x1f\x8b", "packed"),
    (b"7z\xbc\xaf\x27\x1c", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"\x7fELF", "program"),
    (b"SQLite format 3\0", "database"),
)
READABLE = (  # text may begin so, too
    (b"GIF8", "picture"),
    (b"BZh", "packed"),
    (b"Rar!", "packed"),
    (b"ID3", "media"),
    (b"OggS", "media"),
)
UNPRINTED = re.compile(rb"[\0-\x08\x0b\x0e-\x1f]")
INSIDE = (  # a name, or its start, in a ZIP file
    ("word/", "docx"),
    ("META-INF/container.xml", "epub"),
    ("xl/", "table"),
    ("ppt/", "slides"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "EncryptedPackage".encode("utf-16-le")


def check(file: Incoming, wanted: Format, formats: Collection[str]) -> None:
    """Raise UnreadableFile if the file is of another kind than its name says."""
    kind = kind_of(file.path)
    if kind == wanted.sniffed:
        return
    if kind == DAMAGED:
        raise UnreadableFile(_("It is damaged. Please get it again from its source."))
    what, suffix = KINDS[kind]
    if suffix in formats:
        raise UnreadableFile(
            _(
                "Its name ends in %(suffix)s, but it is %(what)s. Please rename it to "
                "end in %(right)s and import it again."
            )
            % {"suffix": file.suffix, "what": what, "right": suffix}
        )
    raise UnreadableFile(
        _("Its name ends in %(suffix)s, but it is %(what)s.")
        % {"suffix": file.suffix, "what": what}
    )


def kind_of(path: Path) -> str:
    """Return a key of KINDS or DAMAGED; "text" for what has no mark of its own."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"PK\3\4") or head.startswith(b"PK\5\6"):
        return _zipped(path)
    if b"%PDF-" in head[:1024] and not head[:1024].split(b"%PDF-")[0].strip(
        b"\0\xef\xbb\xbf \r\n\t"
    ):
        return "pdf"
    if head.startswith(OLE):
        return "locked" if LOCKED in head else "office"
    if UNPRINTED.search(head, 0, 1024) and (kind := _by_readable(head)):
        return kind
    return _by(MAGIC, head) or "text"


def _by_readable(head: bytes) -> str:
    """Return the kind by marks that an ordinary text may have where they stand."""
    if head.startswith(b"RIFF"):
        return "picture" if head[8:12] == b"WEBP" else "media"
    # The first bytes before those after them, which may be anything then.
    return _by(READABLE, head) or ("media" if head[4:8] == b"ftyp" else "")


def _by(marks: Iterable[tuple[bytes, str]], head: bytes) -> str:
    return next((kind for mark, kind in marks if head.startswith(mark)), "")


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
            mimetype = b""
            if "mimetype" in names:
                with file.open("mimetype") as member:
                    mimetype = member.read(100).strip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return DAMAGED
    if mimetype == b"application/epub+zip":
        return "epub"
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        return "opendocument"
    if "[Content_Types].xml" not in names and "META-INF/container.xml" not in names:
        return "zip"
    for start, kind in INSIDE:
        if any(name.startswith(start) for name in names):
            return kind
    return "zip"
