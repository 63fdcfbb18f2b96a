"""What the labels tell the logits, in one passage and in several of a question."""

import json
from pathlib import Path

import pytest
import torch

from answers.reader.tokens import Tokenizer
from answers.training.batches import Batch
from answers.training.finetune import main
from answers.training.losses import shared_norm_loss, span_loss
from answers.training.steps import candidates

from .conftest import DEMO
from .runs import make_labelled

RIGHT = make_labelled(12, start=5, end=6, question="a")
WRONG = make_labelled(9, question="a")
WRONG_TOO = make_labelled(11, question="a")
OTHER = make_labelled(10, start=4, end=4, question="b")
OTHER_WRONG = make_labelled(10, question="c")


def test_the_loss_is_cross_entropy_over_the_candidates(tokenizer: Tokenizer) -> None:
    batch = [make_labelled(8, start=4, end=5), make_labelled(10)]
    torch.manual_seed(0)
    start, end = torch.randn(2, 10), torch.randn(2, 10)
    by_hand = [0.0, 0.0]  # of each window
    for row, one in enumerate(batch):
        for logits, label in ((start, one.start), (end, one.end)):
            kept = logits[row][candidates(batch)[row]]
            by_hand[row] -= float(logits[row, label] - torch.logsumexp(kept, 0)) / 2
    assert span_loss(start, end, Batch.of(batch, tokenizer)).tolist() == pytest.approx(
        by_hand
    )


def test_the_shared_loss_is_over_the_passages_of_a_question_above_their_cls(
    tokenizer: Tokenizer,
) -> None:
    batch = [WRONG, OTHER, RIGHT, OTHER_WRONG, WRONG_TOO]
    torch.manual_seed(0)
    start, end = torch.randn(5, 12), torch.randn(5, 12)
    by_hand = 0.0
    for logits, label in ((start, RIGHT.start), (end, RIGHT.end)):
        above = logits - logits[:, :1]
        of_passages = [above[row][candidates(batch)[row]][1:] for row in (0, 2, 4)]
        among = torch.logsumexp(torch.cat(of_passages), 0)
        by_hand += float(among - above[2, label]) / 2
    found = shared_norm_loss(start, end, Batch.of(batch, tokenizer))
    assert found.tolist() == pytest.approx([0, 0, by_hand, 0, 0])


def test_only_what_is_above_cls_counts(tokenizer: Tokenizer) -> None:
    batch = [RIGHT, WRONG]
    torch.manual_seed(0)
    start, end = torch.randn(2, 12), torch.randn(2, 12)
    lifted = torch.tensor([[0.0], [7.0]])
    before = shared_norm_loss(start, end, Batch.of(batch, tokenizer))
    after = shared_norm_loss(start + lifted, end + lifted, Batch.of(batch, tokenizer))
    torch.testing.assert_close(before, after)
    tempting = start.clone()
    tempting[1, 4] += 7
    assert (
        shared_norm_loss(tempting, end, Batch.of(batch, tokenizer))[0] > before[0] + 1
    )


def test_windows_that_know_of_no_question_have_no_rivals(tokenizer: Tokenizer) -> None:
    batch = [make_labelled(12, start=5, end=6), make_labelled(9)]
    start = torch.randn(2, 12, requires_grad=True)
    loss = shared_norm_loss(start, start, Batch.of(batch, tokenizer))
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert loss.tolist() == [0, 0]
    assert start.grad is not None
    assert start.grad.abs().max() == 0


def test_the_right_windows_of_one_question_are_no_rivals(tokenizer: Tokenizer) -> None:
    batch = [RIGHT, make_labelled(12, start=7, end=7, question="a")]
    start = torch.randn(2, 12)
    assert shared_norm_loss(start, start, Batch.of(batch, tokenizer)).tolist() == [0, 0]


def test_the_choice_among_passages_is_part_of_the_loss_of_a_run(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    losses = []
    for weight in ("0", "1"):
        out = tmp_path / weight
        main(
            [
                *(str(tiny_checkpoint), str(out), "--data", f"{DEMO},limit=40"),
                *("--negatives", "0.6", "--rivals", "3", "--shared-norm", weight),
                *("--learning-rate", "0", "--dropout", "0"),
            ]
        )
        record = json.loads((out / "train.json").read_text(encoding="utf-8"))
        assert record["options"]["shared_norm"] == float(weight)
        assert record["options"]["rivals"] == 3
        losses.append(record["loss"])
    # 40 of 100 windows are right ones, with up to 250 tokens of four passages each.
    assert 1.2 < losses[1] - losses[0] < 2.5
