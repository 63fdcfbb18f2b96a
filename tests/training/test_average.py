"""The mean of checkpoints, and its record."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from answers.reader import ReaderConfig
from answers.training.average import main, parse
from answers.training.features import SHIPPED
from answers.training.network import (
    Network,
    Shape,
    load_network,
    save_network,
)
from answers.training.quantise import training_record
from answers.training.recipe import fine_tunings, lineage, recipe
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


def test_the_mean_may_take_the_place_of_the_first(
    tiny_checkpoint: Path, second: Path
) -> None:
    vocabulary = (SHIPPED / "vocab.txt").read_bytes()
    (second / "vocab.txt").write_bytes(vocabulary)
    main([str(second), str(second), str(tiny_checkpoint)])
    record = json.loads((second / "train.json").read_text(encoding="utf-8"))
    assert record["averaged"] == {"second": 0.5, tiny_checkpoint.name: 0.5}
    assert (second / "vocab.txt").read_bytes() == vocabulary


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
    shipped_runs = lineage(ReaderConfig.load(SHIPPED).metrics["training"])
    assert lineage(record)[: len(shipped_runs)] == shipped_runs
    assert "beside" not in record


@pytest.fixture
def training() -> dict[str, Any]:
    """The record of a run that was not averaged."""
    shipped = lineage(ReaderConfig.load(SHIPPED).metrics["training"])
    *_, (_, run) = fine_tunings(shipped)
    return {k: v for k, v in run.items() if k not in {"averaged", "beside"}}


def checkpoint(folder: Path, record: dict[str, Any]) -> Path:
    save_network(Network(TINY), folder)
    (folder / "train.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def mean_record(out: Path, *folders: Path) -> dict[str, Any]:
    main([str(out), *map(str, folders)])
    return training_record(out)


def test_the_record_tells_of_runs_that_the_last_one_does_not_come_from(
    training: dict[str, Any], tmp_path: Path
) -> None:
    run = {**training, "from": "tiny", "history": [{"step": 1}]}
    first = checkpoint(tmp_path / "first", run)
    later = {**training, "from": "start", "from_record": None}
    record = mean_record(tmp_path / "mean", first, checkpoint(tmp_path / "2", later))
    assert list(record["beside"]) == ["first"]
    assert record["beside"]["first"]["options"] == training["options"]
    assert record["beside"]["first"].keys() & {"from_record", "history"} == set()
    text = " ".join(recipe([record]).split())
    assert "Beside it `first`, from `tiny` fine-tuned further (" in text
    assert text.index("Run 1") < text.index("Beside it") < text.index("Then averaged")


def test_a_mean_of_means_is_another_step(
    training: dict[str, Any], tmp_path: Path
) -> None:
    first = checkpoint(tmp_path / "first", {**training, "from": "tiny"})
    second = checkpoint(tmp_path / "second", {**training, "from": "start"})
    inner = mean_record(tmp_path / "mean", first, second)
    outer = mean_record(tmp_path / "again", first, tmp_path / "mean")
    assert (outer["from"], outer["from_record"]) == ("mean", inner)
    assert outer["averaged"] == {"first": 0.5, "mean": 0.5}


@pytest.mark.parametrize(
    "halfway", [{}, {"averaged": {"start": 0.5, "first": 0.5}, "history": []}]
)
def test_what_the_last_one_comes_from_is_not_told_beside_it(
    halfway: dict[str, Any], training: dict[str, Any], tmp_path: Path
) -> None:
    """Not even where the run went on from a mean of its start and itself."""
    run = {**training, "from": "tiny", "history": [{"step": 1}]}
    first = checkpoint(tmp_path / "first", run)
    onward = {**training, "from": "first", "from_record": {**run, **halfway}}
    record = mean_record(tmp_path / "mean", first, checkpoint(tmp_path / "2", onward))
    assert "beside" not in record


def test_two_folders_of_one_name_are_refused(
    training: dict[str, Any], tmp_path: Path
) -> None:
    one = checkpoint(tmp_path / "a" / "model", training)
    other = checkpoint(tmp_path / "b" / "model", training)
    with pytest.raises(SystemExit, match="a name of its own"):
        main([str(tmp_path / "out"), str(one), str(other)])
    assert not (tmp_path / "out").exists()


def test_without_shares_all_count_the_same() -> None:
    assert parse("a/b") == (Path("a/b"), 1.0)


@pytest.mark.parametrize("text", ["a,share=0", "a,share=-1", "a,weight=1", "a,share=x"])
def test_a_share_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse(text)


def test_networks_of_other_words_have_no_mean(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Though both have as many."""
    other = Path(shutil.copytree(tiny_checkpoint, tmp_path / "other"))
    words = (SHIPPED / "vocab.txt").read_text(encoding="utf-8").splitlines()
    words[-1], words[-2] = words[-2], words[-1]
    (other / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"other/vocab\.txt is not that of"):
        main([str(tmp_path / "out"), str(tiny_checkpoint), str(other)])
    assert not (tmp_path / "out").exists()


def test_networks_of_other_shapes_have_no_mean(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    small = Shape(30522, 16, 1, 2, 32)
    save_network(Network(small), tmp_path / "small")
    with pytest.raises(SystemExit, match="no mean"):
        main([str(tmp_path / "out"), str(tiny_checkpoint), str(tmp_path / "small")])
