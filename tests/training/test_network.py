"""Our forward pass is BERT's, and checkpoints are read strictly."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import BertForQuestionAnswering

from answers.training.network import (
    CheckpointError,
    FeatureDropout,
    Network,
    attention,
    load_network,
    save_network,
)

from .conftest import TINY


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two windows of 20 tokens, the second with 7 of padding."""
    ids = torch.arange(40).reshape(2, 20) * 97 + 1000
    mask, kinds = torch.ones_like(ids), torch.zeros_like(ids)
    mask[1, 13:] = 0
    kinds[:, 6:] = 1
    return ids, mask, kinds


def test_logits_are_those_of_transformers_on_the_same_weights(
    tiny_checkpoint: Path,
) -> None:
    ids, mask, kinds = batch()
    theirs = BertForQuestionAnswering.from_pretrained(tiny_checkpoint)
    with torch.inference_mode():
        start, end = load_network(tiny_checkpoint).eval()(ids, mask, kinds)
        wanted = theirs(input_ids=ids, attention_mask=mask, token_type_ids=kinds)
    read = mask.bool()
    torch.testing.assert_close(start[read], wanted.start_logits[read])
    torch.testing.assert_close(end[read], wanted.end_logits[read])


def test_padding_and_neighbours_change_nothing(tiny_checkpoint: Path) -> None:
    ids, mask, kinds = batch()
    network = load_network(tiny_checkpoint).eval()
    with torch.inference_mode():
        together, _ = network(ids, mask, kinds)
        alone, _ = network(ids[1:, :13], mask[1:, :13], kinds[1:, :13])
    torch.testing.assert_close(together[1:, :13], alone)


def test_attention_spelt_out_for_bfloat16_is_attention() -> None:
    """Forwards and backwards, beside PyTorch's own in float32."""
    torch.manual_seed(0)
    mask = torch.ones(3, 1, 1, 7).bool()
    mask[1, ..., 4:] = False
    exact = [torch.randn(3, 2, 7, 8, requires_grad=True) for _ in range(3)]
    rough = [part.detach().bfloat16().requires_grad_() for part in exact]
    query, key, value = exact
    wanted = functional.scaled_dot_product_attention(query, key, value, mask)
    query, key, value = rough
    found = attention(query, key, value, mask)
    assert found.dtype is torch.bfloat16
    torch.testing.assert_close(found.float(), wanted, atol=0.03, rtol=0.03)
    wanted.square().sum().backward()  # type: ignore[no-untyped-call]
    found.square().sum().backward()  # type: ignore[no-untyped-call]
    for mine, theirs in zip(rough, exact, strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        gap = (mine.grad.float() - theirs.grad).norm() / theirs.grad.norm()
        assert float(gap) < 0.02


def test_tokens_of_a_window_lose_the_same_features() -> None:
    torch.manual_seed(3)
    dropout = FeatureDropout(0.25)
    lost = dropout(torch.ones(8, 5, 400))  # windows, tokens, hidden
    assert torch.equal(lost, lost[:, :1].expand_as(lost))
    assert not torch.equal(lost[0], lost[1])
    assert lost.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert float(lost.mean()) == pytest.approx(1, abs=0.05)


def test_dropout_is_for_training_alone() -> None:
    network = Network(TINY, dropout=0.5)
    ids, mask, kinds = batch()
    first, _ = network(ids, mask, kinds)
    second, _ = network(ids, mask, kinds)
    assert not torch.equal(first, second)
    network.eval()
    first, _ = network(ids, mask, kinds)
    second, _ = network(ids, mask, kinds)
    assert torch.equal(first, second)


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    network = Network(TINY)
    save_network(network, tmp_path)
    again = load_network(tmp_path)
    assert again.shape == TINY
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_a_bare_encoder_gets_a_fresh_head(checkpoint: Path) -> None:
    weights = checkpoint / "model.safetensors"
    bare = {
        name.removeprefix("bert."): tensor
        for name, tensor in load_file(weights).items()
        if not name.startswith("qa_outputs")
    }
    bare["pooler.dense.weight"] = torch.zeros(32, 32)
    save_file(bare, weights)
    assert load_network(checkpoint).head.weight.shape == (2, 32)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("bert.embeddings.LayerNorm.weight", None, r"missing \['embeddings.LayerNorm"),
        ("qa_outputs.bias", None, r"missing \['qa_outputs.bias"),
        ("bert.surprise.weight", torch.zeros(2), r"left over \['surprise.weight"),
        ("qa_outputs.bias", torch.zeros(3), r"has the shape \(3,\)"),
    ],
)
def test_other_tensors_than_expected_are_refused(
    checkpoint: Path, name: str, tensor: torch.Tensor | None, message: str
) -> None:
    weights = checkpoint / "model.safetensors"
    tensors = load_file(weights)
    tensors.pop(name, None)
    save_file(tensors | ({} if tensor is None else {name: tensor}), weights)
    with pytest.raises(CheckpointError, match=message):
        load_network(checkpoint)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act must be 'gelu'"),
        ({"model_type": "roberta"}, "model_type must be 'bert'"),
        ({"position_embedding_type": "relative_key"}, "must be 'absolute'"),
        ({"hidden_size": ...}, "hidden_size"),
    ],
)
def test_another_architecture_is_refused(
    checkpoint: Path, changes: dict[str, object], message: str
) -> None:
    path = checkpoint / "config.json"
    values = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({k: v for k, v in values.items() if v is not ...}))
    with pytest.raises(CheckpointError, match=message):
        load_network(checkpoint)


def test_a_folder_without_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_network(tmp_path)
