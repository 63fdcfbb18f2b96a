"""NVIDIA's checkpoint of BERT Dist-4L-288D becomes a model folder, or says why not."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import BertConfig, BertForQuestionAnswering

from answers.reader import Reader, ReaderConfig
from answers.reader.tokens import VOCABULARY_FILE, Tokenizer
from answers.training import checkpoints, quantise
from answers.training.card import card
from answers.training.checkpoints import POOLER, read_checkpoint
from answers.training.features import SHIPPED
from answers.training.network import CheckpointError

from .conftest import DEMO

State = dict[str, Any]
QUESTION = "How much salt goes into the dough?"
PASSAGE = "The dough takes 10 g of salt, 500 g of flour and 350 g of water."
KEY = "bert.encoder.layer.2.attention.self.key.weight"
WIDE = "bert.encoder.layer.0.intermediate.dense_act.weight"


@pytest.fixture(scope="module")
def theirs() -> BertForQuestionAnswering:
    """transformers' own BERT of that shape, with weights that are far from zero."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=30528,
        hidden_size=288,
        num_hidden_layers=4,
        num_attention_heads=12,
        intermediate_size=1152,
        initializer_range=0.06,
    )
    network: BertForQuestionAnswering = BertForQuestionAnswering(config)
    network.train(False)
    for parameter in network.parameters():
        if parameter.ndim == 1:  # biases and norms begin at 0 and 1: mistakes hide
            parameter.data += torch.randn_like(parameter) * 0.05
    return network


@pytest.fixture(scope="module")
def state(theirs: BertForQuestionAnswering) -> State:
    """The same weights under NVIDIA's names, with a pooler."""
    renamed = {
        name.replace("intermediate.dense.", "intermediate.dense_act."): tensor.clone()
        for name, tensor in theirs.state_dict().items()
    }
    pooler = {
        f"{POOLER}.weight": torch.randn(288, 288),
        f"{POOLER}.bias": torch.ones(288),
    }
    return {**renamed, **pooler}


@pytest.fixture(scope="module")
def checkpoint(state: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(state, tmp_path_factory.mktemp("ngc"))


@pytest.fixture(scope="module")
def made(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The INT8 folder, made by the command line."""
    out = tmp_path_factory.mktemp("weights") / "nvidia-4l"
    arguments = [str(checkpoint), "--out", str(out), "--samples", "10"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantise, "COMPARED", 4)  # takes the longest, and proves nothing
        checkpoints.main([*arguments, "--calibration", f"{DEMO},limit=100"])
    return out


def saved(content: Any, folder: Path) -> Path:
    path = folder / "pytorch_model.bin"
    torch.save(content, path)
    return path


def windows() -> dict[str, Tensor]:
    """Two windows of 60 tokens, the second with 20 of padding."""
    ids = torch.randint(1000, 30522, (2, 60), generator=torch.manual_seed(1))
    mask, kinds = torch.ones_like(ids), torch.zeros_like(ids)
    mask[1, 40:] = 0
    kinds[:, 12:] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}


# -- works -------------------------------------------------------------------------


def test_logits_are_those_of_transformers_on_the_same_weights(
    checkpoint: Path, theirs: BertForQuestionAnswering
) -> None:
    inputs = windows()
    with torch.inference_mode():
        start, end = read_checkpoint(checkpoint)(*inputs.values())
        wanted = theirs(**inputs)
    read = inputs["attention_mask"].bool()
    assert wanted.start_logits[read].std() > 0.1  # they do differ among themselves
    for ours, other in ((start, wanted.start_logits), (end, wanted.end_logits)):
        assert (ours[read] - other[read]).abs().max() < 1e-4


def test_nvidias_gelu_is_ours_to_five_digits() -> None:
    x = torch.linspace(-10, 10, 10001)
    theirs = x * 0.5 * (1.0 + torch.erf(x / 1.41421))
    assert (theirs - torch.nn.functional.gelu(x)).abs().max() < 1e-5


def under_model(state: State) -> Any:
    return {"model": state, "optimizer": {"state": {}}, "epoch": 3}


def of_several_devices(state: State) -> Any:
    return {f"module.{name}": tensor for name, tensor in state.items()}


def without_pooler(state: State) -> Any:
    return {name: one for name, one in state.items() if not name.startswith(POOLER)}


@pytest.mark.parametrize("layout", [under_model, of_several_devices, without_pooler])
def test_other_layouts_of_the_same_give_the_same_weights(
    checkpoint: Path, state: State, tmp_path: Path, layout: Callable[[State], Any]
) -> None:
    plain = read_checkpoint(checkpoint).state_dict()
    again = read_checkpoint(saved(layout(state), tmp_path)).state_dict()
    assert plain.keys() == again.keys()
    assert all(torch.equal(plain[name], again[name]) for name in plain)


def test_half_precision_is_read_as_full(state: State, tmp_path: Path) -> None:
    half = {name: tensor.half() for name, tensor in state.items()}
    network = read_checkpoint(saved(half, tmp_path))
    assert {one.dtype for one in network.state_dict().values()} == {torch.float32}


def test_it_is_read_without_titles_as_it_was_measured(made: Path) -> None:
    config = ReaderConfig.load(made)
    assert (config.max_title_tokens, config.rescore_tokens) == (0, 0)
    assert "title before it" not in (made / "CARD.md").read_text(encoding="utf-8")


def test_the_folder_loads_and_answers_with_exact_quotes(made: Path) -> None:
    config = ReaderConfig.load(made)
    assert config.name == "nvidia-4l"
    reader = Reader.load(made, threads=1)
    try:
        ranking = reader.read(QUESTION, [PASSAGE])
    finally:
        reader.close()
    assert ranking.spans
    for span in ranking.spans:
        assert PASSAGE[span.start : span.end] == span.text


def test_the_folder_is_int8_and_says_whose_it_is(made: Path, checkpoint: Path) -> None:
    names = sorted(path.name for path in made.iterdir())
    wanted = ["CARD.md", "model.bin", "model.xml", "reader.json", "vocab.txt"]
    assert names == wanted
    assert [path.name for path in made.parent.iterdir()] == ["nvidia-4l"]
    config = ReaderConfig.load(made)
    # 12.9 million weights of a byte each: not of four.
    assert config.metrics["megabytes"] < 14
    assert config.metrics["parameters"] == 12_937_538
    assert len(config.metrics["origin"]["sha256"]) == 64
    text = (made / "CARD.md").read_text(encoding="utf-8")
    for part in ("NVIDIA", "Not calibrated", "questions.json", "Apache-2.0"):
        assert part in text
    assert "MiniLM" not in text
    assert str(made.parent) not in text + (made / "reader.json").read_text()


def test_a_card_written_anew_after_calibration_keeps_the_origin(made: Path) -> None:
    config = ReaderConfig.load(made)
    shipped = ReaderConfig.load(SHIPPED).metrics
    measured = {name: shipped[name] for name in ("no_answer", "calibration")}
    text = card(replace(config, metrics={**config.metrics, **measured}))
    assert "NVIDIA" in text
    assert "MiniLM" not in text
    assert "Expected calibration error" in " ".join(text.split())


# -- refuses -----------------------------------------------------------------------


def spoilt(state: State, **changes: Any) -> State:
    return {**state, **changes}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({KEY: torch.zeros(288, 312)}, rf"{KEY} has the shape \(288, 312\), not"),
        ({KEY: torch.zeros(288, 288).long()}, f"{KEY} is torch.int64, not float16"),
        ({KEY: torch.full((288, 288), torch.nan)}, f"{KEY} holds numbers that are not"),
        ({KEY: 3}, f"{KEY} is no tensor but a int"),
        ({"cls.predictions.bias": torch.zeros(3)}, "left over: cls.predictions.bias"),
        ({f"{POOLER}.bias": torch.zeros(1)}, rf"{POOLER}.bias has the shape \(1,\)"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(
    state: State, tmp_path: Path, changes: State, sentence: str
) -> None:
    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(saved({**state, **changes}, tmp_path))


def test_missing_tensors_are_named_all_at_once(state: State, tmp_path: Path) -> None:
    gone = {KEY, "qa_outputs.bias", f"{POOLER}.weight"}
    rest = {name: one for name, one in state.items() if name not in gone}
    with pytest.raises(CheckpointError) as error:
        read_checkpoint(saved(rest, tmp_path))
    for name in gone:
        assert f"missing: {name}" in str(error.value)


def test_transformers_own_names_are_not_nvidias(
    theirs: BertForQuestionAnswering, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=f"missing: {WIDE}"):
        read_checkpoint(saved(theirs.state_dict(), tmp_path))


def test_a_name_that_comes_twice_is_refused(state: State, tmp_path: Path) -> None:
    both = {**state, f"module.{KEY}": state[KEY]}
    with pytest.raises(CheckpointError, match="twice"):
        read_checkpoint(saved(both, tmp_path))


class Attack:
    """A pickle that would call a function."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("code was run",)


def test_a_file_that_wants_to_run_code_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = r"wants to run code \(\S*print\) and is refused\.$"
    with pytest.raises(CheckpointError, match=wanted) as refused:
        read_checkpoint(saved({"model": Attack()}, tmp_path))
    assert "weights_only" not in str(refused.value)
    assert "code was run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        *((junk, "cannot be read") for junk in (b"", b"<html>", b"hello", b"(]ab.")),
        (None, "is not there"),
    ],
)
def test_what_is_no_checkpoint_is_refused(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "file.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit, match=sentence):
        checkpoints.main([str(path), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("in_zip", [True, False])
def test_whatever_is_broken_in_a_file_is_told_in_words(
    tmp_path: Path, in_zip: bool
) -> None:
    """A tiny checkpoint, never ours, with a few bytes changed or its end lost."""
    path = tmp_path / "file.bin"
    torch.save(
        {"model": {KEY: torch.ones(3)}, "step": (1, "a")},
        path,
        _use_new_zipfile_serialization=in_zip,
    )
    whole = path.read_bytes()
    rng = random.Random(7)
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        end = rng.randrange(len(broken)) if rng.random() < 0.3 else len(broken)
        path.write_bytes(broken[:end])
        with pytest.raises(CheckpointError):
            read_checkpoint(path)


def test_a_file_of_one_tensor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no state dict"):
        read_checkpoint(saved(torch.zeros(3), tmp_path))


def test_another_vocabulary_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    words = (SHIPPED / VOCABULARY_FILE).read_text(encoding="utf-8").split("\n")
    short = tmp_path / "vocab.txt"
    short.write_text("\n".join(words[:20000]), encoding="utf-8")
    with pytest.raises(CheckpointError, match="has 20,000 tokens"):
        checkpoints.convert(checkpoint, tmp_path / "out", vocabulary=short)
    assert not (tmp_path / "out").exists()


def test_the_tokenizer_never_gives_the_padding_rows(tokenizer: Tokenizer) -> None:
    assert tokenizer.vocabulary_size + checkpoints.PADDING == 30528


def test_a_folder_that_is_no_model_is_never_replaced(
    checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(CheckpointError, match="no model folder"):
        checkpoints.convert(checkpoint, tmp_path)
    assert (tmp_path / "letters").is_dir()
