"""What a network's logits are told by the labels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from .batches import Batch


def span_loss(start: Tensor, end: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of both labels over the candidates, half of each: (windows,).

    `start`, `end`: logits, (windows, tokens) each.
    """
    total = torch.zeros(len(batch), device=start.device)
    for logits, wanted in _with_labels(start, end, batch):
        masked = logits.masked_fill(~batch.allowed, -torch.inf)
        total = total + functional.cross_entropy(masked, wanted, reduction="none") / 2
    return total


def shared_norm_loss(start: Tensor, end: Tensor, batch: Batch) -> Tensor:
    """The same over all the passages of a question that are in the batch: (windows,).

    The candidates are the passages' tokens, each by how far it is above the [CLS] of
    its window, as answers of several passages are ranked; so what one passage says
    compares with what others say (shared normalisation, Clark & Gardner 2018). 0 for a
    window without an answer, and for one without a rival.
    """
    inside = batch.allowed.clone()
    inside[:, 0] = False
    right = batch.has_answer
    rivals = (batch.question[:, None] == batch.question) & ~right
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
    start: Tensor, end: Tensor, batch: Batch
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits (windows, tokens) and labels (windows,), of the start and of the end."""
    yield start.float(), batch.start
    yield end.float(), batch.end
