"""Labelled windows as tensors, and the epochs of them that a run asks for.

Whole epochs are prepared by worker processes ahead of time where there are any: a GPU
reads faster than one process can cut windows.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from answers.reader.arrays import BoolArray
from answers.reader.batches import stack
from answers.reader.tokens import Tokenizer

from .features import Labelled
from .mixture import Counts, Mixture
from .steps import Step, candidates

ALIGNED = 8  # tokens: what tensor cores take without padding it themselves


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows that go through a network together."""

    input_ids: Tensor  # (windows, tokens), as the next three
    attention_mask: Tensor
    token_type_ids: Tensor
    allowed: Tensor  # where an answer may start or end, see `candidates`
    start: Tensor  # (windows,), as the next two
    end: Tensor  # inclusive
    question: Tensor  # the same number in windows of one question
    strange: Tensor  # (windows, tokens) those of another passage, see `joined`
    taught: Tensor  # (windows,) whether teachers are listened to

    @classmethod
    def of(
        cls, windows: Sequence[Labelled], tokenizer: Tokenizer, *, aligned: int = 1
    ) -> Batch:
        """Padded to the longest window, in tokens to a multiple of `aligned`."""
        longest = max(one.window.length for one in windows)
        width = -(-longest // aligned) * aligned
        arrays = stack(
            [one.window for one in windows],
            cls_id=tokenizer.cls_id,
            sep_id=tokenizer.sep_id,
            pad_id=tokenizer.pad_id,
            length=width,
        )
        allowed = np.pad(candidates(windows), ((0, 0), (0, width - longest)))
        inputs = {
            name: torch.from_numpy(arrays[name].astype(np.int32))
            for name in ("input_ids", "attention_mask", "token_type_ids")
        }
        return cls(
            **inputs,
            allowed=torch.from_numpy(allowed),
            start=torch.tensor([one.start for one in windows]),
            end=torch.tensor([one.end for one in windows]),
            question=torch.tensor(_numbered(windows)),
            strange=torch.from_numpy(_strange(windows, width)),
            taught=torch.tensor([one.taught for one in windows]),
        )

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.input_ids, self.attention_mask, self.token_type_ids

    @property
    def has_answer(self) -> Tensor:
        return self.start > 0

    def to(self, device: torch.device) -> Batch:
        return Batch(*(to_device(part, device) for part in self._parts))

    def __len__(self) -> int:
        return len(self.input_ids)

    def __reduce__(self) -> tuple[Callable[..., Batch], tuple[Any, ...]]:
        # Between processes as arrays: of each tensor PyTorch would make a shared file.
        return _from_arrays, tuple(part.numpy() for part in self._parts)

    @property
    def _parts(self) -> list[Tensor]:
        return [getattr(self, field.name) for field in fields(self)]


def _from_arrays(*arrays: np.ndarray[Any, Any]) -> Batch:
    return Batch(*map(torch.from_numpy, arrays))


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor there; without waiting for what a GPU is still to do."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def _numbered(windows: Sequence[Labelled]) -> list[int]:
    """A number for each question; of a window that knows of none, its own."""
    numbers: dict[object, int] = {}
    return [
        numbers.setdefault(one.question or place, len(numbers))
        for place, one in enumerate(windows)
    ]


def _strange(windows: Sequence[Labelled], width: int) -> BoolArray:
    tokens = np.arange(width)
    ranges = np.array([one.strange for one in windows])  # (windows, 2)
    inside: BoolArray = (tokens >= ranges[:, :1]) & (tokens < ranges[:, 1:])
    return inside


Steps = list[list[Batch]]  # micro-batches whose gradients are added up, step by step
Epoch = tuple[Steps, list[Counts]]


class Epochs(Dataset[Epoch]):
    """The epochs of a run by their number: the steps, and what the files gave."""

    def __init__(
        self,
        mixture: Mixture,
        tokenizer: Tokenizer,
        plan: Callable[[list[Labelled], int], list[Step]],
        *,
        aligned: int = 1,
    ) -> None:
        self._mixture, self._tokenizer = mixture, tokenizer
        self._plan, self._aligned = plan, aligned

    def __getitem__(self, number: int) -> Epoch:
        windows, counts = self._mixture.epoch(number)
        planned = [
            [Batch.of(one, self._tokenizer, aligned=self._aligned) for one in step]
            for step in self._plan(windows, number)
        ]
        return planned, counts

    def begin(self, first: int, *, workers: int = 0) -> Iterator[Epoch]:
        """Epoch `first` and all that follow; each in turn by one of the workers.

        Workers are forked, which a process that runs threads of its own must not do:
        training is a process for itself, `python -m answers.training.finetune`.
        """
        loader = DataLoader(
            self,
            batch_size=None,
            sampler=itertools.count(first),
            num_workers=workers,
            collate_fn=_as_it_is,
            # The workers have the data from the start, nothing is read again.
            multiprocessing_context="fork" if workers else None,
            # Its own, so that the order of the run's random numbers stays.
            generator=torch.Generator(),
        )
        if workers:
            gc.freeze()  # else their search for garbage would copy all of it
        return iter(loader)


def _as_it_is(epoch: Any) -> Any:
    return epoch
