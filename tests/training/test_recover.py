"""The weights of a model folder come back, and can be trained further."""

import shutil
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch

from answers.reader import ReaderConfig
from answers.reader.engine import core
from answers.training import quantise
from answers.training.card import card
from answers.training.features import SHIPPED
from answers.training.finetune import finetune
from answers.training.mixture import Source
from answers.training.network import CheckpointError, load_network, save_network
from answers.training.recover import load_start, main, recover
from answers.training.trainer import Options

from .conftest import DEMO

IDS = torch.tensor([[101, 2129, 2146, 102, 2176, 2781, 102]])
INPUTS = (IDS, torch.ones_like(IDS), torch.tensor([[0, 0, 0, 0, 1, 1, 1]]))


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With layer norms and biases that are not those of a fresh network."""
    torch.manual_seed(6)
    network = load_network(tiny_checkpoint)
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if "norm" in name or name.endswith("bias"):
                tensor.add_(torch.randn_like(tensor) * 0.2)
    out = tmp_path_factory.mktemp("lively")
    save_network(network, out)
    return out


@pytest.fixture(scope="module")
def folder(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "tiny-int8"
    quantise.quantise(checkpoint, out, [Source(DEMO, limit=100)], samples=10)
    return out


def test_weights_of_8_bits_come_back_but_for_their_rounding(
    checkpoint: Path, folder: Path
) -> None:
    network, again = load_network(checkpoint), recover(folder)
    assert again.shape == network.shape
    for name, tensor in network.state_dict().items():
        found = again.state_dict()[name]
        # 7 bits of the largest weight of a row; biases are corrected a little.
        assert float((found - tensor).abs().max()) < 0.04, name
    with torch.inference_mode():
        for mine, theirs in zip(network(*INPUTS), again(*INPUTS), strict=True):
            assert np.allclose(mine, theirs, atol=0.1)


def test_what_quantisation_left_out_is_neutral(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """A fresh layer norm changes nothing, so OpenVINO drops it."""
    out = tmp_path / "fresh-int8"
    quantise.quantise(tiny_checkpoint, out, [Source(DEMO, limit=100)], samples=10)
    again = recover(out).state_dict()
    assert torch.equal(again["norm.weight"], torch.ones(32))
    assert torch.equal(again["norm.bias"], torch.zeros(32))


def test_the_shipped_model_comes_back_as_one_that_reads_like_it() -> None:
    network = recover(SHIPPED).eval()
    compiled = core().compile_model(SHIPPED / "model.xml", "CPU")
    names = ("input_ids", "attention_mask", "token_type_ids")
    found = compiled(
        {name: part.numpy() for name, part in zip(names, INPUTS, strict=True)}
    )
    with torch.inference_mode():
        logits = network(*INPUTS)
    for place, mine in zip(("start_logits", "end_logits"), logits, strict=True):
        assert np.abs(found[place] - mine.numpy()).mean() < 0.6
        assert np.corrcoef(found[place].ravel(), mine.numpy().ravel())[0, 1] > 0.97


def test_finetuning_goes_on_from_a_model_folder(folder: Path, tmp_path: Path) -> None:
    options = Options(
        sources=(Source(DEMO, limit=20),), learning_rate=1e-3, dropout=0.0
    )
    lines: list[str] = []
    end = finetune(folder, tmp_path / "on", options, report=lines.append)
    assert end.step >= 1
    before = recover(folder).state_dict()["words.weight"]
    after = load_network(tmp_path / "on").state_dict()["words.weight"]
    assert not torch.equal(before, after)
    made = tmp_path / "again-int8"
    quantise.quantise(tmp_path / "on", made, [Source(DEMO, limit=100)], samples=10)
    told = card(ReaderConfig.load(made))
    assert "questions.json" in told
    assert "Run 1: fine-tuned further" in told


def test_a_checkpoint_is_taken_as_one(tiny_checkpoint: Path) -> None:
    assert torch.equal(
        load_start(tiny_checkpoint).state_dict()["words.weight"],
        load_network(tiny_checkpoint).state_dict()["words.weight"],
    )


def test_another_model_is_refused(tmp_path: Path) -> None:
    parameter = openvino.opset8.parameter([1, 384], name="input_ids")
    model = openvino.Model([openvino.opset8.relu(parameter)], [parameter])
    openvino.save_model(model, tmp_path / "model.xml")
    with pytest.raises(CheckpointError, match=r"quantise has written"):
        load_start(tmp_path)


def test_a_damaged_model_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    (broken / "model.xml").write_text("<net", encoding="ascii")
    with pytest.raises(CheckpointError, match="cannot be read"):
        recover(broken)


def test_the_command_writes_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    main([str(folder), str(tmp_path / "out")])
    assert load_network(tmp_path / "out").shape == recover(folder).shape
    assert (tmp_path / "out" / "vocab.txt").exists()
