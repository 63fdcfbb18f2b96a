"""Students: made of a teacher, and taught by one or several."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from answers.reader.tokens import Tokenizer
from answers.training.distil import arguments, main, make_student
from answers.training.features import Encoder, base_config
from answers.training.mixture import Mixture, Source
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
from answers.training.trainer import inputs_of

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
    return float(loss.detach().sum())


def demo_windows(tokenizer: Tokenizer, first: int = 0) -> list[torch.Tensor]:
    """48 windows of the demo's questions."""
    mixture = Mixture(
        [Source(DEMO)], Encoder(tokenizer), base_config(), negatives=0.0, seed=0
    )
    return inputs_of(mixture.epoch(0)[0][first : first + 48], tokenizer)


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
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert all(one.grad is None for one in teacher.parameters())
    assert all(one.grad is not None for one in teachers.parameters())
    assert narrow.words.weight.grad is not None


def test_a_projection_begins_as_the_best_there_is(tokenizer: Tokenizer) -> None:
    """Far from one drawn at random, and kept by a run that is resumed."""
    teacher, teaching = made(1), Teaching(teachers=("t",), share=1, states=1.0)
    windows = demo_windows(tokenizer)
    narrow = student_of(teacher, windows, hidden=16)
    allowed = windows[1].bool()

    def apart(teachers: Teachers) -> float:
        states = narrow.states(*windows)
        logits = narrow.spans(states[-1])
        alone = Teachers([teacher], narrow, Teaching(teachers=("t",), share=1))
        with torch.no_grad():
            both, less = (
                taught.loss(windows, states, logits, allowed)
                for taught in (teachers, alone)
            )
        return float((both - less).sum())

    fitted, random = (Teachers([teacher], narrow, teaching) for _ in range(2))
    random.fitted.fill_(True)
    assert apart(fitted) < 0.5 * apart(random)
    resumed = Teachers([teacher], narrow, teaching)
    resumed.load_state_dict(fitted.state_dict())
    assert apart(resumed) == pytest.approx(apart(fitted))


def test_padding_teaches_nothing() -> None:
    student, teacher = made(2), made(1)
    before = taught(student, teacher, states=1.0)
    longer = tuple(functional.pad(part, (0, 4)) for part in INPUTS)
    teachers = Teachers([teacher], student, Teaching(teachers=("t",), states=1.0))
    states = student.states(*longer)
    logits = student.spans(states[-1])
    after = teachers.loss(longer, states, logits, functional.pad(ALLOWED, (0, 4)))
    assert float(after.detach().sum()) == pytest.approx(before, rel=1e-4)


def test_another_vocabulary_is_refused() -> None:
    padded = made(1, Shape(30528, 32, 2, 2, 64))
    with pytest.raises(CheckpointError, match="vocabularies"):
        Teachers([padded], made(2), Teaching(teachers=("t",)))


@pytest.mark.parametrize(
    "wrong",
    [{"share": 1.5}, {"share_negatives": 1.1}, {"temperature": 0}, {"states": -1}],
)
def test_a_teaching_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Teaching(teachers=("t",), **wrong)


def test_where_there_is_no_answer_the_teachers_may_have_another_share(
    tokenizer: Tokenizer,
) -> None:
    windows = Mixture(
        [Source(DEMO)], Encoder(tokenizer), base_config(), negatives=0.3, seed=0
    ).epoch(0)[0]
    wrong = [one for one in windows if not one.has_answer][:2]
    right = [one for one in windows if one.has_answer][:2]
    teaching = Teaching(teachers=("t",), share=0.6)
    assert teaching.shares([*right, *wrong]) == [0.6] * 4
    labels_alone = replace(teaching, share_negatives=0.0)
    assert labels_alone.shares([*right, *wrong]) == [0.6, 0.6, 0.0, 0.0]


# -- students ------------------------------------------------------------------------


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
    ("said", "meant"), [("4", 4), ("1,2,4", (1, 2, 4)), ("0,", (0,))]
)
def test_layers_are_a_number_or_names(said: str, meant: object) -> None:
    given = arguments().parse_args(
        ["a", "out", "--teacher", "a", "--data", str(DEMO), "--layers", said]
    )
    assert given.layers == meant


@pytest.mark.parametrize("wrong", ["", "x", "1,x", "1.5"])
def test_layers_that_are_no_numbers_are_refused(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(
            ["a", "out", "--teacher", "a", "--data", str(DEMO), "--layers", wrong]
        )
    assert "--layers" in capsys.readouterr().err


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


# -- runs ----------------------------------------------------------------------------


def test_a_run_makes_a_student_that_comes_nearer_to_its_teacher(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    teacher = made(4, read_shape(tiny_checkpoint))
    save_network(teacher, tmp_path / "teacher")
    out = tmp_path / "out"
    given = [
        *(str(tmp_path / "teacher"), str(out), "--teacher", str(tmp_path / "teacher")),
        *("--data", f"{DEMO},limit=40", "--layers", "1", "--epochs", "4"),
        *("--share", "1", "--states", "0.1", "--learning-rate", "3e-3"),
        *("--dropout", "0", "--batch-tokens", "1024", "--micro-tokens", "1024"),
    ]
    main(given)
    record = json.loads((out / "train.json").read_text(encoding="utf-8"))
    assert record["options"]["teaching"]["teachers"] == ["teacher"]
    assert math.isfinite(record["loss"])
    assert record["from_record"]["made_smaller"]["num_hidden_layers"] == 1
    student = load_network(out).eval()
    assert student.shape.num_hidden_layers == 1
    fresh = load_network(out / "student").eval()
    assert taught(student, teacher) < 0.9 * taught(fresh, teacher)
    before = load_file(out / "model.safetensors")
    main(given)  # done already: nothing changes
    after = load_file(out / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_student_that_was_not_finished_is_made_again(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    given = arguments().parse_args(
        [
            *(str(tiny_checkpoint), str(out), "--teacher", str(tiny_checkpoint)),
            *("--data", f"{DEMO},limit=20", "--intermediate", "32", "--layers", "0,"),
        ]
    )
    (out / "student").mkdir(parents=True)  # and then it was killed
    folder = make_student(given)
    shape = load_network(folder).shape
    assert (shape.num_hidden_layers, shape.intermediate_size) == (1, 32)
    record = json.loads((folder / "train.json").read_text(encoding="utf-8"))
    assert record["layers"] == [0]
    finished = (folder / "model.safetensors").stat().st_mtime_ns
    make_student(given)
    assert (folder / "model.safetensors").stat().st_mtime_ns == finished


def test_a_teacher_sees_the_words_that_are_hidden_from_the_student(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Both are the same network: they differ only if they see different words."""
    same = tmp_path / "same"
    save_network(made(4, read_shape(tiny_checkpoint)), same)
    losses = []
    for masks in ("0", "0.3"):
        out = tmp_path / masks
        main(
            [
                *(str(same), str(out), "--teacher", str(same), "--share", "1"),
                *("--data", f"{DEMO},limit=20", "--masks", masks, "--dropout", "0"),
                *("--learning-rate", "0", "--weight-decay", "0"),
            ]
        )
        record = json.loads((out / "train.json").read_text(encoding="utf-8"))
        assert record["options"]["masks"] == float(masks)
        losses.append(record["loss"])
    assert losses[0] == pytest.approx(0, abs=1e-4)
    assert losses[1] > 0.01


def test_a_student_taught_right_answers_alone_learns_the_rest_from_labels(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """It is its own teacher: nothing but labels is left to make a loss."""
    losses = []
    for negatives in ("0", "0.5"):
        out = tmp_path / negatives
        main(
            [
                *(str(tiny_checkpoint), str(out), "--teacher", str(tiny_checkpoint)),
                *("--share", "1", "--share-negatives", "0", "--dropout", "0"),
                *("--data", f"{DEMO},limit=20", "--negatives", negatives),
                *("--learning-rate", "0", "--weight-decay", "0"),
            ]
        )
        record = json.loads((out / "train.json").read_text(encoding="utf-8"))
        losses.append(record["loss"])
    assert losses[0] == pytest.approx(0, abs=1e-4)
    assert losses[1] > 1
