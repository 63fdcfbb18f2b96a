"""Words that are hidden from the network, and the head that guesses them."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLMPredictionHead

from answers.reader.tokens import Tokenizer
from answers.training.batches import Batch
from answers.training.finetune import finetune, main
from answers.training.masking import WordHead, with_words_hidden
from answers.training.trainer import Position

from .conftest import DEMO, TINY
from .runs import make_labelled, make_options


def test_hidden_words_are_a_random_share_of_the_words_alone(
    tokenizer: Tokenizer,
) -> None:
    ids = Batch.of([make_labelled(400), make_labelled(300)], tokenizer).input_ids
    torch.manual_seed(0)
    seen = with_words_hidden(ids, 0.25, tokenizer)
    assert not (ids == tokenizer.mask_id).any()
    hidden = seen == tokenizer.mask_id
    assert torch.equal(seen[~hidden], ids[~hidden])
    for special in (tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id):
        assert not (hidden & (ids == special)).any()
    assert int(hidden.sum()) == pytest.approx(0.25 * 700, rel=0.2)
    again = with_words_hidden(ids, 0.25, tokenizer)
    assert not torch.equal(seen, again)


def runs_of(hidden: Sequence[bool]) -> list[int]:
    return [len(list(found)) for is_hidden, found in groupby(hidden) if is_hidden]


@pytest.mark.parametrize("runs", [1.0, 3.0])
def test_hidden_in_runs_words_go_whole(tokenizer: Tokenizer, runs: float) -> None:
    passage = "unbelievably antidisestablishmentarians overwhelm it , " * 60
    ids = torch.from_numpy(tokenizer.encode(passage).ids)[None]
    goes_on = tokenizer.goes_on[ids[0]]
    assert 0.2 < goes_on.mean() < 0.8
    of_words = np.cumsum(~goes_on)
    torch.manual_seed(0)
    drawn = [with_words_hidden(ids, 0.2, tokenizer, runs=runs)[0] for _ in range(20)]
    lengths: list[int] = []
    shares = []
    for seen in drawn:
        hidden = (seen == tokenizer.mask_id).numpy()
        whole = set(of_words[hidden])
        assert not whole & set(of_words[~hidden]), "half a word was hidden"
        words = [word in whole for word in range(1, of_words[-1] + 1)]
        shares.append(np.mean(words))
        lengths += runs_of(words)
    assert np.mean(shares) == pytest.approx(0.2, rel=0.15)
    # Runs that meet are one: with one word each, the share of them is in the mean.
    assert np.mean(lengths) == pytest.approx({1.0: 1.25, 3.0: 3.7}[runs], rel=0.15)


def test_special_tokens_are_not_hidden_in_runs(tokenizer: Tokenizer) -> None:
    ids = Batch.of([make_labelled(400), make_labelled(300)], tokenizer).input_ids
    seen = with_words_hidden(ids, 0.5, tokenizer, runs=4)
    hidden = seen == tokenizer.mask_id
    assert hidden.any()
    assert torch.equal(seen[~hidden], ids[~hidden])
    for special in (tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id):
        assert not (hidden & (ids == special)).any()


def test_without_hidden_words_nothing_is_drawn(tokenizer: Tokenizer) -> None:
    ids = Batch.of([make_labelled(40)], tokenizer).input_ids
    before = torch.get_rng_state()
    assert with_words_hidden(ids, 0.0, tokenizer) is ids
    assert torch.equal(torch.get_rng_state(), before)


def small_head(seed: int = 0) -> WordHead:
    torch.manual_seed(seed)
    head = WordHead(TINY)
    with torch.no_grad():
        head.bias.normal_()
    return head


def test_it_guesses_as_bert_does() -> None:
    head = small_head()
    theirs = BertLMPredictionHead(  # type: ignore[no-untyped-call]
        BertConfig(
            vocab_size=TINY.vocab_size,
            hidden_size=TINY.hidden_size,
            layer_norm_eps=TINY.layer_norm_eps,
        )
    )
    words = torch.randn(TINY.vocab_size, TINY.hidden_size)
    parts = {
        "transform.dense.weight": head.dense.weight,
        "transform.dense.bias": head.dense.bias,
        "transform.LayerNorm.weight": head.norm.weight,
        "transform.LayerNorm.bias": head.norm.bias,
        "decoder.weight": words,
        "decoder.bias": head.bias,
        "bias": head.bias,
    }
    theirs.load_state_dict(parts)
    states = torch.randn(7, TINY.hidden_size)
    torch.testing.assert_close(head(states, words), theirs(states))


def test_the_loss_of_a_window_is_the_mean_over_its_hidden_words() -> None:
    head = small_head()
    words = torch.randn(TINY.vocab_size, TINY.hidden_size)
    states = torch.randn(3, 5, TINY.hidden_size)
    ids = torch.randint(TINY.vocab_size, (3, 5))
    hidden = torch.tensor([[0, 1, 0, 1, 1], [0, 0, 0, 0, 0], [0, 0, 1, 0, 0]]).bool()
    logits = head(states, words)
    wanted = [
        functional.cross_entropy(logits[row, places], ids[row, places])
        for row, places in ((0, [1, 3, 4]), (2, [2]))
    ]
    found = head.loss(states, words, ids, hidden.nonzero())
    torch.testing.assert_close(
        found, torch.stack([wanted[0], torch.tensor(0.0), wanted[1]])
    )


def test_without_a_hidden_word_there_is_no_loss_and_a_gradient_all_the_same() -> None:
    head = small_head()
    words = torch.randn(TINY.vocab_size, TINY.hidden_size)
    none = torch.zeros(2, 5, dtype=torch.long)
    states = torch.randn(2, 5, TINY.hidden_size)
    loss = head.loss(states, words, none, none.nonzero())
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert loss.tolist() == [0, 0]
    assert head.dense.weight.grad is not None


# -- runs ------------------------------------------------------------------------


def losses(
    checkpoint: Path,
    out: Path,
    *,
    stop: Callable[[Position], None] | None = None,
    **options: float,
) -> list[float]:
    found: list[float] = []

    def watch(position: Position) -> None:
        found.append(position.loss)
        if stop:
            stop(position)

    finetune(
        checkpoint,
        out,
        make_options(masks=0.15, dropout=0.0, **options),
        save_minutes=0.0,
        report=lambda line: None,
        after_step=watch,
    )
    return found


def test_a_network_learns_to_guess(tiny_checkpoint: Path, tmp_path: Path) -> None:
    plain = losses(tiny_checkpoint, tmp_path / "plain", epochs=1.0)
    guessing = losses(tiny_checkpoint, tmp_path / "mlm", epochs=8.0, mlm=1.0)
    # At first one word is as likely as any other of 30,522.
    assert guessing[0] - plain[0] == pytest.approx(10.3, abs=0.5)
    assert guessing[-1] < guessing[0] - 2


def test_a_guessing_run_that_was_broken_off_ends_with_the_same_weights(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    def stop(position: Position) -> None:
        if position.step == 5:
            raise KeyboardInterrupt

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    losses(tiny_checkpoint, whole, mlm=0.5)
    with pytest.raises(KeyboardInterrupt):
        losses(tiny_checkpoint, broken, mlm=0.5, stop=stop)
    losses(tiny_checkpoint, broken, mlm=0.5)
    for name, tensor in load_file(whole / "model.safetensors").items():
        assert torch.equal(tensor, load_file(broken / "model.safetensors")[name]), name


def test_nothing_can_be_guessed_where_nothing_is_hidden(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="--masks 0"):
        main(
            [
                *(str(tiny_checkpoint), str(tmp_path / "out")),
                *("--data", f"{DEMO},limit=5", "--mlm", "1"),
            ]
        )
    assert not (tmp_path / "out").exists()
