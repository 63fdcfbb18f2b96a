"""What a network's logits are told by the labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .features import Labelled


def span_loss(
    start: Tensor, end: Tensor, allowed: Tensor, batch: Sequence[Labelled]
) -> Tensor:
    """Cross-entropy of both labels over the candidates, half of each: (windows,).

    `start`, `end`: logits, and `allowed` the candidates, (windows, tokens) each.
    """
    total = torch.zeros(len(batch), device=start.device)
    for logits, wanted in _with_labels(start, end, batch):
        masked = logits.masked_fill(~allowed, -torch.inf)
        total = total + functional.cross_entropy(masked, wanted, reduction="none") / 2
    return total


def shared_norm_loss(
    start: Tensor, end: Tensor, allowed: Tensor, batch: Sequence[Labelled]
) -> Tensor:
    """The same over all the passages of a question that are in the batch: (windows,).

    The candidates are the passages' tokens, each by how far it is above the [CLS] of
    its window, as answers of several passages are ranked; so what one passage says
    compares with what others say (shared normalisation, Clark & Gardner 2018). 0 for a
    window without an answer, and for one without a rival.
    """
    inside = allowed.clone()
    inside[:, 0] = False
    right = torch.tensor([one.has_answer for one in batch], device=start.device)
    rivals = _same_question(batch).to(start.device) & ~right
    compared = rivals | torch.eye(len(batch), device=start.device).bool()
    total = torch.zeros(len(batch), device=start.device)
    for logits, wanted in _with_labels(start, end, batch):
        above = logits - logits[:, :1]
        passage = above.masked_fill(~inside, -torch.inf).logsumexp(1)
        among = passage.expand(len(batch), -1).masked_fill(~compared, -torch.inf)
        labelled = above.gather(1, wanted[:, None])[:, 0]
        total = total + (among.logsumexp(1) - labelled) / 2
    return torch.where(right & rivals.any(1), total, 0.0)


def _with_labels(
    start: Tensor, end: Tensor, batch: Sequence[Labelled]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits (windows, tokens) and labels (windows,), of the start and of the end."""
    labels = ([one.start for one in batch], [one.end for one in batch])
    for logits, label in zip((start, end), labels, strict=True):
        yield logits.float(), torch.tensor(label, device=logits.device)


def _same_question(batch: Sequence[Labelled]) -> Tensor:
    """(windows, windows): true where both are of one question."""
    numbers: dict[object, int] = {}
    of = [
        numbers.setdefault(one.question or place, len(numbers))
        for place, one in enumerate(batch)
    ]
    number = torch.tensor(of)
    return number[:, None] == number
