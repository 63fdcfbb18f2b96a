"""Small networks that differ in what they say, and windows for them to read."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from answers.reader.tokens import Tokenizer
from answers.training.batches import Batch
from answers.training.features import Encoder, base_config
from answers.training.mixture import Mixture, Source
from answers.training.network import Network, Shape
from answers.training.teaching import Teachers, Teaching

from .conftest import DEMO, TINY

DEEP = replace(TINY, num_hidden_layers=4)
IDS = torch.tensor(
    [[101, 2129, 102, 2176, 2781, 2000, 102], [101, 7, 102, 9, 102, 0, 0]]
)
MASK = (IDS != 0).long()
KINDS = torch.tensor([[0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]])
INPUTS = (IDS, MASK, KINDS)
ALLOWED = torch.tensor([[1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 0, 0, 0]]).bool()

BATCH = Batch(
    *INPUTS,
    allowed=ALLOWED,
    start=torch.tensor([3, 0]),
    end=torch.tensor([4, 0]),
    question=torch.tensor([0, 1]),
    strange=torch.zeros_like(ALLOWED),
    taught=torch.tensor([True, True]),
)


def made(seed: int, shape: Shape = DEEP) -> Network:
    torch.manual_seed(seed)
    network = Network(shape)
    with torch.no_grad():  # fresh ones hardly differ in what they say
        for name, parameter in network.named_parameters():
            if "norm" not in name:
                parameter.normal_(std=0.3)
    return network.eval()


def taught(student: Network, *networks: Network, **options: float) -> float:
    teaching = Teaching(teachers=("t",) * len(networks), **options)
    teachers = Teachers(networks, student, teaching)
    states = student.states(*INPUTS)
    loss = teachers.loss(BATCH, states, student.spans(states[-1]))
    return float(loss.detach().sum())


def demo_windows(tokenizer: Tokenizer, first: int = 0) -> Sequence[torch.Tensor]:
    """48 windows of the demo's questions."""
    return demo_batch(tokenizer, first).inputs


def demo_batch(tokenizer: Tokenizer, first: int = 0) -> Batch:
    mixture = Mixture(
        [Source(DEMO)], Encoder(tokenizer), base_config(), negatives=0.0, seed=0
    )
    return Batch.of(mixture.epoch(0)[0][first : first + 48], tokenizer)
