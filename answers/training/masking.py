"""Hidden words: what a network must read without, and, if that is wanted, guess."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from answers.reader.tokens import Tokenizer

from .network import Shape


def with_words_hidden(
    inputs: Sequence[Tensor], share: float, tokenizer: Tokenizer
) -> list[Tensor]:
    """The inputs with [MASK] for a random share of the tokens, answers among them.

    [CLS], [SEP] and padding stay. What is learnt by heart is learnt by few words; a
    teacher who sees all of them makes the rest learn too (Xie et al. 2020, "Self-
    training with Noisy Student").
    """
    input_ids, *others = inputs
    if not share:
        return list(inputs)
    special = torch.tensor(
        [tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id], device=input_ids.device
    )
    # Drawn on the CPU: CUDA and CPU hide the same words then.
    drawn = torch.rand(input_ids.shape).to(input_ids.device) < share
    hidden = drawn & ~torch.isin(input_ids, special)
    return [input_ids.masked_fill(hidden, tokenizer.mask_id), *others]


class WordHead(nn.Module):
    """Masked language modelling: guesses hidden words from the last layer's states.

    BERT's head (Devlin et al. 2019): a layer of its own, then the likeness to each
    word of the embeddings' table. It is of use in training alone.
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

    def loss(
        self, states: Tensor, words: Tensor, input_ids: Tensor, hidden: Tensor
    ) -> Tensor:
        """The mean cross-entropy of each window's hidden words: (windows,).

        `states`: (windows, tokens, hidden); `input_ids`: the words themselves, and
        `hidden` which of them were, (windows, tokens) each. 0 where none was.
        """
        logits = self(states[hidden], words).float()
        each = functional.cross_entropy(logits, input_ids[hidden], reduction="none")
        windows = hidden.nonzero()[:, 0]
        total = torch.zeros(len(hidden), device=each.device)
        total = total.index_add(0, windows, each)
        return total / hidden.sum(1).clamp(min=1)
