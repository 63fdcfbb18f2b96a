"""Models that others publish and qaweb knows how to use: catalogue.json.

For each file its exact size and SHA-384, and the addresses where it lies. What the
publisher's files do not say (reader.json) is part of the entry.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from answers.reader import Calibration, ReaderConfig

from .errors import FetchError

CATALOGUE: Final = Path(__file__).with_name("catalogue.json")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as its publisher made it."""

    name: str  # in the model folder
    size: int  # bytes
    sha384: str  # hex
    urls: tuple[str, ...]  # tried one after the other
    also: tuple[str, ...] = ()  # where it may lie in a folder that somebody brought

    def check(self, path: Path) -> None:
        """Raise FetchError unless the file at the path is this one, to the byte."""
        size = path.stat().st_size
        if size != self.size:
            raise FetchError(
                f"{path} has {size:,} bytes, the catalogue says {self.size:,}: "
                "it is cut off, or of another release of the model."
            )
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha384").hexdigest()
        if found != self.sha384:
            raise FetchError(
                f"{path} has the right length, but other bytes: its SHA-384 begins "
                f"with {found[:16]}, the catalogue says {self.sha384[:16]}. It is "
                "damaged, or was changed on the way."
            )

    def is_at(self, path: Path) -> bool:
        """Whether the file at the path is this one."""
        try:
            self.check(path)
        except (FetchError, OSError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue."""

    name: str  # of its folder, and of QAWEB_MODEL
    title: str
    summary: str
    licence: str
    licence_url: str
    source: str  # a page about it
    files: tuple[PublishedFile, ...]
    reader: Mapping[str, Any]  # reader.json without name and sha256

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What is known of the model; see ReaderConfig.metrics."""
        metrics: Mapping[str, Any] = self.reader["metrics"]
        return metrics

    def config(self, sha256: Mapping[str, str]) -> ReaderConfig:
        """The reader.json of a folder whose files have these digests."""
        calibration = Calibration(**self.reader["calibration"])
        values = {**self.reader, "calibration": calibration}
        return ReaderConfig(name=self.name, sha256=sha256, **values)

    @classmethod
    def of(cls, name: str, values: Mapping[str, Any]) -> Self:
        """Build the entry from its part of catalogue.json."""
        files = tuple(
            PublishedFile(
                **{
                    **file,
                    "urls": tuple(file["urls"]),
                    "also": tuple(file.get("also", ())),
                }
            )
            for file in values["files"]
        )
        return cls(name=name, **{**values, "files": files})


def load_catalogue() -> dict[str, Entry]:
    """Name -> entry, of all models that qaweb knows how to fetch."""
    values = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {name: Entry.of(name, entry) for name, entry in values.items()}
