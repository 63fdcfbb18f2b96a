"""A file on its way in, and what a format tells about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path, PurePath

from answers.library import NewPassage


class UnreadableFile(ValueError):
    """The file cannot be imported; the message says why, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One file: where its bytes lie, and the name that people know it by."""

    path: Path
    name: str
    notes: list[str] = field(default_factory=list)  # grows while the file is read

    @property
    def suffix(self) -> str:
        return PurePath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """What its passages are called where nothing else names them."""
        return PurePath(self.name).stem


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file."""

    module: str  # in answers.importing; loaded when a file needs it: some are large
    sniffed: str  # the kind of bytes that it must be, as `sniffing.kind_of` says it
    largest: int  # bytes; more than memory, or the patience of people, has room for

    def read(self, file: Incoming) -> Iterator[NewPassage]:
        """Yield the passages of the file. Raises UnreadableFile, OSError."""
        module = import_module(f"answers.importing.{self.module}")
        found: Iterator[NewPassage] = module.read(file)
        return found
