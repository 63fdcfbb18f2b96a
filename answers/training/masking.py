"""Hidden words: what a network must read without, and, if that is wanted, guess."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from answers.reader.tokens import Tokenizer

from .network import WEIGHTS, CheckpointError, Shape

# our name -> name in transformers' BertForMaskedLM
_NAMES: Final = {
    "dense.weight": "cls.predictions.transform.dense.weight",
    "dense.bias": "cls.predictions.transform.dense.bias",
    "norm.weight": "cls.predictions.transform.LayerNorm.weight",
    "norm.bias": "cls.predictions.transform.LayerNorm.bias",
    "bias": "cls.predictions.bias",
}


def with_words_hidden(
    input_ids: Tensor, share: float, tokenizer: Tokenizer, *, runs: float = 0.0
) -> Tensor:
    """The tokens with [MASK] for a random share of them, answers included.

    [CLS], [SEP] and padding stay. What is learnt by heart is learnt by few words; a
    teacher who sees all of them makes the rest learn too (Xie et al. 2020, "Self-
    training with Noisy Student").

    `runs`: whole words are hidden, so many in a row on average; they cannot be guessed
    from their own pieces (SpanBERT, Joshi et al. 2020). 0: each piece for itself.
    """
    if not share:
        return input_ids
    special = torch.tensor([tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id])
    if runs:
        drawn = _in_runs(input_ids, share, runs, torch.from_numpy(tokenizer.goes_on))
    else:
        drawn = torch.rand(input_ids.shape) < share
    hidden = drawn & ~torch.isin(input_ids, special)
    return input_ids.masked_fill(hidden, tokenizer.mask_id)


def _in_runs(input_ids: Tensor, share: float, runs: float, goes_on: Tensor) -> Tensor:
    """Which tokens are of words in runs of a random (geometric) length."""
    begins = ~goes_on[input_ids.long()]
    word = begins.long().cumsum(1)  # which one each token is of, from 1
    # A word stays where none of the runs that could reach it begins.
    drawn = torch.rand(input_ids.shape) < -math.log1p(-share) / runs
    more = torch.zeros(input_ids.shape)
    if runs > 1:
        more.exponential_(-math.log1p(-1 / runs)).floor_()
    ends = torch.where(begins & drawn, word + 1 + more.long(), 0)
    return ends.cummax(1).values > word


class WordHead(nn.Module):
    """Masked language modelling: guesses hidden words from the last layer's states.

    BERT's head (Devlin et al. 2019): a layer of its own, then the likeness to each
    word of the embeddings' table. It is of use in training alone, and kept in
    checkpoints so that the next run need not begin with a new one.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.hidden_size, shape.hidden_size)
        self.norm = nn.LayerNorm(shape.hidden_size, shape.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(shape.vocab_size))

    def forward(self, states: Tensor, words: Tensor) -> Tensor:
        """(tokens, hidden) and the table (words, hidden) -> logits (tokens, words)."""
        known = self.norm(functional.gelu(self.dense(states)))
        return functional.linear(known, words, self.bias)

    @classmethod
    def of(cls, folder: Path, shape: Shape) -> WordHead | None:
        """The checkpoint's; None where it has none. Raises CheckpointError."""
        weights = folder / WEIGHTS
        found = load_file(weights) if weights.exists() else {}
        state = {ours: found[name] for ours, name in _NAMES.items() if name in found}
        if not state:
            return None
        head = cls(shape)
        try:
            head.load_state_dict(state)
        except RuntimeError as error:
            raise CheckpointError(f"{folder}: {error}") from error
        return head

    def tensors(self) -> dict[str, Tensor]:
        """Its weights by the names of transformers."""
        return {_NAMES[name]: tensor for name, tensor in self.state_dict().items()}

    def loss(
        self, states: Tensor, words: Tensor, input_ids: Tensor, places: Tensor
    ) -> Tensor:
        """The mean cross-entropy of each window's hidden words: (windows,).

        `states`: (windows, tokens, hidden); `input_ids`: the words themselves,
        (windows, tokens); `places`: window and token of each hidden one, (words, 2).
        0 where none was.
        """
        windows, tokens = places.unbind(1)
        logits = self(states[windows, tokens], words).float()
        wanted = input_ids[windows, tokens].long()
        each = functional.cross_entropy(logits, wanted, reduction="none")
        total = torch.zeros(len(states), device=each.device)
        count = total.index_add(0, windows, torch.ones_like(each))
        return total.index_add(0, windows, each) / count.clamp(min=1)
