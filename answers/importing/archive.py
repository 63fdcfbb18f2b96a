"""ZIP files: many files in one, each imported for itself; or an export of qaweb.

Nothing is ever written where a name inside the archive says.
"""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.squad_json import is_export, restored
from answers.library import NewPassage

MANIFEST = "manifest.json"
# Bytes of the table of contents: an export of 300,000 passages has that much.
MOST_DIRECTORY = 32 << 20
MOST_FILES = 10_000  # in an archive that is no export
MOST_BYTES = 2 << 30  # of all members together, unpacked
MOST_MANIFEST = 128 << 20
# So every version of qaweb has begun its manifest. Of others nothing more is read: what
# they unpack to may fill the memory.
BEGINNING = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"qaweb"\s*:')
# Text is packed to about a fifth; what shrinks to a two-hundredth is no text.
RATIO = 200
SMALL = 1 << 20  # bytes; below it the ratio says nothing
CHUNK = 1 << 16
IGNORED = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
UNPACKED = frozenset(
    {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
)
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    UnicodeDecodeError,
    ValueError,
    KeyError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    archive: Path
    entry: zipfile.ZipInfo  # not its name: two files may have the same
    name: str  # the same for people, with its folders
    size: int  # bytes, unpacked
    problem: str = ""  # why it cannot be imported, if that is known before

    def extract(self, to: Path, *, using: zipfile.ZipFile | None = None) -> None:
        """Write its bytes to the file `to`. Raises UnreadableFile, OSError.

        `using` is the archive where it is open already: opening one of 10,000 files
        takes longer than unpacking one of them.
        """
        if self.problem:
            raise UnreadableFile(self.problem)
        if using is None:
            with opened(self.archive) as file:
                self.extract(to, using=file)
            return
        with _damage(), using.open(self.entry) as source:
            written = 0
            with to.open("wb") as target:
                while chunk := source.read(CHUNK):
                    written += len(chunk)
                    if written > self.size:
                        raise UnreadableFile(bomb())
                    target.write(chunk)


def read(file: Incoming) -> Iterator[NewPassage]:
    """Yield the passages of an export of qaweb, as they were."""
    with opened(file.path) as archive:
        manifest = _manifest(archive)
        if manifest is None:
            raise UnreadableFile(_("There is nothing in this ZIP file to import."))
        _refuse_repeated(manifest["passages"])
        for item in manifest["passages"]:
            yield _passage(archive, item, manifest)


def is_exported(path: Path) -> bool:
    """Whether qaweb exported this archive. Raises UnreadableFile if it is damaged."""
    with opened(path) as archive:
        return _manifest(archive) is not None


def members(
    path: Path, *, known: frozenset[str], largest: dict[str, int]
) -> list[Member]:
    """Return the files in the archive, by name, but for what systems leave there.

    Raises UnreadableFile for an archive that is damaged or too large as a whole.
    """
    with opened(path) as archive:
        infos = [info for info in archive.infolist() if not _is_ignored(info)]
        if len(infos) > MOST_FILES:
            raise UnreadableFile(
                _("It holds %(count)d files; %(most)d are allowed. Please split it.")
                % {"count": len(infos), "most": MOST_FILES}
            )
        if sum(info.file_size for info in infos) > MOST_BYTES:
            raise UnreadableFile(bomb())
        found = [
            Member(
                archive=path,
                entry=info,
                name=name_of(info),
                size=info.file_size,
                problem=_problem(info, known, largest),
            )
            for info in infos
        ]
    return sorted(found, key=lambda member: member.name)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archive. Raises UnreadableFile for damage, also while it is read."""
    with _damage():
        if _directory_size(path) > MOST_DIRECTORY:
            raise UnreadableFile(_("It holds too many files. Please split it."))
        with zipfile.ZipFile(path) as archive:
            yield archive


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except UnreadableFile:
        raise
    except DAMAGE as error:
        raise UnreadableFile(
            _("The ZIP file is damaged. Please make it again.")
        ) from error


def refuse_bomb(archive: zipfile.ZipFile, *, most: int) -> None:
    """Raise UnreadableFile for a document that unpacks to more than `most` bytes."""
    infos = archive.infolist()
    packed = sum(info.compress_size for info in infos)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > most or (unpacked > 16 * SMALL and unpacked > RATIO * max(packed, 1)):
        raise UnreadableFile(bomb())


def bomb() -> str:
    return _(
        "Unpacked, it would be far larger than it looks, so it was not read. Please "
        "unpack it yourself and import what you need."
    )


def name_of(info: zipfile.ZipInfo) -> str:
    """Return the name for people, without drives, roots and `..`."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not marked as UTF-8, and yet it often is
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    name = name.replace("\\", "/").replace("\0", "")
    parts = [part for part in PurePosixPath(name).parts if part not in {"/", ".", ".."}]
    return "/".join(part for part in parts if not part.endswith(":"))


def _is_ignored(info: zipfile.ZipInfo) -> bool:
    parts = name_of(info).lower().split("/")
    hidden = any(part.startswith(".") or part in IGNORED for part in parts)
    # Some programs of Windows write its own slashes.
    return info.is_dir() or info.filename.endswith("\\") or hidden


def _problem(
    info: zipfile.ZipInfo, known: frozenset[str], largest: dict[str, int]
) -> str:
    suffix = PurePosixPath(name_of(info)).suffix.lower()
    if info.flag_bits & 0x1:
        return _("It is protected by a password. Please pack it without one.")
    if info.compress_type not in UNPACKED:
        return _(
            "It is packed in a way that cannot be unpacked here. Please pack it as an "
            "ordinary ZIP file."
        )
    if suffix == ".zip":
        return _(
            "It is a ZIP file inside of a ZIP file. Please unpack the outer one, and "
            "import this one by itself."
        )
    if suffix not in known:
        return unknown(suffix, known)
    if _shrinks_too_much(info):
        return bomb()
    return too_large(info.file_size, suffix, largest[suffix])


def _shrinks_too_much(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(SMALL, RATIO * info.compress_size)


def unknown(suffix: str, known: frozenset[str]) -> str:
    """Return the sentence for a name that says nothing about a known format."""
    names = ", ".join(sorted(known))
    if not suffix:
        return _("Files without a suffix cannot be imported; %(known)s can.") % {
            "known": names
        }
    return _("%(suffix)s files cannot be imported; %(known)s can.") % {
        "suffix": suffix,
        "known": names,
    }


def too_large(size: int, suffix: str, most: int) -> str:
    """Return the sentence for a file of too many bytes, "" for others."""
    if size <= most:
        return ""
    return _(
        "It has %(size)d MB; a %(suffix)s file may have at most %(most)d MB. Please "
        "split it."
    ) % {"size": size >> 20, "suffix": suffix, "most": most >> 20}


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any] | None:
    """Return the manifest of an export, None if the archive is none."""
    if MANIFEST not in archive.namelist():
        return None
    info = archive.getinfo(MANIFEST)
    is_bomb = info.file_size > MOST_MANIFEST or _shrinks_too_much(info)
    if info.flag_bits & 0x1 or is_bomb:
        return None
    with archive.open(info) as file:
        text = file.read(CHUNK)
        if not BEGINNING.match(text):
            return None
        text += file.read()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not is_export(data) or not isinstance(data.get("passages"), list):
        return None
    return dict(data)


def _refuse_repeated(items: list[Any]) -> None:
    """Raise UnreadableFile if two passages have one file, as they never have.

    A small archive could name one long text half a million times.
    """
    known = set[str]()
    for name in filter(None, map(_file_of, items)):
        if name in known:
            raise UnreadableFile(
                _(
                    "The export is damaged: it names “%(name)s” more than once. Please "
                    "export again."
                )
                % {"name": name}
            )
        known.add(name)


def _file_of(item: Any) -> str:
    return str(item.get("file")) if isinstance(item, dict) else ""


def _passage(
    archive: zipfile.ZipFile, item: Any, manifest: dict[str, Any]
) -> NewPassage:
    name = _file_of(item)
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise UnreadableFile(
            _("The export is not complete: “%(name)s” is missing. Please export again.")
            % {"name": name}
        ) from error
    if info.file_size > SMALL * 16:
        raise UnreadableFile(bomb())
    text = archive.read(info).decode()
    return restored(item, manifest, title=item.get("title"), text=text)


def _directory_size(path: Path) -> int:
    """Return the bytes of the table of contents, before any of it is read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557 - 20))
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0:
            return 0  # no archive: zipfile will say so
        length = int(struct.unpack_from("<L", tail, at + 12)[0])
        if at < 20 or tail[at - 20 : at - 16] != b"PK\6\7":
            return length
        file.seek(struct.unpack_from("<Q", tail, at - 12)[0] + 40)
        return max(length if length < 0xFFFFFFFF else 0, _number(file.read(8)))


def _number(data: bytes) -> int:
    return int(struct.unpack("<Q", data)[0])
