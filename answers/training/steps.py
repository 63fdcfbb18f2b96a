"""An epoch's windows become optimiser steps; passes pad little, steps stay mixed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .features import Labelled

POOL = 2048  # windows sorted by length together: enough to pad little, still mixed


Step = list[list[Labelled]]  # micro-batches whose gradients are added up
Unit = Sequence[Labelled]  # windows that stay in one pass


def steps(
    windows: Sequence[Labelled],
    *,
    batch_tokens: int,
    micro_tokens: int,
    seed: int,
    epoch: int,
    together: bool = False,
) -> list[Step]:
    """One epoch's steps: neighbours in length share a pass, steps come in any order.

    Both limits count padding: `batch_tokens` of a step, `micro_tokens` of a pass. A
    window longer than them still gets its own; `together`, so do all the windows of a
    question, which share a pass then.
    """
    rng = random.Random(f"{seed} {epoch} order")
    units = _of_one_question(windows) if together else [[one] for one in windows]
    mixed = rng.sample(units, len(units))
    passes: list[list[Labelled]] = []
    for first in range(0, len(mixed), POOL):
        passes += filled(sorted(mixed[first : first + POOL], key=_length), micro_tokens)
    rng.shuffle(passes)
    return _grouped(passes, batch_tokens)


def _of_one_question(windows: Sequence[Labelled]) -> list[Unit]:
    """The windows by their question; one that knows of none stays alone."""
    units: dict[object, list[Labelled]] = defaultdict(list)
    for place, one in enumerate(windows):
        units[one.question or place].append(one)
    return list(units.values())


def _length(unit: Unit) -> int:
    return max(one.window.length for one in unit)


def filled(pool: Sequence[Unit], limit: int) -> Iterator[list[Labelled]]:
    """Passes of at most `limit` tokens, padding included; the pool grows in length."""
    batch: list[Labelled] = []
    for unit in pool:  # the newest is the longest
        if batch and (len(batch) + len(unit)) * _length(unit) > limit:
            yield batch
            batch = []
        batch += unit
    if batch:
        yield batch


def _grouped(passes: Sequence[list[Labelled]], limit: int) -> list[Step]:
    grouped: list[Step] = []
    room = 0
    for batch in passes:
        size = padded_tokens(batch)
        if not grouped or size > room:
            grouped.append([])
            room = limit
        grouped[-1].append(batch)
        room -= size
    return grouped


def padded_tokens(batch: Sequence[Labelled]) -> int:
    return len(batch) * _length(batch)


def candidates(batch: Sequence[Labelled]) -> npt.NDArray[np.bool_]:
    """(windows, tokens): where an answer may start or end, as in decoding.

    That is [CLS], for "not here", and the passage tokens.
    """
    width = max(one.window.length for one in batch)
    allowed = np.zeros((len(batch), width), dtype=np.bool_)
    allowed[:, 0] = True
    for row, one in enumerate(batch):
        allowed[row, one.window.answer_start : one.window.length - 1] = True
    return allowed
