"""An epoch's windows become optimiser steps; passes pad little, steps stay mixed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .features import Labelled

POOL = 2048  # windows sorted by length together: enough to pad little, still mixed


Step = list[list[Labelled]]  # micro-batches whose gradients are added up


def steps(
    windows: Sequence[Labelled],
    *,
    batch_tokens: int,
    micro_tokens: int,
    seed: int,
    epoch: int,
) -> list[Step]:
    """One epoch's steps: neighbours in length share a pass, steps come in any order.

    Both limits count padding: `batch_tokens` of a step, `micro_tokens` of a pass. A
    window longer than them still gets its own.
    """
    rng = random.Random(f"{seed} {epoch} order")
    mixed = rng.sample(list(windows), len(windows))
    passes: list[list[Labelled]] = []
    for first in range(0, len(mixed), POOL):
        pool = sorted(mixed[first : first + POOL], key=lambda one: one.window.length)
        passes += _filled(pool, micro_tokens)
    rng.shuffle(passes)
    return _grouped(passes, batch_tokens)


def _filled(pool: Sequence[Labelled], limit: int) -> Iterator[list[Labelled]]:
    batch: list[Labelled] = []
    for one in pool:  # sorted: the newest is the longest
        if batch and (len(batch) + 1) * one.window.length > limit:
            yield batch
            batch = []
        batch.append(one)
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
    return len(batch) * max(one.window.length for one in batch)


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
