"""Turns a question and passages into ranked quotes. Free of Django and asyncio.

Importing it loads neither OpenVINO nor transformers: ``Reader.load`` does.
"""

from .config import Adjustment, Calibration, ReaderConfig
from .decoding import Span
from .errors import (
    EmptyQuestion,
    InferenceError,
    ModelError,
    PassagesTooLong,
    QuestionTooLong,
    ReaderBusy,
    ReaderClosed,
    ReaderError,
)
from .ranking import RankedSpan, Ranking
from .reader import Reader
from .reading import Reading
from .tables import head_above

__all__ = [
    "Adjustment",
    "Calibration",
    "EmptyQuestion",
    "InferenceError",
    "ModelError",
    "PassagesTooLong",
    "QuestionTooLong",
    "RankedSpan",
    "Ranking",
    "Reader",
    "ReaderBusy",
    "ReaderClosed",
    "ReaderConfig",
    "ReaderError",
    "Reading",
    "Span",
    "head_above",
]
