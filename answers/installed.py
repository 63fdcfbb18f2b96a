"""The models that lie in the folder of weights: what is known of each, and its speed.

Free of Django. Nothing here answers questions: only `answers.runtime` builds a Reader.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from answers.fetching import OLD, PART, load_catalogue
from answers.fetching.card import CARD
from answers.reader import ModelError, ReaderConfig, ReaderError
from answers.reader.config import FILE_NAME
from answers.reader.engine import OpenVINOEngine
from answers.reader.tokens import VOCABULARY_FILE, read_vocabulary

WINDOW: Final = 170  # tokens: a question and a paragraph, on average
BATCH: Final = 4  # such windows are read together when many wait
SECONDS: Final = 2.0  # of measuring
ORDINARY: Final = 1000  # from here on a BERT vocabulary holds ordinary words


@dataclass(frozen=True, slots=True)
class Score:
    """Exact match and F1 on one file, in percent."""

    file: str
    exact_match: float
    f1: float
    questions: int | None
    published_by: str | None  # None: measured through qaweb's own reader


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """How the model tells questions without an answer, in percent."""

    f1_at_threshold: float
    answerable_answered: float
    unanswerable_refused: float


@dataclass(frozen=True, slots=True)
class Installed:
    """A folder of weights that is, or was meant to be, a model."""

    name: str
    folder: Path
    size: int  # bytes of the network and its vocabulary, as its card counts them
    config: ReaderConfig | None  # None: broken
    problem: str | None

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.config.metrics if self.config else {}

    @property
    def parameters(self) -> int | None:
        return self.metrics.get("parameters")

    @property
    def scores(self) -> list[Score]:
        """Those of the model as it serves; FP32 figures of its checkpoint are none."""
        measured = [
            Score(file, one["exact_match"], one["f1"], one["questions"], None)
            for file, kinds in self.metrics.get("scores", {}).items()
            if (one := kinds.get("int8"))
        ]
        published = self.metrics.get("published")
        return measured + ([published_score(published)] if published else [])

    @property
    def no_answer(self) -> NoAnswer | None:
        """None where nobody has measured it."""
        found = self.metrics.get("no_answer")
        names = NoAnswer.__slots__
        return NoAnswer(**{name: found[name] for name in names}) if found else None


def published_score(published: Mapping[str, Any]) -> Score:
    """The score that a model's publisher states."""
    return Score(
        published["file"],
        published["exact_match"],
        published["f1"],
        None,
        published["by"],
    )


def installed(weights: Path, *, verify: bool = True) -> list[Installed]:
    """All folders of weights by name, each verified by its SHA-256.

    Without `verify`, for pages that must not read hundreds of megabytes, only what
    their reader.json says.
    """
    if not weights.is_dir():
        return []
    return [
        _examine(folder, verify=verify)
        for folder in sorted(weights.iterdir())
        if folder.is_dir() and not folder.name.startswith((".", "__"))
    ]


def _examine(folder: Path, *, verify: bool = True) -> Installed:
    size = sum(path.stat().st_size for path in folder.iterdir() if _is_model(path))
    config, problem = None, _leftover(folder)
    if problem is None:
        try:
            config = ReaderConfig.load(folder)
            if verify:
                config.verify(folder, VOCABULARY_FILE, *config.sha256)
        except ModelError as error:
            config, problem = None, str(error)
    return Installed(folder.name, folder, size, config, problem)


def _is_model(path: Path) -> bool:
    """Whether the file is read to answer, and does not only tell about the model."""
    return path.is_file() and path.name not in {CARD, FILE_NAME}


def _leftover(folder: Path) -> str | None:
    if folder.name.endswith(PART):
        name = folder.name.removesuffix(PART)
        if name not in load_catalogue():
            return "The making of a model broke off here; it can be deleted."
        return (
            f"The fetching of {name} broke off: python manage.py fetch_model {name} "
            "goes on with it."
        )
    if folder.name.endswith(OLD):
        return "It was replaced by a newer one; it can be deleted."
    return None


def windows_per_second(
    model: Installed,
    *,
    threads: int | None = None,
    cache_folder: Path | None = None,
    seconds: float = SECONDS,
) -> float:
    """Windows of WINDOW tokens that this machine reads in a second.

    Loads the model first, which is not counted. Raises ReaderError if it cannot be
    run here.
    """
    if model.config is None:
        raise ModelError(str(model.problem))
    words = len(read_vocabulary(model.folder / VOCABULARY_FILE))
    engine = OpenVINOEngine.load(
        model.folder,
        model.config,
        threads=threads,
        cache_folder=cache_folder,
        vocabulary_size=words,
    )
    arrays = made_up_windows(words, min(WINDOW, model.config.max_length))
    engine.run(arrays)  # the first one is always slower
    began = time.perf_counter()
    read = 0
    while (took := time.perf_counter() - began) < seconds:
        engine.run(arrays)
        read += BATCH
    return read / took


def made_up_windows(
    words: int, tokens: int, *, windows: int = BATCH
) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    """Arrays (windows, tokens) of ordinary words, for taking the time."""
    shape = (windows, tokens)
    ordinary = min(ORDINARY, words - 1)
    ids = np.random.default_rng(0).integers(ordinary, words, shape, dtype=np.int64)
    return {
        "input_ids": ids,
        "attention_mask": np.ones(shape, dtype=np.int64),
        "token_type_ids": np.ones(shape, dtype=np.int64),
        "position_ids": np.tile(np.arange(tokens, dtype=np.int64), (windows, 1)),
    }


def why_unusable(model: Installed) -> str | None:
    """Load the model and read one batch; the reason if that fails, else None."""
    try:
        windows_per_second(model, seconds=0.0)
    except ReaderError as error:
        return str(error)
    return None


def find(weights: Path, name: str) -> Installed:
    """The model of this name, as `installed` gives it. Raises ModelError."""
    folder = weights / name
    if not folder.is_dir():
        raise ModelError(f"{folder} is not there.")
    return _examine(folder)
