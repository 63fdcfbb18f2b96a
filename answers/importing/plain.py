"""Plain text: the file is one passage, named like the file."""

from collections.abc import Iterator
from pathlib import Path

from answers.importing.decoding import read_text
from answers.library import NewPassage


def read(path: Path) -> Iterator[NewPassage]:
    yield NewPassage(title=path.stem, text=read_text(path).strip())
