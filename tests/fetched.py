"""Catalogue entries of small files, and what a test needs to fetch them."""

import dataclasses
import hashlib
from pathlib import Path

from answers.fetching import Entry, PublishedFile, load_catalogue

OMZ = "omz-small-int8"


def entry_for(contents: dict[str, bytes], address: str = "http://localhost:9") -> Entry:
    """The catalogue's entry with these bytes in the place of the published files."""
    real = load_catalogue()[OMZ]
    files = tuple(
        dataclasses.replace(
            file,
            size=len(contents[file.name]),
            sha384=hashlib.sha384(contents[file.name]).hexdigest(),
            urls=(f"{address}/{file.name}",),
        )
        for file in real.files
    )
    return dataclasses.replace(real, files=files)


def entry_of(folder: Path) -> Entry:
    """The catalogue's entry as if the files of this folder had been published."""
    real = load_catalogue()[OMZ]
    return entry_for({file.name: _found(file, folder) for file in real.files})


def _found(file: PublishedFile, folder: Path) -> bytes:
    (path,) = (folder / name for name in file.also if (folder / name).is_file())
    return path.read_bytes()
