"""Students: smaller networks made of a teacher."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from answers.reader.tokens import Tokenizer
from answers.training.network import CheckpointError, Layer, Network, Shape
from answers.training.students import student_of

from .networks import DEEP, INPUTS, demo_windows, made


def distance(one: Network, other: Network, windows: Sequence[torch.Tensor]) -> float:
    """Mean difference of their logits, in standard deviations of the second's."""
    read = windows[1].bool()
    with torch.inference_mode():
        mine, theirs = (
            torch.stack([logits[read] for logits in network.eval()(*windows)])
            for network in (one, other)
        )
    return float((mine - theirs).abs().mean() / theirs.std())


def alike(one: Network, other: Network, windows: Sequence[torch.Tensor]) -> bool:
    return distance(one, other, windows) < 0.02


def test_a_student_with_everything_says_the_same(tokenizer: Tokenizer) -> None:
    teacher = made(1)
    windows = demo_windows(tokenizer)
    student = student_of(teacher, windows, layers=4)
    assert alike(student, teacher, windows)


def test_what_says_nothing_is_left_out_without_loss(tokenizer: Tokenizer) -> None:
    """Half of the columns stand twice, half of each head and of the neurons idle."""
    teacher = made(1)
    with torch.no_grad():
        for table in (teacher.words, teacher.positions, teacher.kinds):
            table.weight[:, 16:] = table.weight[:, :16]
        for layer in teacher.layers:
            assert isinstance(layer, Layer)
            for part in (layer.attended, layer.narrow):
                part.weight[16:], part.bias[16:] = part.weight[:16], part.bias[:16]
            for part in layer.projections:
                part.weight.view(2, 16, 32)[:, 8:] = 0
                part.bias.view(2, 16)[:, 8:] = 0
            layer.narrow.weight[:, ::2] = 0
    windows = demo_windows(tokenizer)
    student = student_of(teacher, windows, layers=4, hidden=16, intermediate=32)
    assert student.shape == Shape(30522, 16, 4, 2, 32)
    assert alike(student, teacher, windows)
    others = demo_windows(tokenizer, first=48)
    assert alike(student, teacher, others)


def test_what_is_not_said_stays_as_it_is(tokenizer: Tokenizer) -> None:
    student = student_of(made(1), demo_windows(tokenizer), intermediate=32)
    assert student.shape == replace(DEEP, intermediate_size=32)


def test_where_layers_are_left_out_the_others_make_up_for_it(
    tokenizer: Tokenizer,
) -> None:
    """Nearer to the teacher than with the same layers taken over as they are."""
    teacher = made(1)
    windows = demo_windows(tokenizer)
    student = student_of(teacher, windows, layers=2)
    copied = Network(student.shape)
    taken = {
        name.replace("layers.1.", "layers.0.").replace("layers.3.", "layers.1."): one
        for name, one in teacher.state_dict().items()
        if "layers.0." not in name and "layers.2." not in name
    }
    copied.load_state_dict(taken)
    others = demo_windows(tokenizer, first=48)
    assert distance(student, teacher, others) < 0.8 * distance(copied, teacher, others)


def test_the_layers_that_are_named_are_those_that_stay(tokenizer: Tokenizer) -> None:
    """What the other two add is nothing here, so that nothing is missing."""
    teacher = made(1)
    idle = {"layers.0.", "layers.2."}
    with torch.no_grad():
        for name, parameter in teacher.named_parameters():
            if name[:9] in idle and (".attended." in name or ".narrow." in name):
                parameter.zero_()
    windows = demo_windows(tokenizer)
    assert alike(student_of(teacher, windows, layers=(1, 3)), teacher, windows)
    assert not alike(student_of(teacher, windows, layers=(0, 2)), teacher, windows)


@pytest.mark.parametrize(
    "shape",
    [
        {"layers": 9},
        {"layers": 0},
        {"layers": ()},
        {"layers": (1, 0)},
        {"layers": (1, 1)},
        {"layers": (0, 4)},
        {"layers": (-1, 0)},
        {"hidden": 0},
        {"intermediate": 0},
        {"layers": 2, "hidden": 31},
        {"layers": 2, "hidden": 64},
        {"layers": 2, "intermediate": 128},
    ],
)
def test_a_shape_that_cannot_be_made_is_refused(shape: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError):
        student_of(made(1), INPUTS, **shape)
