"""BERT with a span head in plain PyTorch, and its checkpoints.

Our own forward pass rather than transformers' because it is traced for OpenVINO:
no cache, no mask machinery, three inputs in and two outputs out. Checkpoints keep
the layout of transformers' ``BertForQuestionAnswering`` (config.json and
model.safetensors), so either side can read what the other wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from answers.reader.tokens import VOCABULARY_FILE, read_vocabulary

from .writing import write_text, written

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"

# our name -> name in transformers' layout
_TOP: Final = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "kinds": "embeddings.token_type_embeddings",
    "norm": "embeddings.LayerNorm",
}
_LAYER: Final = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "narrow_norm": "output.LayerNorm",
}


class CheckpointError(ValueError):
    """The folder is not a BERT checkpoint that fits; the message says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of transformers' config.json that decide the network."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12


class FeatureDropout(nn.Module):
    """Dropout of whole features: a window's tokens all lose the same ones.

    As in Gal & Ghahramani, "A Theoretically Grounded Application of Dropout in
    Recurrent Neural Networks" (2016). BERT draws for each token, and for each pair of
    tokens in attention, which takes a quarter of the time of training on a CPU.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """x: (windows, tokens, hidden), and so is what comes back."""
        if not self.training or not self.share:
            return x  # and nothing of it is traced
        return functional.dropout1d(x.transpose(1, 2), self.share).transpose(1, 2)


Past = tuple[Tensor, Tensor]  # keys and values, (windows, heads, tokens, width) each


class Layer(nn.Module):
    """One encoder layer: self-attention and the feed-forward part, post-norm."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        hidden = shape.hidden_size
        self.heads = shape.num_attention_heads
        self.drop = FeatureDropout(dropout)
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.attended = nn.Linear(hidden, hidden)
        self.attended_norm = nn.LayerNorm(hidden, shape.layer_norm_eps)
        self.wide = nn.Linear(hidden, shape.intermediate_size)
        self.narrow = nn.Linear(shape.intermediate_size, hidden)
        self.narrow_norm = nn.LayerNorm(hidden, shape.layer_norm_eps)

    def forward(self, x: Tensor, mask: Tensor, past: Past | None = None) -> Tensor:
        """x: (windows, tokens, hidden); mask: what is read, (windows, 1, 1, tokens).

        Or (windows, 1, tokens, tokens) where it is not the same for all of them; with
        `past`, of earlier tokens, these are read too and come first in the last of it.
        """
        x = self.attended_norm(x + self.drop(self.attend(x, mask, past)))
        wide = functional.gelu(self.wide(x))
        normed: Tensor = self.narrow_norm(x + self.drop(self.narrow(wide)))
        return normed

    @property
    def projections(self) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
        """Query, key, value."""
        return self.query, self.key, self.value

    def attend(self, x: Tensor, mask: Tensor, past: Past | None = None) -> Tensor:
        """Self-attention, before it is added to x."""
        query, key, value = (self._by_heads(part(x)) for part in self.projections)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        heads = attention(query, key, value, mask)
        attended: Tensor = self.attended(heads.transpose(1, 2).flatten(2))
        return attended

    def remember(self, x: Tensor) -> Past:
        """What later tokens read of these: keys and values, by heads."""
        return self._by_heads(self.key(x)), self._by_heads(self.value(x))

    def _by_heads(self, x: Tensor) -> Tensor:
        """(windows, tokens, hidden) -> (windows, heads, tokens, hidden / heads)."""
        windows, tokens, _ = x.shape
        return x.view(windows, tokens, self.heads, -1).transpose(1, 2)


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Scaled dot-product attention, (windows, heads, tokens, hidden / heads).

    PyTorch's own; but spelt out in bfloat16 on a CPU, where that takes a quarter of the
    time (2.13, forwards and backwards: 22 ms instead of 84 for 30 windows of 135).
    """
    if query.dtype is not torch.bfloat16 or query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, key, value, mask)
    hidden = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, -torch.inf)
    windows, heads, tokens, width = query.shape
    scores = torch.baddbmm(
        hidden.expand(windows, heads, -1, -1).flatten(0, 1),
        query.flatten(0, 1),
        key.flatten(0, 1).transpose(1, 2),
        alpha=width**-0.5,
    )
    attended = torch.bmm(scores.softmax(-1), value.flatten(0, 1))
    return attended.view(windows, heads, tokens, width)


class Network(nn.Module):
    """Windows -> start and end logits."""

    def __init__(self, shape: Shape, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.drop = FeatureDropout(dropout)
        self.words = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.positions = nn.Embedding(shape.max_position_embeddings, shape.hidden_size)
        self.kinds = nn.Embedding(shape.type_vocab_size, shape.hidden_size)
        self.norm = nn.LayerNorm(shape.hidden_size, shape.layer_norm_eps)
        self.layers = nn.ModuleList(
            Layer(shape, dropout) for _ in range(shape.num_hidden_layers)
        )
        self.head = nn.Linear(shape.hidden_size, 2)
        self.apply(_initialise)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Three (windows, tokens) integer tensors -> two (windows, tokens) logits."""
        return self.spans(self.states(input_ids, attention_mask, token_type_ids)[-1])

    def spans(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The last layer's states -> start and end logits, (windows, tokens) each."""
        start, end = self.head(x).unbind(-1)
        return start, end

    def embed(
        self, input_ids: Tensor, token_type_ids: Tensor, places: Tensor | None = None
    ) -> Tensor:
        """The sum of the three tables, (windows, tokens, hidden), before the norm.

        `places` of the tokens, if they are not 0, 1, 2 and so on.
        """
        if places is None:
            places = torch.arange(input_ids.shape[1], device=input_ids.device)
        known: Tensor = self.words(input_ids) + self.kinds(token_type_ids)
        known = known + self.positions(places)
        return known

    def states(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> list[Tensor]:
        """What the embeddings and each layer give, (windows, tokens, hidden) each."""
        known = self.embed(input_ids, token_type_ids)
        return self.encode(known, attention_mask[:, None, None, :].bool())

    def encode(self, known: Tensor, mask: Tensor) -> list[Tensor]:
        """The same from what `embed` gave, with a mask as the layers take it."""
        found = [self.drop(self.norm(known))]
        for layer in self.layers:
            found.append(layer(found[-1], mask))
        return found


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


# -- checkpoints -----------------------------------------------------------------


def load_network(folder: Path, *, dropout: float = 0.0) -> Network:
    """Reads a checkpoint folder; an encoder without span head gets a fresh one.

    Raises CheckpointError for another architecture, missing, left-over or misshapen
    tensors, and for files that are none of a checkpoint. Poolers and language-model
    heads are left out knowingly.
    """
    network = Network(read_shape(folder), dropout=dropout)
    found = {
        name.removeprefix("bert."): tensor.float()
        for name, tensor in read_tensors(folder).items()
    }
    wanted = {their_name(name): name for name in network.state_dict()}
    if "qa_outputs.weight" not in found:
        fresh = network.head.state_dict()
        found |= {f"qa_outputs.{name}": tensor for name, tensor in fresh.items()}
    ignored = ("pooler.", "cls.", "embeddings.position_ids")
    left = [n for n in found if n not in wanted and not n.startswith(ignored)]
    missing = [name for name in wanted if name not in found]
    if left or missing:
        raise CheckpointError(f"{folder}: missing {missing}, left over {left}")
    state = {ours: found[theirs] for theirs, ours in wanted.items()}
    for name, tensor in network.state_dict().items():
        if state[name].shape != tensor.shape:
            raise CheckpointError(
                f"{folder}: {their_name(name)} has the shape {tuple(state[name].shape)}"
                f" in {WEIGHTS}, {tuple(tensor.shape)} by {CONFIG}"
            )
    network.load_state_dict(state)
    return network


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """All of the checkpoint's tensors by name. Raises CheckpointError."""
    try:
        return load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} cannot be read: {error}") from error


def read_shape(folder: Path) -> Shape:
    """The network's shape from config.json. Raises CheckpointError."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{folder / CONFIG} is no object")
    _require_plain_bert(config, folder)
    known = {name: config[name] for name in Shape.__slots__ if name in config}
    try:
        shape = Shape(**known)
    except TypeError as error:
        raise CheckpointError(f"{folder / CONFIG}: {error}") from error
    _require_sizes(shape, folder)
    return shape


def _require_plain_bert(config: dict[str, Any], folder: Path) -> None:
    expected = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
    }
    for name, value in expected.items():
        if config.get(name, value) != value:
            raise CheckpointError(f"{folder / CONFIG}: {name} must be {value!r}")


def _require_sizes(shape: Shape, folder: Path) -> None:
    for name, value in asdict(shape).items():
        kinds = int | float if name == "layer_norm_eps" else int
        if not isinstance(value, kinds) or not value > 0:
            raise CheckpointError(f"{folder / CONFIG}: {name} is {value!r}")
    if shape.hidden_size % shape.num_attention_heads:
        raise CheckpointError(
            f"{folder / CONFIG}: {shape.hidden_size} columns do not make "
            f"{shape.num_attention_heads} heads"
        )


def require_words(network: Network, words: Path) -> None:
    """Raises CheckpointError where the folder's vocabulary has more than it knows."""
    count, known = (
        len(read_vocabulary(words / VOCABULARY_FILE)),
        network.shape.vocab_size,
    )
    if count > known:
        raise CheckpointError(
            f"{words / VOCABULARY_FILE} has {count:,} words, the network "
            f"knows {known:,}"
        )


def require_length(network: Network, tokens: int) -> None:
    """Raises CheckpointError for windows longer than it reads."""
    if tokens > (most := network.shape.max_position_embeddings):
        raise CheckpointError(
            f"it reads windows of at most {most} tokens, not {tokens}"
        )


def save_network(
    network: Network, folder: Path, *, others: Mapping[str, Tensor] | None = None
) -> None:
    """Writes config.json and model.safetensors, each complete or not at all.

    `others`: tensors of another head, by the names that transformers gives them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        ("" if name.startswith("head.") else "bert.") + their_name(name): tensor.cpu()
        for name, tensor in network.state_dict().items()
    }
    tensors |= {name: tensor.cpu() for name, tensor in (others or {}).items()}
    config = {
        "architectures": ["BertForQuestionAnswering"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        **asdict(network.shape),
    }
    with written(folder / WEIGHTS) as part:
        save_file(tensors, part, metadata={"format": "pt"})
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def their_name(name: str) -> str:
    """'layers.3.query.weight' -> 'encoder.layer.3.attention.self.query.weight'."""
    module, _, kind = name.rpartition(".")
    if module == "head":
        return f"qa_outputs.{kind}"
    if module in _TOP:
        return f"{_TOP[module]}.{kind}"
    _, number, part = module.split(".")
    return f"encoder.layer.{number}.{_LAYER[part]}.{kind}"
