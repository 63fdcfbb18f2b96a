"""Bytes -> text, for every format that is text: which encoding is it?

A byte order mark says it. Bytes that are valid UTF-8 are UTF-8: other text hardly ever
is, by chance. Everything else is a guess, and whoever imports the file is told of it,
because a passage never changes once it is saved.
"""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import regex
from django.utils.translation import gettext as _

from answers.importing.incoming import Incoming, UnreadableFile

CHUNK = 1 << 16  # bytes
# UTF-32 first: its mark starts with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The letters of western languages beyond ASCII. Text in Windows-1252 has those of one
# language; text in another encoding, read as Windows-1252, soon has letters of several.
# charset-normalizer takes "crème brûlée" for Hungarian.
WESTERN = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüß",
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúüºª",
        "ãáâàçéêíóôõúüºª",
        "àèéìíîòóùú",
        "æøåéóòâôäöü",
        "áðéíóúýþæö",
        "éëïóöüèê",
    )
)
# Those of texts in one language with names and words of others: "Größe", "Café René",
# "à la carte". Czech, Hungarian or Turkish, read as Windows-1252, soon has others.
MIXED = tuple(
    frozenset(letters + letters.upper())
    for letters in ("äöüßàâçéèêëîïôûùœå", "äöüßàçéèïñåáíóú")
)
# A list of customers has one from Denmark. Hungarian has three times as many.
MOST_OTHERS = 0.03
# What Mac OS Roman has besides letters and points: other text, read so, soon has more.
MAC_SIGNS = regex.compile(r"[^\x00-\x7f\p{L}\p{P}\s€•®©™°£§´¨]")
# Signs that count as letters: micrometres, the diameter of a pipe.
SIGN = regex.compile(r"(?<!\p{L})(?:µ(?!\p{L}{3})|Ø(?!\p{L}))")
# Words have some letters of ASCII, and capitals at their beginnings.
NO_WORD = regex.compile(
    r"[\p{L}--[\x00-\x7f]]{3}|\p{Ll}[\p{Lu}--[\x00-\x7f]]", regex.V1
)
# Marks stand between words, never inside of one: there they are letters of another
# encoding. Not so apostrophes and dashes, and what is often set without a blank.
MARK_IN_WORD = regex.compile(r"(?<=\p{L})[^\p{L}\p{M}\x00-\x7f’‘´–—·…•×²\xad](?=\p{L})")
# For each letter beyond ASCII: a blank is forgotten now and then. Polish, read as
# Windows-1252, has ten times as many.
MOST_MARKS = 0.02
CONTROL = regex.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file spells its letters, by Python's name for it."""

    name: str
    guessed: bool = False


def decode(data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark. Raises UnreadableFile.

    Nothing else is tried: where this is called, nobody could be told of a guess.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(_("This is UTF-16. Please save it as UTF-8."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            _(
                "This is not UTF-8: byte 0x%(byte)02x at position %(position)d. "
                "Please save it as UTF-8."
            )
            % {"byte": data[error.start], "position": error.start}
        ) from error


def read_text(file: Incoming, *, declared: str = "") -> str:
    """Return the text of the whole file. Raises UnreadableFile, OSError."""
    with open_text(file, declared=declared) as stream:
        return stream.read()


@contextmanager
def open_text(
    file: Incoming, *, declared: str = "", newline: str | None = None
) -> Iterator[TextIO]:
    """Open the file as text, in the encoding that it declares or that is found.

    A guess is noted in the file's notes. Raises UnreadableFile, OSError.
    """
    encoding = encoding_of(file.path, declared=declared)
    if encoding.guessed:
        file.notes.append(
            _(
                "It does not say its encoding; it was read as %(encoding)s. If letters "
                "look wrong, save the file as UTF-8 and import it again."
            )
            % {"encoding": people_say(encoding.name)}
        )
    with file.path.open(encoding=encoding.name, newline=newline) as stream:
        yield stream


def people_say(encoding: str) -> str:
    """Return the name that editors show: "Windows-1252" for cp1252."""
    if encoding.startswith("cp125"):
        return f"Windows-{encoding[2:]}"
    if encoding == "mac_roman":
        return "Mac OS Roman"
    return encoding.replace("_", "-").upper()


def encoding_of(path: Path, *, declared: str = "") -> Encoding:
    """Find out how the file is encoded, and that all of it can be decoded so.

    Raises UnreadableFile for what is no text, OSError.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, name in MARKS:
        if head.startswith(mark):
            return _checked(path, Encoding(name))
    if wide := _wide(head):
        return _checked(path, Encoding(wide, guessed=True))
    if b"\0" in head:
        raise no_text()
    wrong = _first_error(path, "utf-8")
    known = lookup(declared)
    may_be_other = wrong is not None or b"\x1b" in head  # ISO-2022 is ASCII, too
    if known and may_be_other and _first_error(path, known) is None:
        return _checked(path, Encoding(known))
    if wrong is None:
        return _checked(path, Encoding("utf-8"))
    return _checked(path, Encoding(_guess(path, wrong), guessed=True))


def no_text() -> UnreadableFile:
    return UnreadableFile(
        _("This is not text. Please export it as text, or as a PDF, and import that.")
    )


def _wide(head: bytes) -> str:
    """Return which UTF-16 without a mark this is: every other byte of it is NUL."""
    low, high = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(low, high) > len(head) // 5 and min(low, high) == 0:
        return "utf-16-le" if high else "utf-16-be"
    return ""


def lookup(declared: str) -> str:
    """Return Python's name of a declared encoding of text, "" if there is none."""
    name = declared.strip().lower()
    # What the web calls Latin-1 is Windows-1252, to every browser.
    if name in {"iso-8859-1", "latin1", "us-ascii", "ascii"}:
        name = "cp1252"
    try:
        info = codecs.lookup(name) if name else None
        "".encode(name or "ascii")  # refuses what is no encoding of text, as "hex"
    except (LookupError, ValueError):
        return ""
    unsafe = info is None or info.name in {"utf-7", "idna", "punycode"}
    escapes = info is not None and "escape" in info.name
    return "" if unsafe or escapes or info is None else info.name


def _checked(path: Path, encoding: Encoding) -> Encoding:
    """Return the encoding if all of the file can be decoded so, without NUL."""
    wrong = _first_error(path, encoding.name)
    if wrong is not None:
        raise UnreadableFile(
            _(
                "This is damaged %(encoding)s, from byte %(position)d on. Please save "
                "it as UTF-8 and import it again."
            )
            % {"encoding": people_say(encoding.name), "position": wrong}
        )
    with path.open(encoding=encoding.name, newline="") as stream:
        while chunk := stream.read(CHUNK):
            if "\0" in chunk:
                raise UnreadableFile(
                    _("It holds NUL characters, as no text does. Please remove them.")
                )
    return encoding


def _first_error(path: Path, encoding: str) -> int | None:
    """Return about where the file cannot be decoded, None if all of it can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        at = 0
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeError as error:
                return at + int(getattr(error, "start", 0))
            at += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return at
    return None


def _guess(path: Path, wrong: int) -> str:
    """Return the likeliest encoding, from what stands around byte `wrong`."""
    with path.open("rb") as file:
        file.seek(max(0, wrong - CHUNK))
        sample = file.read(2 * CHUNK)
    _refuse_damaged_utf8(sample, wrong)
    if is_western(sample) and _first_error(path, "cp1252") is None:
        return "cp1252"
    if is_from_a_mac(sample):
        return "mac_roman"
    from charset_normalizer import from_bytes  # slow to load, and seldom needed

    best = from_bytes(sample).best()
    if best is None or len(CONTROL.findall(str(best))) > len(sample) // 200:
        raise no_text()
    names = [best.encoding, *best.could_be_from_charset, "cp1252"]
    if "cp1252" in best.could_be_from_charset:
        names.insert(0, "cp1252")
    for name in names:
        if _first_error(path, name) is None:
            return name
    raise UnreadableFile(
        _("Its encoding could not be found out. Please save it as UTF-8.")
    )


def _refuse_damaged_utf8(sample: bytes, wrong: int) -> None:
    """Raise for UTF-8 with a few wrong bytes: a guess would spoil all its letters."""
    beyond = [c for c in sample.decode("utf-8", errors="replace") if c > "\x7f"]
    damaged = beyond.count("\ufffd")
    if len(beyond) - damaged > 2 * damaged:
        raise UnreadableFile(
            _(
                "This is UTF-8, but damaged at byte %(position)d. Please repair it, "
                "or save it as UTF-8 again."
            )
            % {"position": wrong}
        )


def is_western(sample: bytes) -> bool:
    """Whether this is likely to be Windows-1252: its letters are of one language."""
    try:
        text = SIGN.sub("", sample.decode("cp1252"))
    except UnicodeDecodeError:
        return False
    letters = [c for c in text if c > "\x7f" and c.isalpha()]
    marks = len(MARK_IN_WORD.findall(text))
    if marks > len(letters) * MOST_MARKS or CONTROL.search(text):
        return False
    if any(alphabet.issuperset(letters) for alphabet in WESTERN):
        return True
    others = min(sum(c not in alphabet for c in letters) for alphabet in MIXED)
    return max(others, len(NO_WORD.findall(text))) <= len(letters) * MOST_OTHERS


def is_from_a_mac(sample: bytes) -> bool:
    """Whether this is likely to be Mac OS Roman, as Excel on a Mac may save tables."""
    other = sample.decode("cp1252", errors="replace")  # or Slovene, or the like
    if not (MARK_IN_WORD.search(other) or NO_WORD.search(other)):
        return False
    text = sample.decode("mac_roman")
    strange = (MARK_IN_WORD, NO_WORD, CONTROL, MAC_SIGNS)
    if any(pattern.search(text) for pattern in strange):
        return False
    letters = [c for c in text if c > "\x7f" and c.isalpha()]
    return any(alphabet.issuperset(letters) for alphabet in (*WESTERN, MIXED[1]))
