"""Windows as tensors, and epochs that worker processes prepare."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from answers.reader.tokens import Tokenizer
from answers.training.batches import Batch, Epochs, to_device
from answers.training.features import Encoder, base_config
from answers.training.finetune import arguments
from answers.training.mixture import Mixture, Source
from answers.training.steps import candidates

from .conftest import DEMO
from .runs import make_labelled, make_options

WINDOWS = [
    make_labelled(12, start=5, end=6, question="a"),
    make_labelled(9),
    make_labelled(10, question="a"),
    make_labelled(7),
]


def parts(batch: Batch) -> list[torch.Tensor]:
    labels = (batch.start, batch.end, batch.question)
    return [*batch.inputs, batch.allowed, *labels]


def test_a_batch_is_padded_and_labelled(tokenizer: Tokenizer) -> None:
    batch = Batch.of(WINDOWS, tokenizer)
    assert len(batch) == 4
    assert batch.input_ids.shape == (4, 12)
    assert batch.attention_mask.sum(1).tolist() == [12, 9, 10, 7]
    assert batch.token_type_ids[0].tolist() == [0, 0, 0, 0] + [1] * 8
    assert torch.equal(batch.allowed, torch.from_numpy(candidates(WINDOWS)))
    assert batch.start.tolist() == [5, 0, 0, 0]
    assert batch.end.tolist() == [6, 0, 0, 0]
    assert batch.has_answer.tolist() == [True, False, False, False]
    same = batch.question[:, None] == batch.question
    assert same.sum() == 4 + 2  # each with itself, and both of "a"
    assert same[0, 2]


def test_an_aligned_batch_says_the_same_of_more_padding(tokenizer: Tokenizer) -> None:
    plain, aligned = (Batch.of(WINDOWS, tokenizer, aligned=a) for a in (1, 8))
    assert aligned.input_ids.shape == (4, 16)
    assert (aligned.input_ids[:, 12:] == tokenizer.pad_id).all()
    for beyond in (*aligned.inputs[1:], aligned.allowed):
        assert not beyond[:, 12:].any()
    for one, other in zip(parts(plain), parts(aligned), strict=True):
        assert torch.equal(one, other[:, :12] if other.dim() == 2 else other)


def test_a_batch_comes_out_of_another_process_and_device_as_it_was(
    tokenizer: Tokenizer,
) -> None:
    batch = Batch.of(WINDOWS, tokenizer)
    sent = copy.deepcopy(batch)
    cpu = torch.device("cpu")
    for one, other, moved in zip(
        parts(batch), parts(sent), parts(batch.to(cpu)), strict=True
    ):
        assert torch.equal(one, other)
        assert one.dtype == other.dtype
        assert torch.equal(one, moved)
    assert to_device(batch.start, cpu) is batch.start


def test_epochs_come_one_after_the_other(tokenizer: Tokenizer) -> None:
    source = Source(DEMO, weight=0.2)
    mixture = Mixture(
        [source], Encoder(tokenizer), base_config(), negatives=0.3, seed=1, crops=0.5
    )
    epochs = Epochs(mixture, tokenizer, make_options().plan)
    begun = epochs.begin(3)
    for number in (3, 4):
        planned, counts = next(begun)
        wanted, wanted_counts = epochs[number]
        assert counts == wanted_counts
        flat = [part for step in planned for one in step for part in parts(one)]
        known = [part for step in wanted for one in step for part in parts(one)]
        assert len(flat) == len(known)
        assert all(map(torch.equal, flat, known))


TRAIN = """
import sys
from answers.training import finetune

given = finetune.arguments().parse_args(sys.argv[2:])
finetune.torch.set_num_threads(1)

def stop(position):
    if position.step == int(sys.argv[1]):
        sys.exit()

finetune.finetune(
    given.checkpoint,
    given.out,
    finetune.options_of(given),
    workers=given.workers,
    save_minutes=0.0,
    report=lambda line: None,
    after_step=stop,
)
"""


def train(checkpoint: Path, out: Path, *, workers: int = 0, stop_at: int = -1) -> None:
    """In a process of its own, as trainings are: workers are forked."""
    options = (
        f"--data {DEMO},limit=60 --epochs 4 --batch-tokens 2048 --micro-tokens 1024 "
        f"--masks 0.1 --mlm 0.2 --seed 3 --workers {workers}"
    )
    arguments = [str(stop_at), str(checkpoint), str(out), *options.split()]
    subprocess.run([sys.executable, "-c", TRAIN, *arguments], check=True, timeout=240)


def steps_of(run: Path) -> int:
    record = json.loads((run / "train.json").read_text(encoding="utf-8"))
    return int(record["step"])


def test_runs_with_workers_end_with_the_same_weights(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """One of them broken off, too."""
    train(tiny_checkpoint, tmp_path / "alone")
    train(tiny_checkpoint, tmp_path / "helped", workers=2)
    train(tiny_checkpoint, tmp_path / "broken", workers=2, stop_at=7)
    assert steps_of(tmp_path / "broken") == 7
    train(tiny_checkpoint, tmp_path / "broken", workers=2)
    assert steps_of(tmp_path / "broken") == steps_of(tmp_path / "alone") > 7
    alone, helped, broken = (
        load_file(tmp_path / name / "model.safetensors")
        for name in ("alone", "helped", "broken")
    )
    for name, tensor in alone.items():
        assert torch.equal(tensor, helped[name]), name
        assert torch.equal(tensor, broken[name]), name


def test_fewer_workers_than_none_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["in", "out", "--data", "a.json", "--workers", "-1"])
    assert "--workers: -1 is below 0" in capsys.readouterr().err
