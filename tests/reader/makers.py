"""Plain makers with defaults: configurations, tokens, windows, spans, folders."""

import dataclasses
from pathlib import Path
from typing import Any, Final

import numpy as np

from answers.reader.config import Calibration, ReaderConfig
from answers.reader.decoding import Span, WindowReading
from answers.reader.tokens import Tokens
from answers.training.features import SHIPPED

ROLES: Final = ("input_ids", "attention_mask", "token_type_ids")


def shipped_folder() -> Path:
    """The model folder that the repository ships; others may have been fetched."""
    return SHIPPED


def make_config(**changes: Any) -> ReaderConfig:
    config = ReaderConfig(
        name="tiny",
        max_length=384,
        max_question_tokens=64,
        stride=192,
        max_answer_tokens=30,
        max_answer_chars=300,
        n_best=20,
        lower_case=True,
        no_answer_threshold=0.0,
        calibration=Calibration(slope=0.5, intercept=0.0),
        inputs={role: role for role in ROLES},
        outputs={"start_logits": "start_logits", "end_logits": "end_logits"},
        sha256={},
        metrics={"f1": 80.5},
    )
    return dataclasses.replace(config, **changes)


def make_tokens(count: int, first_id: int = 1000) -> Tokens:
    """Tokens of a text "a a a ...": one character and one blank each."""
    starts = np.arange(count, dtype=np.int64) * 2
    ids = np.arange(count, dtype=np.int64) + first_id
    return Tokens(ids=ids, offsets=np.stack([starts, starts + 1], axis=1))


def make_span(start: int, end: int, logit_sum: float, **changes: Any) -> Span:
    """A span whose tokens are characters, seen in the middle of window 0."""
    span = Span(
        passage=0,
        window=0,
        first=start,
        last=end - 1,
        start=start,
        end=end,
        logit_sum=logit_sum,
        context=10,
    )
    return dataclasses.replace(span, **changes)


def make_reading(*spans: Span, null_score: float = 0.0) -> WindowReading:
    return WindowReading(spans=spans, null_score=null_score)
