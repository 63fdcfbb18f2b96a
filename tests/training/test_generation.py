"""Who reads whom while a question is written, and how words are drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from answers.reader.tokens import Tokenizer, Tokens
from answers.training.batches import Batch
from answers.training.features import Labelled
from answers.training.finetune import finetune, main
from answers.training.generation import (
    PASSAGE_PLACE,
    Layout,
    drawn,
    question_loss,
    to_ask,
    write_questions,
)
from answers.training.masking import WordHead
from answers.training.network import load_network
from answers.training.trainer import ASK, Position

from .conftest import DEMO, TINY
from .networks import made
from .runs import make_options

PASSAGE = np.arange(12, dtype=np.int64) + 3000
OFFSETS = np.stack([np.arange(12), np.arange(12) + 1], 1)


def asked(*questions: list[int], first: int = 3, last: int = 4) -> list[Labelled]:
    """Windows of one passage whose answer is its tokens `first` to `last`."""
    empty = to_ask(Tokens(PASSAGE, OFFSETS), first, last, room=12)
    return [
        replace(
            empty,
            window=replace(empty.window, question_ids=np.array(ids, dtype=np.int64)),
            start=empty.start + len(ids),
            end=empty.end + len(ids),
        )
        for ids in questions
    ]


def head() -> WordHead:
    torch.manual_seed(2)
    return WordHead(TINY)


def losses(tokenizer: Tokenizer, windows: list[Labelled]) -> list[float]:
    batch = Batch.of(windows, tokenizer)
    found: list[float] = question_loss(made(1, TINY), head(), batch).tolist()
    return found


def test_what_is_written_is_what_the_loss_calls_likeliest(tokenizer: Tokenizer) -> None:
    """Word by word with a memory, and all at once with a mask: the same network."""
    network, guesser = made(1, TINY), head()
    places = [(3, 4), (0, 0), (7, 11)]
    empty = [asked([], first=first, last=last)[0] for first, last in places]
    batch = Batch.of(empty, tokenizer)
    # So unlikely an end that none comes to one: all that was written comes back then.
    with torch.no_grad():
        guesser.bias[tokenizer.sep_id] = -1000.0
    assert write_questions(network, guesser, batch, tokenizer, nucleus=0.0) == [[]] * 3
    drawn_words: list[list[int]] = [[] for _ in empty]
    for length in range(1, 6):
        for row, (first, last) in enumerate(places):
            window = asked([*drawn_words[row], 7], first=first, last=last)
            one = Batch.of(window, tokenizer)
            layout = Layout.of(one, network)
            state = layout.states(one, network)[-1][0, length - 1]
            logits = guesser(state, network.words.weight)
            specials = (tokenizer.cls_id, tokenizer.pad_id, tokenizer.mask_id)
            logits[[*specials, tokenizer.unk_id, tokenizer.sep_id]] = -torch.inf
            drawn_words[row].append(int(logits.argmax()))
    # An end that is certain once the fifth word is written, and not before.
    original = WordHead.forward
    calls: list[int] = []

    def ends_after_five(
        self: WordHead, states: torch.Tensor, words: torch.Tensor
    ) -> torch.Tensor:
        logits = original(self, states, words)
        calls.append(1)
        if len(calls) == 6:
            logits[:, tokenizer.sep_id] = 1e6
        return logits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WordHead, "forward", ends_after_five)
        written = write_questions(network, guesser, batch, tokenizer, nucleus=0.0)
    assert written == drawn_words


def test_later_words_do_not_tell_earlier_ones(tokenizer: Tokenizer) -> None:
    network = made(1, TINY)
    one, other = asked([50, 60, 70], [50, 60, 80])
    states = []
    for window in (one, other):
        batch = Batch.of([window], tokenizer)
        layout = Layout.of(batch, network)
        states.append(layout.states(batch, network)[-1][0])
    assert torch.equal(states[0][:3], states[1][:3])
    assert not torch.allclose(states[0][3], states[1][3])
    # Nor does the passage know of the question.
    assert torch.equal(states[0][5:], states[1][5:])


def test_the_passage_is_the_same_however_long_the_question(
    tokenizer: Tokenizer,
) -> None:
    network = made(1, TINY)
    read = []
    for ids in ([], [50, 60, 70]):
        batch = Batch.of(asked(ids), tokenizer)
        layout = Layout.of(batch, network)
        read.append(layout.states(batch, network)[-1][layout.passage])
        assert layout.places[layout.passage].tolist() == [
            *range(PASSAGE_PLACE, PASSAGE_PLACE + 13)
        ]
    torch.testing.assert_close(*read)


def test_the_loss_knows_the_answer_and_no_other_window(tokenizer: Tokenizer) -> None:
    (here,) = losses(tokenizer, asked([50, 60], first=3))
    (there,) = losses(tokenizer, asked([50, 60], first=8, last=9))
    assert here != pytest.approx(there)
    both = losses(tokenizer, [*asked([50, 60], first=3), *asked([9] * 20)])
    assert both[0] == pytest.approx(here, rel=1e-5)


def test_without_an_answer_there_is_nothing_to_ask(tokenizer: Tokenizer) -> None:
    none = replace(asked([50, 60])[0], start=0, end=0)
    assert losses(tokenizer, [none]) == [0.0]


def test_words_are_drawn_from_the_nucleus_alone() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.05, 0.05, 0.1, 0.8]]).log()
    random = torch.Generator().manual_seed(0)
    found = [drawn(logits, 0.6, random).tolist() for _ in range(300)]
    assert {first for first, _ in found} == {0, 1}
    assert {second for _, second in found} == {3}
    assert sum(first == 0 for first, _ in found) == pytest.approx(300 * 5 / 8, abs=35)
    assert drawn(logits, 0.0, None).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("first", "last"), [(0, 0), (3, 4), (11, 11), (0, 11), (2, 9), (9, 11)]
)
@pytest.mark.parametrize("room", [1, 5, 12, 40])
def test_the_window_holds_the_answer(first: int, last: int, room: int) -> None:
    one = to_ask(Tokens(PASSAGE, OFFSETS), first, last, room=room)
    ids = one.window.passage_ids
    assert len(ids) == min(room, 12)
    shift = one.window.answer_start
    marked = ids[one.start - shift : one.end - shift + 1]
    assert marked.tolist() == PASSAGE[first : last + 1][:room].tolist()


# -- runs ------------------------------------------------------------------------


def ask(checkpoint: Path, out: Path, *, stop_at: int = 0, **options: float) -> float:
    """The loss after the first step of a run that learns to ask."""
    found: list[float] = []

    def watch(position: Position) -> None:
        found.append(position.loss)
        if position.step == stop_at:
            raise KeyboardInterrupt

    changed = make_options(task=ASK, dropout=0.0, **options)
    finetune(
        checkpoint,
        out,
        changed,
        save_minutes=0.0,
        report=lambda line: None,
        after_step=watch,
    )
    return found[0] if found else 0.0


def test_a_network_learns_to_ask_and_keeps_its_head(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "asker"
    first = ask(tiny_checkpoint, out, epochs=12.0, swa=0.2)
    assert first == pytest.approx(10.3, abs=0.3)  # any of 30,522 words
    again = ask(out, tmp_path / "further", epochs=0.1)
    assert again < first - 3
    kept = load_file(out / "model.safetensors")
    assert kept["cls.predictions.bias"].shape == (TINY.vocab_size,)
    assert load_network(out).shape == TINY  # a reader all the same
    assert WordHead.of(tiny_checkpoint, TINY) is None
    guesser = WordHead.of(out, TINY)
    assert guesser
    torch.testing.assert_close(guesser.bias, kept["cls.predictions.bias"])


def test_a_run_that_was_broken_off_ends_with_the_same_weights(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    ask(tiny_checkpoint, whole, swa=0.5)
    with pytest.raises(KeyboardInterrupt):
        ask(tiny_checkpoint, broken, swa=0.5, stop_at=5)
    ask(tiny_checkpoint, broken, swa=0.5)
    for name, tensor in load_file(whole / "model.safetensors").items():
        assert torch.equal(tensor, load_file(broken / "model.safetensors")[name]), name


@pytest.mark.parametrize(
    "other", [["--mlm", "1", "--masks", "0.1"], ["--masks", "0.1"]]
)
def test_what_is_of_reading_is_refused(
    tiny_checkpoint: Path, tmp_path: Path, other: list[str]
) -> None:
    with pytest.raises(SystemExit, match="--task ask"):
        main(
            [
                *(str(tiny_checkpoint), str(tmp_path / "out")),
                *("--data", f"{DEMO},limit=5", "--task", "ask", *other),
            ]
        )
    assert not (tmp_path / "out").exists()
