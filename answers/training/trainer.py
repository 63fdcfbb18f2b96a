"""One run of fine-tuning: its options, the optimiser, and a state that resumes it."""

from __future__ import annotations

import contextlib
import json
import math
import pickle
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.optim.swa_utils import AveragedModel

from answers.reader.tokens import Tokenizer

from .batches import Batch, to_device
from .features import Labelled
from .generation import question_loss
from .inputs import Inputs, changed
from .losses import shared_norm_loss, span_loss
from .masking import WordHead, with_words_hidden
from .mixture import Source, describe
from .network import CheckpointError, Network, save_network
from .steps import Step, steps
from .teaching import Teachers, Teaching
from .writing import written

FLOAT32, BFLOAT16 = PRECISIONS = ("float32", "bfloat16")
READ, ASK = TASKS = ("read", "ask")
STATE = "state.pt"
RECORD = "train.json"
# What torch.load and taking over what it gave raise for a file that is something else.
UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
UNREAD = 16  # steps that a GPU is given before it is asked how they went


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that decides the outcome; written to train.json."""

    sources: tuple[Source, ...]
    task: str = READ  # or to write the questions to their answers
    epochs: float = 1.0
    minutes: float | None = None  # instead of epochs
    learning_rate: float = 1e-4
    warm_up: float = 0.06  # share of the run
    end_factor: float = 0.0  # share of the learning rate that is left at the end
    swa: float = 0.0  # share of the run, its last, whose weights are averaged
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    negatives: float = 0.2  # share of windows without an answer
    rivals: int = 1  # windows without an answer, to a question that has any
    renamed: float = 0.0  # share of them: a question about another name
    shared_norm: float = 0.0  # weight of the loss of choosing among them and the right
    crops: float = 0.0  # share of windows cut to a random part around the answer
    joined: float = 0.0  # share of windows that hold another passage, too
    masks: float = 0.0  # share of words hidden from the network, not from its teachers
    mask_runs: float = 0.0  # whole words hidden in a row; 0: word pieces by themselves
    mlm: float = 0.0  # weight of the loss of guessing them, beside the others
    max_length: int = 256
    batch_tokens: int = 4096  # per step, padding included
    micro_tokens: int = 1024  # per pass; on a CPU small ones stay in the cache
    seed: int = 0
    precision: str = FLOAT32  # on a CPU; bfloat16 on CUDA in any case
    teaching: Teaching | None = None  # by other networks, see distil

    @property
    def guesses(self) -> bool:
        """Whether words are guessed, which takes a head for it."""
        return bool(self.mlm) or self.task == ASK

    def plan(self, windows: Sequence[Labelled], epoch: int) -> list[Step]:
        """The optimiser's steps of an epoch."""
        return steps(
            windows,
            batch_tokens=self.batch_tokens,
            micro_tokens=self.micro_tokens,
            seed=self.seed,
            epoch=epoch,
            together=bool(self.shared_norm),
        )

    def described(self) -> dict[str, Any]:
        described = {**asdict(self), "sources": describe(self.sources)}
        if self.teaching is None:
            del described["teaching"]
        return described


@dataclass(slots=True)
class Position:
    """Where a run stands; saved in every checkpoint."""

    epoch: int = 0
    batch: int = 0  # steps done in this epoch
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0  # from the first step on, over all starts
    loss: float = math.nan  # smoothed over about 50 steps
    history: list[dict[str, float]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """The network, its optimiser and the position in the run."""

    def __init__(
        self,
        options: Options,
        network: Network,
        tokenizer: Tokenizer,
        device: torch.device,
        teachers: Teachers | None = None,
        guesser: WordHead | None = None,
        inputs: Inputs | None = None,
    ) -> None:
        self.options, self.tokenizer, self.device = options, tokenizer, device
        self.inputs = inputs or []
        self.network = network.to(device).train()
        self.teachers = teachers.to_device(device) if teachers else None
        self.guesser = guesser.to(device) if guesser else None
        # What a checkpoint holds.
        self._kept = nn.ModuleList(one for one in (network, self.guesser) if one)
        self.averaged = AveragedModel(self._kept) if options.swa else None
        self.position = Position()
        self._unread: list[Tensor] = []  # losses of the last steps
        self._since: float | None = None  # when the last step ended
        self.optimizer = torch.optim.AdamW(
            _groups(self._trained(), options.weight_decay),
            lr=options.learning_rate,
            fused=True,
        )

    def _trained(self) -> list[Parameter]:
        parts = (self.network, self.teachers, self.guesser)
        return [parameter for part in parts if part for parameter in part.parameters()]

    def run_step(self, step: Sequence[Batch], progress: float) -> None:
        """One optimiser step; `progress` is the share of the run that is done."""
        if self._since is None:
            self._since = time.monotonic()
        rate = learning_rate(progress, self.options)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        windows = sum(map(len, step))
        losses = [self._backward(batch, windows) for batch in step]
        self._unread.append(torch.stack(losses).sum())
        torch.nn.utils.clip_grad_norm_(self._trained(), self.options.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.averaged and progress >= 1 - self.options.swa:
            self.averaged.update_parameters(self._kept)
        self._count(step)
        if self.device.type != "cuda" or len(self._unread) == UNREAD:
            self.read_losses()

    def _backward(self, batch: Batch, windows: int) -> Tensor:
        with autocast(self.device, self.options.precision):
            each = self._loss(batch)
        loss = each.sum() / windows
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _loss(self, batch: Batch) -> Tensor:
        """Of each window: (windows,)."""
        if self.guesser and self.options.task == ASK:
            return question_loss(self.network, self.guesser, batch.to(self.device))
        # Hidden on the CPU: CUDA sees the same words then, and waits for nothing.
        hidden = with_words_hidden(
            batch.input_ids,
            self.options.masks,
            self.tokenizer,
            runs=self.options.mask_runs,
        )
        places = to_device((hidden != batch.input_ids).nonzero(), self.device)
        seen = to_device(hidden, self.device)
        batch = batch.to(self.device)
        states = self.network.states(seen, *batch.inputs[1:])
        logits = self.network.spans(states[-1])
        loss = span_loss(*logits, batch)
        if self.teachers:
            share = self.teachers.teaching.shares(batch)
            taught = self.teachers.loss(batch, states, logits)
            loss = (1 - share) * loss + share * taught
        if self.options.shared_norm:
            chosen = shared_norm_loss(*logits, batch)
            loss = loss + self.options.shared_norm * chosen
        if self.guesser:
            table = self.network.words.weight
            guessed = self.guesser.loss(states[-1], table, batch.input_ids, places)
            loss = loss + self.options.mlm * guessed
        return loss

    def read_losses(self) -> None:
        """Counts those of the last steps. A GPU must have done them all for that.

        Raises FloatingPointError for one that is not finite.
        """
        if not self._unread:
            return
        at = self.position
        first = at.step - len(self._unread) + 1
        for number, loss in enumerate(torch.stack(self._unread).tolist(), first):
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"the loss is {loss} at step {number}: try a lower --learning-rate"
                )
            at.loss = smoothed(at.loss, loss, number)
        self._unread.clear()

    def _count(self, step: Sequence[Batch]) -> None:
        at = self.position
        at.step, at.batch = at.step + 1, at.batch + 1
        at.tokens += sum(batch.input_ids.numel() for batch in step)
        now = time.monotonic()
        at.seconds += now - (self._since or now)
        self._since = now

    @property
    def result(self) -> tuple[Network, WordHead | None]:
        """What a checkpoint holds: the mean as soon as there is one."""
        if self.averaged is None or not self.averaged.n_averaged:
            return self.network, self.guesser
        network, *guesser = cast(nn.ModuleList, self.averaged.module)
        return cast(Network, network), cast(WordHead, guesser[0]) if guesser else None

    def save(self, folder: Path) -> None:
        """Writes the checkpoint, then the state; each replaces the old one whole."""
        self.read_losses()
        network, guesser = self.result
        save_network(network, folder, others=guesser.tensors() if guesser else None)
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict() if self.averaged else {},
            "optimizer": self.optimizer.state_dict(),
            "teachers": self.teachers.state_dict() if self.teachers else {},
            "guesser": self.guesser.state_dict() if self.guesser else {},
            "position": asdict(self.position),
            "options": json.dumps(self.options.described(), sort_keys=True),
            "inputs": self.inputs,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all(),
        }
        with written(folder / STATE) as part:
            torch.save(state, part)

    def resume(self, folder: Path) -> bool:
        """Goes on from `folder`, if it has a state. Refuses one of another run.

        Raises CheckpointError for a state that is damaged or of another network.
        """
        if not (folder / STATE).exists():
            return False
        try:
            return self._resume(folder)
        except UNREADABLE as error:
            raise CheckpointError(
                f"{folder / STATE} is damaged, or of a network of another shape: take "
                "it away to begin anew, or name another folder"
            ) from error

    def _resume(self, folder: Path) -> bool:
        state = torch.load(folder / STATE, map_location="cpu", weights_only=True)
        if state["options"] != json.dumps(self.options.described(), sort_keys=True):
            raise SystemExit(
                f"{folder} holds a run with other options: give the same ones, or "
                f"another folder. They are in {folder / RECORD}."
            )
        # Runs of earlier versions do not tell what they read.
        if others := changed(self.inputs, state.get("inputs", self.inputs)):
            raise SystemExit(
                f"{' and '.join(others)}: changed since the run in {folder} began. "
                "Name another folder to write"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.averaged:
            self.averaged.load_state_dict(state["averaged"])
        if self.teachers:
            self.teachers.load_state_dict(state["teachers"])
        if self.guesser:
            self.guesser.load_state_dict(state["guesser"])
        self.position = Position(**state["position"])
        torch.set_rng_state(state["random"])
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["random_cuda"])
        return True


def autocast(
    device: torch.device, precision: str
) -> contextlib.AbstractContextManager[object]:
    """bfloat16 where it is wanted, and on CUDA."""
    if device.type == "cuda" or precision == BFLOAT16:
        return torch.autocast(device.type, torch.bfloat16)
    return contextlib.nullcontext()


def _groups(
    parameters: Sequence[Parameter], weight_decay: float
) -> list[dict[str, Any]]:
    """No weight decay for biases and layer norms, which are all one-dimensional."""
    matrices = [p for p in parameters if p.dim() > 1]
    vectors = [p for p in parameters if p.dim() == 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def learning_rate(progress: float, options: Options) -> float:
    """Linear up over the warm-up, linear down to what the end factor leaves."""
    if progress < options.warm_up:
        return options.learning_rate * progress / options.warm_up
    left = max(0.0, (1 - progress) / (1 - options.warm_up))
    share = options.end_factor + (1 - options.end_factor) * left
    return options.learning_rate * share


def smoothed(before: float, loss: float, step: int) -> float:
    """The mean of the first 50 steps, which then slowly forgets; `step` from 1.

    Were the first step the beginning of it, its luck would show for a hundred more.
    """
    return loss if step == 1 else before + (loss - before) / min(step, 50)
