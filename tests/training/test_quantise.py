"""A checkpoint becomes a folder of 8-bit weights that the reader loads."""

from pathlib import Path

import numpy as np
import openvino
import pytest

from answers.installed import made_up_windows
from answers.reader import Reader, ReaderConfig
from answers.reader.engine import OpenVINOEngine, core
from answers.training import outcomes, quantise
from answers.training.mixture import Source
from answers.training.network import CheckpointError, load_network
from answers.training.saturation import MOST_OF_TWO

from .conftest import DEMO, PASSAGE, QUESTION


def test_the_folder_holds_what_the_reader_loads_and_a_card(made: Path) -> None:
    names = sorted(path.name for path in made.iterdir())
    wanted = ["CARD.md", "model.bin", "model.xml", "reader.json", "vocab.txt"]
    assert names == wanted
    assert not list(made.parent.glob("*.part")) + list(made.parent.glob("*.old"))
    config = ReaderConfig.load(made)
    assert config.name == "tiny-int8"
    assert sorted(config.sha256) == ["model.bin", "model.xml", "vocab.txt"]


def test_what_we_trained_is_read_with_titles_and_twice(made: Path) -> None:
    config = ReaderConfig.load(made)
    assert (config.max_title_tokens, config.rescore_tokens) == (32, 64)
    text = " ".join((made / "CARD.md").read_text().split())
    assert "at most 32 tokens of the passage's title" in text
    assert "read again with 64 tokens on either side" in text


def test_the_reader_reads_with_it(made: Path) -> None:
    reader = Reader.load(made)
    try:
        ranking = reader.read(QUESTION, [PASSAGE])
    finally:
        reader.close()
    assert ranking.spans
    for span in ranking.spans:
        assert PASSAGE[span.start : span.end] == span.text


def test_int8_logits_are_near_those_of_fp32(made: Path, trained: Path) -> None:
    config = ReaderConfig.load(made)
    arrays = made_up_windows(30522, 40, windows=6)
    int8 = OpenVINOEngine.load(made, config, threads=1).run(arrays)
    fp32 = outcomes.TorchEngine(load_network(trained)).run(arrays)
    for ours, theirs in zip(int8, fp32, strict=True):
        apart = np.abs(ours - theirs).mean()
        assert apart < 0.1
        assert apart < 0.2 * theirs.std()  # and not because all are alike
    compared = config.metrics["quantisation"]["compared_with_fp32"]
    assert compared["mean_logit_difference"] < 0.1


def test_all_large_weights_are_8_bit_and_no_two_overflow(made: Path) -> None:
    model = core().read_model(made / "model.xml")
    constants = [op for op in model.get_ops() if op.get_type_name() == "Constant"]
    large = [op for op in constants if min(op.shape, default=0) >= 32]
    assert any(op.shape == openvino.Shape([30522, 32]) for op in large)
    for op in large:
        assert op.get_element_type() in (openvino.Type.i8, openvino.Type.u8), op
    matrices = [op for op in large if 30522 not in op.shape and 512 not in op.shape]
    assert len(matrices) == 2 * 6
    for op in matrices:
        pairs = op.data.astype(int).reshape(len(op.data), -1, 2)
        for sign in (1, -1):
            assert (sign * pairs).clip(min=0).sum(axis=2).max() <= MOST_OF_TWO
        # And not by NNCF's own way, which leaves every row half the range.
        assert np.abs(pairs).max() > 64


def test_too_little_data_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="one more --data file"):
        quantise.quantise(trained, tmp_path / "x", [Source(DEMO, limit=5)])


def test_fewer_windows_than_samples_are_taken_as_they_are(
    trained: Path, tmp_path: Path
) -> None:
    source = Source(DEMO, limit=130)
    config = quantise.quantise(trained, tmp_path / "x", [source], samples=300)
    found = config.metrics["quantisation"]
    assert 64 <= found["samples"] < 150
    assert found["compared_with_fp32"]["windows"] == 64


def test_a_folder_that_is_no_model_is_never_replaced(
    trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    for out in (tmp_path, trained):  # too short a path, and the checkpoint itself
        before = sorted(out.rglob("*"))
        with pytest.raises(CheckpointError, match="no model folder"):
            quantise.quantise(trained, out, [Source(DEMO, limit=100)], samples=10)
        assert sorted(out.rglob("*")) == before


def test_a_model_folder_is_replaced(
    trained: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    config = quantise.quantise(trained, Path(), [Source(DEMO, limit=100)], samples=9)
    assert config.name == folder.name
    assert config.metrics["quantisation"]["samples"] == 9
    assert ReaderConfig.load(folder) == config


def test_a_model_stays_in_its_place_where_no_other_can_take_it(folder: Path) -> None:
    before = ReaderConfig.load(folder)
    with pytest.raises(FileNotFoundError):
        quantise.replace_folder(folder.with_name("missing"), folder)
    assert ReaderConfig.load(folder) == before


def test_a_run_that_breaks_off_leaves_no_folder(tmp_path: Path) -> None:
    def broken_off() -> None:
        with quantise.folder_for(tmp_path / "x") as part:
            (part / "model.xml").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert not list(tmp_path.iterdir())
