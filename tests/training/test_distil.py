"""Students: made of a teacher, and taught by one or several."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from answers.training.distil import main
from answers.training.network import (
    CheckpointError,
    Layer,
    Network,
    Shape,
    load_network,
    read_shape,
    save_network,
)
from answers.training.students import student_of
from answers.training.teaching import Teachers, Teaching

from .conftest import DEMO

DEEP = Shape(
    vocab_size=30522,
    hidden_size=32,
    num_hidden_layers=4,
    num_attention_heads=2,
    intermediate_size=64,
)
IDS = torch.tensor(
    [[101, 2129, 102, 2176, 2781, 2000, 102], [101, 7, 102, 9, 102, 0, 0]]
)
MASK = (IDS != 0).long()
KINDS = torch.tensor([[0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]])
INPUTS = (IDS, MASK, KINDS)
ALLOWED = torch.tensor([[1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 0, 0, 0]]).bool()


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
    loss = teachers.loss(INPUTS, states, student.spans(states[-1]), ALLOWED)
    return float(loss.detach())


# -- the loss ------------------------------------------------------------------------


def test_who_says_the_same_has_nothing_to_learn() -> None:
    network = made(1)
    assert taught(network, network, states=1.0) == pytest.approx(0, abs=1e-5)
    assert taught(made(2), network, states=1.0) > 0.1


def test_the_loss_is_the_divergence_over_the_candidates() -> None:
    student, teacher = made(2), made(1)
    heat = 2.0
    by_hand = 0.0
    for mine, theirs in zip(student(*INPUTS), teacher(*INPUTS), strict=True):
        for row in range(2):
            kept = ALLOWED[row]
            p = functional.softmax(theirs[row][kept] / heat, dim=0)
            q = functional.log_softmax(mine[row][kept] / heat, dim=0)
            by_hand += float((p * (p.log() - q)).sum().detach()) * heat**2 / 2
    assert taught(student, teacher, temperature=heat) == pytest.approx(
        by_hand, rel=1e-4
    )


def test_two_teachers_count_alike() -> None:
    student, one, other = made(3), made(1), made(2)
    both = taught(student, one, other)
    assert both == pytest.approx(taught(student, other, one), rel=1e-5)
    assert both == pytest.approx(taught(student, one, other, one, other), rel=1e-5)
    assert both != pytest.approx(taught(student, one), rel=1e-3)


def test_teachers_stay_as_they_are_and_a_projection_learns() -> None:
    narrow = made(2, Shape(30522, 16, 2, 2, 32))
    teacher = made(1)
    teachers = Teachers([teacher], narrow, Teaching(teachers=("t",), states=1.0))
    assert [name for name, _ in teachers.named_parameters()] == [
        "project.weight",
        "project.bias",
    ]
    states = narrow.states(*INPUTS)
    loss = teachers.loss(INPUTS, states, narrow.spans(states[-1]), ALLOWED)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(one.grad is None for one in teacher.parameters())
    assert all(one.grad is not None for one in teachers.parameters())
    assert narrow.words.weight.grad is not None


def test_padding_teaches_nothing() -> None:
    student, teacher = made(2), made(1)
    before = taught(student, teacher, states=1.0)
    longer = tuple(functional.pad(part, (0, 4)) for part in INPUTS)
    teachers = Teachers([teacher], student, Teaching(teachers=("t",), states=1.0))
    states = student.states(*longer)
    logits = student.spans(states[-1])
    after = teachers.loss(longer, states, logits, functional.pad(ALLOWED, (0, 4)))
    assert float(after.detach()) == pytest.approx(before, rel=1e-4)


def test_another_vocabulary_is_refused() -> None:
    padded = made(1, Shape(30528, 32, 2, 2, 64))
    with pytest.raises(CheckpointError, match="vocabularies"):
        Teachers([padded], made(2), Teaching(teachers=("t",)))


@pytest.mark.parametrize("wrong", [{"share": 1.5}, {"temperature": 0}, {"states": -1}])
def test_a_teaching_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Teaching(teachers=("t",), **wrong)


# -- students ------------------------------------------------------------------------


def test_a_student_of_the_same_width_takes_layers_over() -> None:
    teacher = made(1)
    student = student_of(teacher, layers=2)
    assert student.shape.num_hidden_layers == 2
    for mine, theirs in ((0, 1), (1, 3)):  # the last one among them
        kept, taken = student.layers[mine], teacher.layers[theirs]
        assert isinstance(kept, Layer)
        assert isinstance(taken, Layer)
        assert torch.equal(kept.wide.weight, taken.wide.weight)
    assert torch.equal(student.words.weight, teacher.words.weight)
    assert torch.equal(student.head.weight, teacher.head.weight)


def test_a_student_with_all_layers_says_the_same() -> None:
    teacher = made(1)
    student = student_of(teacher, layers=4).eval()
    for mine, theirs in zip(student(*INPUTS), teacher(*INPUTS), strict=True):
        assert torch.equal(mine, theirs)


def test_a_narrow_student_keeps_how_words_differ() -> None:
    """Words that vary in a few directions lose nothing by being projected on them."""
    teacher = made(1)
    with torch.no_grad():
        flat = torch.randn(30522, 8) @ torch.linalg.qr(torch.randn(32, 8))[0].T
        teacher.words.weight.copy_(flat)
    student = student_of(teacher, layers=2, hidden=16, heads=2, intermediate=32)
    some = torch.arange(0, 30522, 3000)
    mine, theirs = student.words(some), teacher.words(some)
    apart = torch.cdist(mine, mine), torch.cdist(theirs, theirs)
    assert torch.allclose(apart[0], apart[1], atol=1e-3)


@pytest.mark.parametrize(
    "shape",
    [
        {"layers": 9},
        {"layers": 0},
        {"layers": 2, "hidden": 30, "heads": 4},
        {"layers": 2, "hidden": 64},
        {"layers": 2, "intermediate": 128},
        {"layers": 2, "heads": 4},
    ],
)
def test_a_shape_that_cannot_be_made_is_refused(shape: dict[str, int]) -> None:
    with pytest.raises(CheckpointError):
        student_of(made(1), **shape)


# -- runs ----------------------------------------------------------------------------


def test_a_run_makes_a_student_that_comes_nearer_to_its_teacher(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    teacher = made(4, read_shape(tiny_checkpoint))
    save_network(teacher, tmp_path / "teacher")
    out = tmp_path / "out"
    arguments = [
        *(str(tmp_path / "teacher"), str(out), "--teacher", str(tmp_path / "teacher")),
        *("--data", f"{DEMO},limit=40", "--layers", "1", "--epochs", "4"),
        *("--share", "1", "--states", "0.1", "--learning-rate", "3e-3"),
        *("--dropout", "0", "--batch-tokens", "1024", "--micro-tokens", "1024"),
    ]
    main(arguments)
    record = json.loads((out / "train.json").read_text(encoding="utf-8"))
    assert record["options"]["teaching"]["teachers"] == ["teacher"]
    assert math.isfinite(record["loss"])
    student = load_network(out).eval()
    assert student.shape.num_hidden_layers == 1
    fresh = load_network(out / "student").eval()
    assert taught(student, teacher) < 0.9 * taught(fresh, teacher)
    before = load_file(out / "model.safetensors")
    main(arguments)  # done already: nothing changes
    after = load_file(out / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)
