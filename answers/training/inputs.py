"""What a run reads, told apart by its bytes: names of files come back with others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from answers.reader.config import file_digest
from answers.reader.tokens import VOCABULARY_FILE

from .mixture import Source
from .network import WEIGHTS

Inputs = list[tuple[str, str]]  # names without their folders, and SHA-256 digests
MODEL: Final = "model.bin"  # the weights of a model folder


def inputs_of(
    sources: Sequence[Source], start: Path, teachers: Sequence[Path], words: Path
) -> Inputs:
    """Of the files that decide the outcome of a run. Raises ModelError."""
    files = [(source.path.name, source.path) for source in sources]
    files += [(VOCABULARY_FILE, words / VOCABULARY_FILE)]
    files += [
        (f"the network of {folder.name}", weights_of(folder))
        for folder in (start, *teachers)
    ]
    return [(name, file_digest(path)) for name, path in files]


def changed(now: Inputs, before: Inputs) -> list[str]:
    """The names of those that are other ones than they were."""
    pairs = zip(now, before, strict=True)
    return [one[0] for one, other in pairs if one != other]


def weights_of(folder: Path) -> Path:
    """Those of a checkpoint or, as `recover.load_start` does, of a model folder."""
    checkpoint = folder / WEIGHTS
    return checkpoint if checkpoint.exists() else folder / MODEL
