"""Files -> passages: one module per format, and this registry of them.

A format is a module with a function `read(file: Incoming) -> Iterator[NewPassage]` that
raises UnreadableFile with a sentence for people (or OSError). To add one, write its
module and name it in FORMATS.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils.translation import gettext as _

from answers.importing import archive, sniffing
from answers.importing.archive import Member
from answers.importing.decoding import decode
from answers.importing.incoming import Format, Incoming, UnreadableFile
from answers.importing.parts import in_parts
from answers.library import NewPassage
from answers.texts import LONE_SURROGATE

__all__ = [
    "ACCEPT",
    "FORMATS",
    "Member",
    "Opened",
    "UnreadableFile",
    "decode",
    "members",
    "read",
]

MB = 1 << 20
FORMATS: dict[str, Format] = {
    ".csv": Format("csv_rows", "text", 1024 * MB),
    ".docx": Format("docx", "docx", 256 * MB),
    ".epub": Format("epub", "epub", 512 * MB),
    ".htm": Format("html", "text", 32 * MB),
    ".html": Format("html", "text", 32 * MB),
    ".json": Format("squad_json", "text", 128 * MB),
    ".jsonl": Format("json_lines", "text", 1024 * MB),
    ".markdown": Format("markdown", "text", 1024 * MB),
    ".md": Format("markdown", "text", 1024 * MB),
    ".pdf": Format("pdf", "pdf", 1024 * MB),
    ".tsv": Format("csv_rows", "text", 1024 * MB),
    ".txt": Format("plain", "text", 1024 * MB),
    ".xhtml": Format("html", "text", 32 * MB),
    ".zip": Format("archive", "zip", 1024 * MB),
}
ACCEPT = ",".join(sorted(FORMATS))  # what a file picker offers


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read; iterating it gives its passages, once, in order.

    `notes` are sentences for the person who imports it, as that its encoding was
    guessed. They are complete when the last passage has been read.
    """

    passages: Iterator[NewPassage]
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[NewPassage]:
        return self.passages


def read(path: Path, *, limit: int, name: str = "") -> Opened:
    """Open the file, whose passages will have at most `limit` code points.

    `name` is what the person calls it, if `path` is called otherwise: its suffix says
    the format. Raises UnreadableFile with a sentence, OSError; so does iterating.
    """
    file = Incoming(path, name or path.name)
    wanted = FORMATS.get(file.suffix)
    if wanted is None:
        raise UnreadableFile(archive.unknown(file.suffix, frozenset(FORMATS)))
    size = path.stat().st_size
    if not size:
        raise UnreadableFile(_("The file is empty."))
    if sentence := archive.too_large(size, file.suffix, wanted.largest):
        raise UnreadableFile(sentence)
    sniffing.check(file, wanted, FORMATS)
    return Opened(_read(file, wanted, limit), file.notes)


def members(path: Path, *, name: str = "") -> list[Member] | None:
    """Return the files of a ZIP file, each to be extracted and read by itself.

    None for whatever is to be read as one: other formats, and what qaweb exported.
    Raises UnreadableFile with a sentence, OSError.
    """
    file = Incoming(path, name or path.name)
    if file.suffix != ".zip":
        return None
    sniffing.check(file, FORMATS[".zip"], FORMATS)
    if archive.is_exported(path):
        return None
    largest = {suffix: kind.largest for suffix, kind in FORMATS.items()}
    return archive.members(path, known=frozenset(FORMATS), largest=largest)


def _read(file: Incoming, wanted: Format, limit: int) -> Iterator[NewPassage]:
    some = False
    for passage in wanted.read(file):
        for part in in_parts(passage, limit=limit):
            if part.text.strip():
                some = True
                yield _checked(part)
    if not some:
        raise UnreadableFile(_("There is no text in this file."))


def _checked(passage: NewPassage) -> NewPassage:
    """Return the passage, its text untouched. Raises UnreadableFile for damage."""
    if "\0" in passage.text or LONE_SURROGATE.search(passage.text):
        raise UnreadableFile(
            _(
                "The text of “%(title)s” is damaged: it holds NUL or half of a "
                "surrogate pair. Please repair it and import it again."
            )
            % {"title": _mended(passage.title)}
        )
    return replace(
        passage,
        title=_mended(passage.title),
        section=_mended(passage.section),
        tags=tuple(_mended(tag) for tag in passage.tags),
    )


def _mended(name: str) -> str:
    return str(LONE_SURROGATE.sub("\ufffd", name)).replace("\0", "")
