"""Short runs, and windows that are nothing but long."""

from typing import Any

import numpy as np

from answers.reader.windows import Window
from answers.training.features import Labelled
from answers.training.mixture import Source
from answers.training.trainer import Options

from .conftest import DEMO

SOURCE = Source(DEMO, limit=30)


def make_options(**changes: Any) -> Options:
    values: dict[str, Any] = {
        "sources": (SOURCE,),
        "epochs": 2.0,
        "learning_rate": 3e-3,
        "batch_tokens": 1024,
        "micro_tokens": 512,
        "seed": 3,
    }
    return Options(**values | changes)


def make_labelled(
    length: int, *, start: int = 0, end: int = 0, question: str = ""
) -> Labelled:
    """A window of `length` tokens with a question of two."""
    ids = np.arange(length - 5, dtype=np.int64) + 1000
    window = Window(0, 0, np.array([7, 8], dtype=np.int64), ids, 0, length - 5)
    return Labelled(window, start, end, question)
