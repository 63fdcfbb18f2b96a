"""Engines whose logits the test chooses."""

import threading
from collections.abc import Mapping

import numpy as np

from answers.reader.arrays import FloatArray, IntArray
from answers.reader.errors import InferenceError
from answers.reader.tokens import Tokenizer


class FakeEngine:
    """Each word has a start and an end logit, wherever it stands; others have 0.

    ``gate`` holds every run until the test opens it; ``started`` says that one waits.
    """

    fixed_length: int | None = None

    def __init__(
        self,
        tokenizer: Tokenizer,
        start: Mapping[str, float] | None = None,
        end: Mapping[str, float] | None = None,
        *,
        null: float = 0.0,
        gate: threading.Event | None = None,
    ) -> None:
        self._start = _table(tokenizer, start or {}, null)
        self._end = _table(tokenizer, end or {}, null)
        self._gate = gate
        self.started = threading.Event()
        self.shapes: list[tuple[int, ...]] = []
        self.rows: list[list[int]] = []  # the ids of every window that was read
        self.error: BaseException | None = None

    @property
    def windows(self) -> int:
        return sum(shape[0] for shape in self.shapes)

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        self.shapes.append(arrays["input_ids"].shape)
        self.rows += arrays["input_ids"].tolist()
        self.started.set()
        if self._gate is not None and not self._gate.wait(timeout=30):
            raise InferenceError("The test never opened the gate.")
        if self.error is not None:
            raise self.error
        return self._start[arrays["input_ids"]], self._end[arrays["input_ids"]]

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        raise AssertionError("asked without a similarity_weight")


class BusyEngine:
    """Real work of numpy for each window, which lets go of the GIL as OpenVINO does."""

    fixed_length: int | None = None

    def __init__(self, size: int = 400) -> None:
        self._matrix = np.full((size, size), 1e-3)

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        shape = arrays["input_ids"].shape
        for _ in range(shape[0]):
            self._matrix @ self._matrix
        rising = np.tile(np.arange(shape[1], dtype=np.float32), (shape[0], 1))
        return rising, rising

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        raise AssertionError("asked without a similarity_weight")


def _table(
    tokenizer: Tokenizer, logits: Mapping[str, float], null: float
) -> FloatArray:
    table = np.zeros(tokenizer.vocabulary_size, dtype=np.float32)
    for word, logit in logits.items():
        (token_id,) = tokenizer.encode(word).ids
        table[token_id] = logit
    table[tokenizer.cls_id] = null / 2  # half in the start, half in the end logit
    return table
