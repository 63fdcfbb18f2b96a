"""Question generation: what a reader's network is taught to write to an answer.

One network reads the passage in both directions, the answer marked in it, and writes
the question word by word, each word seeing those before it: who reads whom is a matter
of the mask alone (sequence-to-sequence fine-tuning of UniLM, Dong et al. 2019). So
the windows are those that a reader learns from, ``[CLS] question [SEP] passage [SEP]``,
and any of its checkpoints is a start. What is written to plain text gives a reader more
to learn from than people have asked (Alberti et al. 2019, Puri et al. 2020); see
answers.training.generate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor

from answers.reader.tokens import Tokenizer, Tokens
from answers.reader.windows import Window

from .batches import Batch
from .features import Labelled
from .masking import WordHead
from .network import Layer, Network

# Where the passage begins, however long the question is that is yet to be written.
PASSAGE_PLACE: Final = 66
NO_WORDS: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What the network is given of windows that it writes to."""

    places: Tensor  # (windows, tokens), as the next one
    kinds: Tensor  # 1 in the passage but for the answer, which is marked by 0
    passage: Tensor  # (windows, tokens), whether the token is of it
    mask: Tensor  # (windows, 1, tokens, tokens), who reads whom
    written: Tensor  # (windows, tokens), whether the next token is one to write

    @classmethod
    def of(cls, batch: Batch, network: Network) -> Layout:
        tokens = torch.arange(batch.input_ids.shape[1], device=batch.input_ids.device)
        passage = batch.token_type_ids.bool()
        asked = batch.attention_mask.bool() & ~passage
        first = asked.sum(1, keepdim=True)  # of the passage
        last_place = network.shape.max_position_embeddings - 1
        moved = (tokens - first + PASSAGE_PLACE).clamp(max=last_place)
        start, end = batch.start[:, None], batch.end[:, None]
        marked = (tokens >= start) & (tokens <= end)
        earlier = tokens[:, None] >= tokens
        asked_earlier = asked[:, :, None] & asked[:, None, :] & earlier
        return cls(
            places=torch.where(passage, moved, tokens),
            kinds=(passage & ~marked).int(),
            passage=passage,
            mask=(passage[:, None, :] | asked_earlier)[:, None],
            written=asked & (tokens < first - 1) & batch.has_answer[:, None],
        )

    def states(self, batch: Batch, network: Network) -> list[Tensor]:
        """What the embeddings and each layer give, (windows, tokens, hidden) each."""
        known = network.embed(batch.input_ids, self.kinds, self.places)
        return network.encode(known, self.mask)


def question_loss(network: Network, head: WordHead, batch: Batch) -> Tensor:
    """The mean cross-entropy of the words of each question, its end too: (windows,).

    0 for a window without an answer.
    """
    layout = Layout.of(batch, network)
    states = layout.states(batch, network)[-1]
    following = batch.input_ids.roll(-1, dims=1)
    places = layout.written.nonzero()
    return head.loss(states, network.words.weight, following, places)


@torch.inference_mode()
def write_questions(
    network: Network,
    head: WordHead,
    batch: Batch,
    tokenizer: Tokenizer,
    *,
    longest: int = 32,
    nucleus: float = 0.9,
    random: torch.Generator | None = None,
) -> list[list[int]]:
    """A question to each window's answer, in tokens; empty where none came to an end.

    The windows have none yet (`to_ask`). Each word is drawn from the likeliest ones
    that together have a probability of `nucleus` (Holtzman et al. 2020); 0 takes the
    likeliest. `longest`: in tokens.
    """
    layout = Layout.of(batch, network)
    states = layout.states(batch, network)
    layers = [cast(Layer, layer) for layer in network.layers]
    past = [layer.remember(x) for layer, x in zip(layers, states, strict=False)]
    read = layout.passage[:, None, None, :]
    word = torch.full_like(batch.start, tokenizer.cls_id)
    written = torch.empty(len(batch), 0, dtype=torch.long, device=word.device)
    done = torch.zeros_like(word).bool()
    for place in range(longest + 1):
        here = torch.tensor([place], device=word.device)
        kind = torch.zeros_like(word)[:, None]
        x = network.norm(network.embed(word[:, None], kind, here))
        read = torch.cat([read, torch.ones_like(read[..., :1])], -1)
        for number, layer in enumerate(layers):
            keys, values = layer.remember(x)
            x = layer(x, read, past[number])
            past[number] = (
                torch.cat([past[number][0], keys], 2),
                torch.cat([past[number][1], values], 2),
            )
        logits = head(x[:, 0], network.words.weight).float()
        word = drawn(_of_words(logits, tokenizer, place), nucleus, random)
        written = torch.cat([written, word[:, None]], 1)
        done |= word == tokenizer.sep_id
        if done.all():
            break
    return [_until(row, tokenizer.sep_id) for row in written.tolist()]


def _of_words(logits: Tensor, tokenizer: Tokenizer, place: int) -> Tensor:
    """No special token but the one that ends a question, and that not at once."""
    never = [tokenizer.cls_id, tokenizer.pad_id, tokenizer.mask_id, tokenizer.unk_id]
    logits[:, never if place else [*never, tokenizer.sep_id]] = -torch.inf
    return logits


def drawn(logits: Tensor, nucleus: float, random: torch.Generator | None) -> Tensor:
    """One of the words for each row of logits (windows, words): (windows,)."""
    if not nucleus:
        return logits.argmax(1)
    chances, words = logits.softmax(1).sort(1, descending=True)
    before = chances.cumsum(1) - chances
    kept = chances.masked_fill(before >= nucleus, 0.0)
    return words.gather(1, torch.multinomial(kept, 1, generator=random))[:, 0]


def _until(row: Sequence[int], end: int) -> list[int]:
    return list(row[: row.index(end)]) if end in row else []


def to_ask(passage: Tokens, first: int, last: int, *, room: int) -> Labelled:
    """A window without a question, of at most `room` tokens around an answer.

    `first`, `last`: the answer's tokens in the passage, the last inclusive.
    """
    size = min(room, len(passage))
    centred = (first + last + 1 - size) // 2
    begin = max(0, min(centred, len(passage) - size, first))
    ids = passage.ids[begin : begin + size]
    window = Window(0, 0, NO_WORDS, ids, begin, len(passage))
    shift = window.answer_start - begin
    return Labelled(window, first + shift, min(last, begin + size - 1) + shift)
