"""The best quotes are read a second time, closely: n-best rescoring.

::

    all passages read ─► the best quotes, apart ─► crops around them ─► batcher
                                                                          │
                     margin = mean of the first and of the crops' ◄───────┘

In a crop there is little else to choose: what the window said is confirmed or not. In
long passages, and among many, that tells right from wrong better than the window alone
(answers/training/TRIED.md, "Rescoring"). It costs a few short windows a question,
however many passages there are, and none for short passages, whose crops would be the
windows again. A title is read before a crop by the same rule as before a slice: a crop
may have lost the name of what it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .config import ReaderConfig
from .decoding import Span, WindowReading
from .ranking import candidates
from .windows import Window

QUOTES: Final = 5  # that are read again
# A crop of more than so much of its window says what the window said.
WORTH: Final = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a window, to be read again, and the spans in it that it is about."""

    window: Window
    spans: tuple[Span, ...]


def crops(
    readings: Mapping[int, Sequence[WindowReading]],
    windows: Mapping[int, Sequence[Window]],
    config: ReaderConfig,
) -> list[Crop]:
    """What is to be read again; nothing with ``rescore_tokens`` 0.

    Both map the index of a passage to its windows, in their order.
    """
    if not config.rescore_tokens:
        return []
    ordered = [span for _, span in candidates(readings)]
    found: dict[tuple[int, int, int], Window] = {}
    for span in apart(ordered, QUOTES):
        window = windows[span.passage][span.window]
        part = _around(window, span, config.rescore_tokens)
        if part.length <= WORTH * window.length:
            found[part.passage, part.first, len(part.passage_ids)] = part
    return [
        Crop(part, tuple(span for span in ordered if part.holds(span)))
        for part in found.values()
    ]


def apart(ordered: Sequence[Span], most: int) -> list[Span]:
    """The best spans that share no token, at most so many."""
    kept: list[Span] = []
    for span in ordered:
        if len(kept) == most:
            break
        if not any(_overlap(span, better) for better in kept):
            kept.append(span)
    return kept


def _overlap(a: Span, b: Span) -> bool:
    return a.passage == b.passage and a.first <= b.last and b.first <= a.last


def _around(window: Window, span: Span, tokens: int) -> Window:
    """So many tokens of the window's slice on either side of the span."""
    begin = max(0, span.first - window.first - tokens)
    end = span.last - window.first + 1 + tokens
    return window.part(begin, end)
