"""Runs of the distil command, and what it takes for layers."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from answers.training.distil import arguments, main, make_student
from answers.training.network import (
    CheckpointError,
    load_network,
    read_shape,
    save_network,
)

from .conftest import DEMO
from .networks import made, taught


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


@pytest.mark.parametrize(
    "other",
    [["--layers", "2"], ["--layers", "1", "--hidden", "16"], ["--layers", "1,"], []],
)
def test_a_student_of_another_shape_is_not_gone_on_with(
    other: list[str], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    common = [
        *(str(tiny_checkpoint), str(tmp_path / "out")),
        *("--teacher", str(tiny_checkpoint), "--data", f"{DEMO},limit=10"),
    ]
    main([*common, "--layers", "1", "--epochs", "0.2"])
    with pytest.raises(SystemExit, match="another folder to write"):
        main([*common, *other, "--epochs", "0.2"])


def test_a_student_of_another_network_is_not_gone_on_with(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    save_network(made(4, read_shape(tiny_checkpoint)), start)
    given = arguments().parse_args(
        [
            *(str(start), str(tmp_path / "out"), "--teacher", str(tiny_checkpoint)),
            *("--data", f"{DEMO},limit=20", "--layers", "1"),
        ]
    )
    folder = make_student(given)
    save_network(made(5, read_shape(tiny_checkpoint)), start)
    with pytest.raises(CheckpointError, match="of another network"):
        make_student(given)
    record = json.loads((folder / "train.json").read_text(encoding="utf-8"))
    del record["from_sha256"]  # as earlier versions wrote it
    (folder / "train.json").write_text(json.dumps(record), encoding="utf-8")
    assert make_student(given) == folder


def test_no_student_is_made_for_no_question(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    none = tmp_path / "none.json"
    none.write_text('{"data": []}', encoding="utf-8")
    start = str(tiny_checkpoint)
    with pytest.raises(SystemExit, match="no question"):
        main(
            [
                *(start, str(tmp_path / "out"), "--teacher", start),
                *("--data", str(none), "--layers", "1"),
            ]
        )


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
