"""The mean of checkpoints, and its record."""

import json
from pathlib import Path

import pytest
import torch

from answers.reader import ReaderConfig
from answers.training.average import main, parse
from answers.training.features import SHIPPED
from answers.training.network import (
    CheckpointError,
    Network,
    Shape,
    load_network,
    save_network,
)
from answers.training.quantise import training_record
from answers.training.recipe import lineage, recipe
from answers.training.recover import recover

from .conftest import TINY


@pytest.fixture
def second(tmp_path: Path) -> Path:
    save_network(Network(TINY), tmp_path / "second")
    record = '{"from": "tiny", "step": 7}'
    (tmp_path / "second" / "train.json").write_text(record)
    return tmp_path / "second"


def test_weights_are_averaged_by_share_and_the_record_says_so(
    tiny_checkpoint: Path, second: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mean"
    main([str(out), f"{tiny_checkpoint},share=1", f"{second},share=3"])
    first, other = (load_network(f).state_dict() for f in (tiny_checkpoint, second))
    for name, tensor in load_network(out).state_dict().items():
        torch.testing.assert_close(tensor, 0.25 * first[name] + 0.75 * other[name])
    record = json.loads((out / "train.json").read_text(encoding="utf-8"))
    assert record["averaged"] == {tiny_checkpoint.name: 0.25, "second": 0.75}
    assert record["step"] == 7
    assert "beside" not in record
    assert (out / "vocab.txt").exists()


def test_a_model_folder_counts_as_the_checkpoint_it_was_made_of(
    tmp_path: Path,
) -> None:
    checkpoint = tmp_path / "trained"
    save_network(recover(SHIPPED), checkpoint)
    main([str(tmp_path / "mean"), str(SHIPPED), str(checkpoint)])
    mean, shipped = load_network(tmp_path / "mean"), load_network(checkpoint)
    for name, tensor in mean.state_dict().items():
        torch.testing.assert_close(tensor, shipped.state_dict()[name])
    record = json.loads((tmp_path / "mean" / "train.json").read_text(encoding="utf-8"))
    assert record["averaged"] == {SHIPPED.name: 0.5, "trained": 0.5}
    config = ReaderConfig.load(SHIPPED)
    options = config.metrics["training"]["options"]
    assert options in [run.get("options") for run in lineage(record)]
    assert "beside" not in record


def test_the_record_tells_of_runs_that_the_last_one_does_not_come_from(
    second: Path, tmp_path: Path
) -> None:
    training = dict(ReaderConfig.load(SHIPPED).metrics["training"])
    for of_a_mean in ("averaged", "beside"):
        training.pop(of_a_mean, None)
    first, mean = tmp_path / "first", tmp_path / "mean"
    save_network(Network(TINY), first)
    run = {**training, "from": "tiny", "history": [{"step": 1}]}
    (first / "train.json").write_text(json.dumps(run), encoding="utf-8")
    later = json.dumps({**training, "from": "start", "from_record": None})
    (second / "train.json").write_text(later, encoding="utf-8")
    main([str(mean), str(first), str(second)])
    record = training_record(mean)
    assert list(record["beside"]) == ["first"]
    assert record["beside"]["first"]["options"] == training["options"]
    assert record["beside"]["first"].keys() & {"from_record", "history"} == set()
    text = " ".join(recipe([record]).split())
    assert "Beside it `first`, from `tiny` fine-tuned further (" in text
    assert text.index("Run 1") < text.index("Beside it") < text.index("Then averaged")

    # A mean of means is another step: nothing of the first is lost.
    again = tmp_path / "again"
    main([str(again), str(first), str(mean)])
    outer = training_record(again)
    assert (outer["from"], outer["from_record"]) == ("mean", record)
    assert outer["averaged"] == {"first": 0.5, "mean": 0.5}

    # What was averaged with its own start has nothing beside it.
    onward = {**training, "from": "first", "from_record": run}
    (second / "train.json").write_text(json.dumps(onward), encoding="utf-8")
    main([str(mean), str(first), str(second)])
    assert "beside" not in training_record(mean)
    halfway = {**run, "averaged": {"start": 0.5, "first": 0.5}, "history": []}
    onward = {**training, "from": "halfway", "from_record": halfway}
    (second / "train.json").write_text(json.dumps(onward), encoding="utf-8")
    main([str(mean), str(first), str(second)])
    assert "beside" not in training_record(mean)


def test_without_shares_all_count_the_same() -> None:
    assert parse("a/b") == (Path("a/b"), 1.0)


@pytest.mark.parametrize("text", ["a,share=0", "a,share=-1", "a,weight=1", "a,share=x"])
def test_a_share_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse(text)


def test_networks_of_other_shapes_have_no_mean(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    small = Shape(30522, 16, 1, 2, 32)
    save_network(Network(small), tmp_path / "small")
    with pytest.raises(CheckpointError, match="no mean"):
        main([str(tmp_path / "out"), str(tiny_checkpoint), str(tmp_path / "small")])
