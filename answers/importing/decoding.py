"""Bytes -> text, for every format that is text."""

import codecs
from pathlib import Path


class UnreadableFile(ValueError):
    """The file is not what its name says; the message says what is wrong with it."""


def decode(data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark. Raises UnreadableFile.

    Nothing else is tried: a wrong guess would be saved, and a passage never changes.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile("This is UTF-16. Please save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"This is not UTF-8: byte 0x{data[error.start]:02x} at position "
            f"{error.start}. Please save it as UTF-8."
        ) from error


def read_text(path: Path) -> str:
    """Return the text of the file. Raises UnreadableFile, OSError."""
    return decode(path.read_bytes())
