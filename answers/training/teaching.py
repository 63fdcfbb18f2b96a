"""Teachers: networks whose logits and states a student learns to give.

What a teacher thinks of every candidate says more than the one label (Hinton et al.
2015): which other spans come close, and how sure one may be. Several teachers count by
the mean of their log-probabilities. States of the layers are matched too where that is
wanted (TinyBERT, Jiao et al. 2020): a student of n layers learns those of the teacher
that stand at the same height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .batches import Batch
from .network import CheckpointError, Network
from .students import least_squares


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """How much a student listens; written to train.json with the other options."""

    teachers: tuple[str, ...]  # names of their folders
    share: float = 0.8  # of the loss; what is left is that of the labels
    share_negatives: float | None = None  # where there is no answer; None: the same
    temperature: float = 2.0  # above 1 the unlikely candidates count for more
    states: float = 0.0  # weight of the states' loss, beside the others

    def __post_init__(self) -> None:
        if not all(0 <= share <= 1 for share in self._shares):
            raise ValueError("the share of the teachers must be from 0 to 1")
        if not self.temperature > 0:
            raise ValueError("the temperature must be above 0")
        if self.states < 0:
            raise ValueError("the weight of the states must not be below 0")

    def shares(self, batch: Batch) -> Tensor:
        """The teachers' share in the loss of each window, (windows,)."""
        return torch.where(batch.has_answer, *self._shares) * batch.taught

    @property
    def _shares(self) -> tuple[float, float]:
        negatives = self.share_negatives
        return self.share, self.share if negatives is None else negatives


class Teachers(nn.Module):
    """The teachers of one student; all that is trained of it is the projection.

    A student of another width needs one, from its states to the first teacher's. It
    begins as the best there is for the windows of the first loss: a student that was
    made of its teacher need not learn to be understood.
    """

    fitted: Tensor  # whether the projection has begun; kept for a run that is resumed

    def __init__(
        self, networks: Sequence[Network], student: Network, teaching: Teaching
    ) -> None:
        super().__init__()
        _require_one_vocabulary(networks, student)
        self.teaching = teaching
        # In a tuple, so that the projection alone is among the parameters.
        self._networks = tuple(one.eval().requires_grad_(False) for one in networks)
        mine, theirs = student.shape.hidden_size, networks[0].shape.hidden_size
        self.project: nn.Module = nn.Identity()
        self.register_buffer("fitted", torch.tensor(True))
        if teaching.states and mine != theirs:
            self.project = nn.Linear(mine, theirs)
            self.fitted.fill_(False)
        self._begun = False  # `fitted` need not be asked for again: a GPU would wait

    def to_device(self, device: torch.device) -> Teachers:
        for network in self._networks:
            network.to(device)
        return self.to(device)

    def loss(
        self,
        batch: Batch,
        states: Sequence[Tensor],
        logits: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Of the teachers alone, (windows,); to be mixed with the labels'.

        `states` and `logits` are the student's. Teachers do not see what is strange in
        a window: that its answer is not there is what the student learns. Half of the
        divergence at the start and half at the end, as the labels' loss is.
        """
        ids, mask, types = batch.inputs
        seen = mask.masked_fill(batch.strange, 0)
        with torch.no_grad():
            known = [network.states(ids, seen, types) for network in self._networks]
            given = [
                network.spans(found[-1])
                for network, found in zip(self._networks, known, strict=True)
            ]
        total = torch.zeros(len(batch), device=ids.device)
        for place, mine in enumerate(logits):
            theirs = [one[place] for one in given]
            total = total + self._divergence(mine, theirs, batch) / 2
        if self.teaching.states:
            total = total + self.teaching.states * self._apart(states, known[0], seen)
        return total

    def _divergence(
        self, mine: Tensor, theirs: Sequence[Tensor], batch: Batch
    ) -> Tensor:
        """Kullback-Leibler, times the temperature's square, which keeps its size."""
        heat = self.teaching.temperature
        known = batch.allowed & ~batch.strange
        targets = torch.stack([_log_softmax(one, known, heat) for one in theirs])
        wanted = _log_softmax(targets.mean(0), known, 1.0)
        found = _log_softmax(mine, batch.allowed, heat)
        # Where nothing is allowed both are 0 instead of -inf - -inf.
        gap = torch.where(known, wanted - found, 0.0)
        return (wanted.exp() * gap).sum(-1) * heat**2

    def _apart(
        self, mine: Sequence[Tensor], theirs: Sequence[Tensor], mask: Tensor
    ) -> Tensor:
        """Mean squared distance of normed states, over layers and tokens read."""
        total = torch.zeros(len(mask), device=mask.device)
        read = mask.bool()
        pairs = _at_one_height(mine, theirs)
        if not self._begun:
            if not self.fitted:
                self._fit(pairs, read)
            self._begun = True
        for state, wanted in pairs:
            gap = _normed(self.project(state)) - _normed(wanted)
            per_token = gap.square().mean(-1) * read
            total = total + per_token.sum(1) / read.sum(1)
        return total / len(mine)

    @torch.no_grad()
    def _fit(self, pairs: Sequence[tuple[Tensor, Tensor]], read: Tensor) -> None:
        mine = torch.cat([state[read] for state, _ in pairs])
        theirs = torch.cat([wanted[read] for _, wanted in pairs])
        weight, bias = least_squares(mine.float(), theirs.float())
        project = cast(nn.Linear, self.project)
        project.weight.copy_(weight)
        project.bias.copy_(bias)
        self.fitted.fill_(True)


def _at_one_height(
    mine: Sequence[Tensor], theirs: Sequence[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Each state of the student, the embeddings' first, and the teacher's to match."""
    step = (len(theirs) - 1) / (len(mine) - 1)
    return [(state, theirs[round(n * step)]) for n, state in enumerate(mine)]


def _require_one_vocabulary(networks: Sequence[Network], student: Network) -> None:
    if not networks:
        raise ValueError("there is no teacher")
    sizes = {network.shape.vocab_size for network in [*networks, student]}
    if len(sizes) > 1:
        raise CheckpointError(
            f"teachers and student have vocabularies of {sorted(sizes)} words: what "
            "one reads the other cannot"
        )


def _log_softmax(logits: Tensor, allowed: Tensor, heat: float) -> Tensor:
    masked = (logits.float() / heat).masked_fill(~allowed, -torch.inf)
    return torch.log_softmax(masked, dim=-1)


def _normed(state: Tensor) -> Tensor:
    return functional.layer_norm(state.float(), state.shape[-1:])
