"""Logits of one window become its n best spans and its null score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .arrays import FloatArray, IntArray
from .config import ReaderConfig
from .windows import Window

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate from one window, with offsets as the tokens say: not yet aligned."""

    passage: int
    window: int
    first: int  # first token in the passage
    last: int  # last token in the passage, inclusive
    start: int  # code points in the passage, half open
    end: int
    logit_sum: float
    context: int  # tokens between the span and the nearer edge of its slice

    @property
    def place(self) -> tuple[int, int, int]:
        """The same for all windows that have it."""
        return self.passage, self.first, self.last


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What one window says: best spans first, and start + end logit at [CLS]."""

    spans: tuple[Span, ...]
    null_score: float


@dataclass(frozen=True, slots=True)
class Similarity:
    """How much a sentence, read alone, is about what the question is about."""

    spans: tuple[Span, ...]  # in the sentence
    cosine: float  # -1..1


def best_spans(
    window: Window,
    start_logits: FloatArray,
    end_logits: FloatArray,
    offsets: IntArray,
    config: ReaderConfig,
) -> WindowReading:
    """The ``n_best`` spans of a window, in the total order (-logit_sum, first, last).

    ``start_logits`` and ``end_logits`` are the window's row, (tokens,), padded or not;
    ``offsets`` those of the whole passage, (passage tokens, 2). Only tokens of the
    slice are looked at: question, [CLS], separators and padding cannot answer.
    """
    tokens = slice(window.answer_start, window.answer_start + len(window.passage_ids))
    starts = start_logits[tokens].astype(np.float64)  # (slice tokens,)
    ends = end_logits[tokens].astype(np.float64)  # (slice tokens,)
    slice_offsets = offsets[window.first : window.first + len(starts)]
    sums = _band(starts, ends, slice_offsets, config)
    return WindowReading(
        spans=tuple(
            _span(window, slice_offsets, int(cell), sums)
            for cell in _best(sums.ravel(), config.n_best)
        ),
        null_score=_null_score(start_logits, end_logits),
    )


def given_spans(
    window: Window,
    start_logits: FloatArray,
    end_logits: FloatArray,
    spans: Sequence[Span],
) -> WindowReading:
    """What a window says of spans that were found in another, wholly inside both.

    Arrays as for ``best_spans``. The spans stay in their order.
    """
    shift = window.answer_start - window.first
    starts = [float(start_logits[span.first + shift]) for span in spans]
    ends = [float(end_logits[span.last + shift]) for span in spans]
    return WindowReading(
        spans=tuple(
            replace(span, logit_sum=start + end)
            for span, start, end in zip(spans, starts, ends, strict=True)
        ),
        null_score=_null_score(start_logits, end_logits),
    )


def _null_score(start_logits: FloatArray, end_logits: FloatArray) -> float:
    return float(start_logits[0]) + float(end_logits[0])


def _band(
    starts: Scores, ends: Scores, offsets: IntArray, config: ReaderConfig
) -> Scores:
    """sums[i, d] of the span from token i to i + d; -inf where it may not be.

    (slice tokens, longest answer): a band of the square, 12 times smaller at 384.
    Marks of line ends are read over, but nothing begins or ends at one.
    """
    width = min(config.max_answer_tokens, len(starts))
    last = np.arange(len(starts))[:, None] + np.arange(width)[None, :]
    inside = last < len(starts)
    last = np.minimum(last, len(starts) - 1)
    chars = offsets[last, 1] - offsets[:, :1]
    is_text = offsets[:, 0] < offsets[:, 1]
    allowed = inside & (chars > 0) & (chars <= config.max_answer_chars)
    allowed &= is_text[:, None] & is_text[last]
    sums: Scores = np.where(allowed, starts[:, None] + ends[last], -np.inf)
    return sums


def _best(sums: Scores, count: int) -> IntArray:
    """Cells of the best sums in a total order.

    Partial sorts are unstable, so the partition only finds the threshold; all ties
    at it are kept until a stable sort decides them by cell, that is by first, last.
    """
    count = min(count, len(sums))
    threshold = np.partition(sums, len(sums) - count)[len(sums) - count]
    cells = np.flatnonzero((sums >= threshold) & (sums > -np.inf))
    order = np.argsort(-sums[cells], kind="stable")[:count]
    return cells[order]


def _span(window: Window, offsets: IntArray, cell: int, sums: Scores) -> Span:
    first, distance = divmod(cell, sums.shape[1])
    last = first + distance
    return Span(
        passage=window.passage,
        window=window.index,
        first=window.first + first,
        last=window.first + last,
        start=int(offsets[first, 0]),
        end=int(offsets[last, 1]),
        logit_sum=float(sums[first, distance]),
        context=min(first, len(offsets) - 1 - last),
    )
