"""Windows become the arrays that the model takes."""

from collections.abc import Sequence

import numpy as np

from .arrays import IntArray
from .windows import Window


def stack(
    windows: Sequence[Window],
    *,
    cls_id: int,
    sep_id: int,
    pad_id: int,
    length: int | None = None,
) -> dict[str, IntArray]:
    """Role -> (windows, tokens) for all four roles.

    Padded to the longest window, or to ``length`` (which must be enough for it).
    """
    width = max(window.length for window in windows) if length is None else length
    shape = (len(windows), width)
    input_ids = np.full(shape, pad_id, dtype=np.int64)
    attention_mask = np.zeros(shape, dtype=np.int64)
    token_type_ids = np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        ids = _ids(window, cls_id, sep_id)
        input_ids[row, : len(ids)] = ids
        attention_mask[row, : len(ids)] = 1
        token_type_ids[row, window.title_start : len(ids)] = 1
    position_ids = np.broadcast_to(np.arange(width, dtype=np.int64), shape).copy()
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "token_type_ids": token_type_ids,
        "position_ids": position_ids,
    }


def _ids(window: Window, cls_id: int, sep_id: int) -> IntArray:
    cls = np.array([cls_id], dtype=np.int64)
    sep = np.array([sep_id], dtype=np.int64)
    return np.concatenate(
        [cls, window.question_ids, sep, window.title_ids, window.passage_ids, sep]
    )
