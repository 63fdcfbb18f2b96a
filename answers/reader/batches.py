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
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "token_type_ids": token_type_ids,
        "position_ids": _positions(shape),
    }


def stack_texts(
    texts: Sequence[IntArray], *, cls_id: int, sep_id: int, pad_id: int
) -> dict[str, IntArray]:
    """``[CLS] text [SEP]`` of each, as ``stack`` gives windows."""
    cls, sep = (np.array([one], dtype=np.int64) for one in (cls_id, sep_id))
    rows = [np.concatenate([cls, text, sep]) for text in texts]
    shape = (len(rows), max(map(len, rows)))
    input_ids = np.full(shape, pad_id, dtype=np.int64)
    attention_mask = np.zeros(shape, dtype=np.int64)
    for row, ids in enumerate(rows):
        input_ids[row, : len(ids)] = ids
        attention_mask[row, : len(ids)] = 1
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "token_type_ids": np.zeros(shape, dtype=np.int64),
        "position_ids": _positions(shape),
    }


def _positions(shape: tuple[int, int]) -> IntArray:
    return np.broadcast_to(np.arange(shape[1], dtype=np.int64), shape).copy()


def _ids(window: Window, cls_id: int, sep_id: int) -> IntArray:
    cls = np.array([cls_id], dtype=np.int64)
    sep = np.array([sep_id], dtype=np.int64)
    return np.concatenate(
        [cls, window.question_ids, sep, window.title_ids, window.passage_ids, sep]
    )
