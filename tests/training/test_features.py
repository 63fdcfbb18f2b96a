"""Labels say in tokens what golds say in characters."""

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader import ReaderConfig
from answers.reader.tokens import Tokens
from answers.squad import Example, Gold
from answers.training.batches import Batch
from answers.training.features import (
    SHIPPED,
    Encoder,
    Labelled,
    Titled,
    base_config,
    cropped,
    features,
    joined,
    token_span,
    usual_gold,
    without_answer,
)
from tests.reader.texts import texts


def ask(passage: str, *golds: str, question: str = "What is it?") -> Example:
    found = tuple(Gold(gold, passage.index(gold)) for gold in golds)
    return Example("q", question, passage, found)


def labelled_text(one: Labelled, passage: str, tokens: Tokens) -> str:
    """The text between the labels, cut as the reader cuts it."""
    shift = one.window.first - one.window.answer_start
    first, last = one.start + shift, one.end + shift
    return passage[tokens.offsets[first, 0] : tokens.offsets[last, 1]]


@pytest.mark.parametrize(
    ("passage", "gold"),
    [
        ("Tea grows in Assam.", "Tea"),
        ("Tea grows in Assam.", "Assam."),
        ("It cost $1,000.50 (about 900 €).", "$1,000.50"),
        ("Der Größte war Österreich.", "Österreich"),
        ("İstanbul lies on two continents.", "İstanbul"),
        ("東京は日本の首都です。", "日本"),
        ("กรุงเทพ is Bangkok", "กรุงเทพ"),
        ("She sent a 👩🏽‍🔬 and a 💩 back.", "💩"),
        ("שלום means peace", "שלום"),
        ("Line one\n\n  line two", "line two"),
        ("word " + "x" * 101 + " end", "x" * 101),
        ("The ﬁnal ﬂight", "ﬁnal"),
    ],
)
def test_the_text_between_the_labels_is_the_gold(
    encoder: Encoder, config: ReaderConfig, passage: str, gold: str
) -> None:
    (one,) = features(ask(passage, gold), encoder, config)
    assert one.has_answer
    assert labelled_text(one, passage, encoder.encode_passage(passage)) == gold


@given(st.data())
def test_any_run_of_tokens_is_found_again_from_its_characters(
    encoder: Encoder, data: st.DataObject
) -> None:
    passage = data.draw(texts)
    tokens = encoder.encode_passage(passage)
    of_text = np.flatnonzero(tokens.offsets[:, 0] < tokens.offsets[:, 1])
    if not len(of_text):
        return
    first = data.draw(st.sampled_from(of_text.tolist()))
    last = data.draw(st.sampled_from(of_text[of_text >= first].tolist()))
    start, end = int(tokens.offsets[first, 0]), int(tokens.offsets[last, 1])
    span = token_span(tokens, Gold(passage[start:end], start))
    assert span is not None
    assert int(tokens.offsets[span[0], 0]) == start
    assert int(tokens.offsets[span[1], 1]) == end


CONTACTS = "Payroll\nJakob Thiele\nPhone: 4423\n\nReception\nMargit Olsen"


@pytest.mark.parametrize(
    "gold",
    [
        "Payroll",
        "Jakob Thiele",
        "4423",
        "Reception",
        "Margit Olsen",
        "Payroll\nJakob Thiele",
        "4423\n\nReception",
    ],
)
def test_answers_beside_a_line_s_end_are_labelled_without_its_mark(
    encoder: Encoder, config: ReaderConfig, gold: str
) -> None:
    (one,) = features(ask(CONTACTS, gold), encoder, config)
    tokens = encoder.encode_passage(CONTACTS)
    assert labelled_text(one, CONTACTS, tokens) == gold
    assert np.array_equal(one.window.passage_ids, tokens.ids)
    assert len(tokens) > len(encoder.encode(CONTACTS))


@pytest.mark.parametrize("gold", [" \n", "\n\n", "\u0301\nTwo"])
def test_a_mark_is_never_the_border_of_a_label(encoder: Encoder, gold: str) -> None:
    passage = "One e\u0301 \u0301\nTwo \n\n Three"
    tokens = encoder.encode_passage(passage)
    span = token_span(tokens, Gold(gold, passage.index(gold)))
    for at in span or ():
        assert tokens.offsets[at, 0] < tokens.offsets[at, 1]
    assert (span is None) == (not gold.strip())


def test_a_gold_inside_a_token_takes_the_whole_token(
    encoder: Encoder, config: ReaderConfig
) -> None:
    passage = "He ran marathons."
    (one,) = features(ask(passage, "marathon"), encoder, config)
    assert "marathon" in labelled_text(one, passage, encoder.encode(passage))


def test_windows_without_the_whole_answer_say_not_here(encoder: Encoder) -> None:
    config = base_config(max_length=128)
    words = [f"w{number}" for number in range(300)]
    passage = " ".join(words)
    gold = " ".join(words[150:155])
    tokens = encoder.encode(passage)
    found = features(ask(passage, gold), encoder, config)
    assert len(found) > 3
    assert any(one.has_answer for one in found)
    span = token_span(tokens, Gold(gold, passage.index(gold)))
    assert span is not None
    for one in found:
        window = one.window
        inside = window.first <= span[0] and span[1] < window.first + len(
            window.passage_ids
        )
        assert one.has_answer == inside
        if inside:
            assert labelled_text(one, passage, tokens) == gold
        else:
            assert (one.start, one.end) == (0, 0)


def test_an_answer_that_ends_right_behind_a_window_is_not_in_it(
    encoder: Encoder,
) -> None:
    config = base_config(max_length=128)
    passage = " ".join(["tea"] * 300)  # a token each
    (first, second, *_) = features(ask(passage), encoder, config)
    end = len(first.window.passage_ids)
    for last, holds in ((end - 1, True), (end, False)):
        gold = Gold(passage[4 * (last - 1) : 4 * last + 3], 4 * (last - 1))
        example = dataclasses.replace(ask(passage), golds=(gold,))
        (one, *_) = features(example, encoder, config)
        assert one.has_answer == holds
    assert second.window.first < end


def test_the_gold_most_annotators_gave_is_learnt_the_first_of_equals() -> None:
    passage = "in 1858 in Lourdes"
    assert usual_gold(ask(passage, "1858", "Lourdes")) == Gold("1858", 3)
    assert usual_gold(ask(passage, "1858", "Lourdes", "Lourdes")) == Gold("Lourdes", 11)


def test_an_unanswerable_question_is_labelled_not_here(
    encoder: Encoder, config: ReaderConfig
) -> None:
    example = without_answer(
        ask("Tea grows here.", "Tea"), Titled("Coffee grows there.")
    )
    (one,) = features(example, encoder, config)
    assert not one.has_answer
    assert not example.is_answerable
    assert np.array_equal(
        one.window.passage_ids, encoder.encode("Coffee grows there.").ids
    )


@pytest.mark.parametrize(
    "example",
    [
        ask("Tea grows.", "Tea", question="\u200b"),
        ask("Tea grows.", "Tea", question="why " * 65),
        dataclasses.replace(ask("Tea grows."), golds=(Gold("Tea", 4),)),
        dataclasses.replace(ask(" \u200b "), golds=(Gold("\u200b", 1),)),
        dataclasses.replace(ask("Marathons."), golds=(Gold("", 3),)),  # in a word
        ask("\u200b"),
    ],
)
def test_what_cannot_be_learnt_gives_no_window(
    encoder: Encoder, config: ReaderConfig, example: Example
) -> None:
    assert features(example, encoder, config) == []


@pytest.mark.parametrize("max_length", [128, 256, 384, 512])
def test_windows_of_training_and_serving_overlap_by_an_answer(max_length: int) -> None:
    config = base_config(max_length=max_length)  # ReaderConfig refuses anything less
    assert config.room(config.max_question_tokens) - config.stride >= 30


def test_what_does_not_answer_is_read_with_its_own_title() -> None:
    question = dataclasses.replace(ask("Tea grows here.", "Tea"), title="Tea")
    assert without_answer(question, Titled("It is hot.", "Coffee")).title == "Coffee"


@given(seed=st.integers(0, 1000), word=st.integers(0, 49))
def test_a_crop_keeps_the_whole_answer(encoder: Encoder, seed: int, word: int) -> None:
    passage = " ".join(f"w{number}" for number in range(50))
    gold = " ".join(f"w{number}" for number in range(word, min(word + 3, 50)))
    config = base_config(max_length=256)
    (whole,) = features(ask(passage, gold), encoder, config)
    part = cropped(whole, random.Random(seed))
    tokens = encoder.encode(passage)
    assert labelled_text(part, passage, tokens) == labelled_text(whole, passage, tokens)
    kept, size = len(part.window.passage_ids), len(whole.window.passage_ids)
    assert round(0.4 * size) <= kept <= size
    first = part.window.first
    assert np.array_equal(part.window.passage_ids, tokens.ids[first : first + kept])


def test_a_crop_without_an_answer_still_says_not_here(
    encoder: Encoder, config: ReaderConfig
) -> None:
    example = without_answer(ask("Tea.", "Tea"), Titled("Coffee grows there. " * 9))
    (whole,) = features(example, encoder, config)
    parts = [cropped(whole, random.Random(seed)) for seed in range(30)]
    assert not any(one.has_answer for one in parts)
    assert len({one.window.first for one in parts}) > 3
    assert len({one.window.length for one in parts}) > 3


def test_of_one_token_the_crop_is_that_token(
    encoder: Encoder, config: ReaderConfig
) -> None:
    (whole,) = features(ask("Tea", "Tea"), encoder, config)
    part = cropped(whole, random.Random(0))
    assert (part.start, part.end) == (whole.start, whole.end)
    assert part.window.length == whole.window.length


@given(seed=st.integers(0, 1000), word=st.integers(0, 49))
def test_another_passage_moves_the_answer_and_is_marked(
    encoder: Encoder, seed: int, word: int
) -> None:
    passage = " ".join(f"w{number}" for number in range(50))
    other = encoder.encode("Coffee grows there. " * 9)
    (whole,) = features(ask(passage, f"w{word}"), encoder, base_config())
    both = joined(whole, other, base_config(), random.Random(seed))
    window, own = both.window, whole.window
    assert window.length == own.length + len(other)
    ids = Batch.of([both], encoder.tokenizer).input_ids[0].tolist()
    before = Batch.of([whole], encoder.tokenizer).input_ids[0].tolist()
    assert ids[both.start : both.end + 1] == before[whole.start : whole.end + 1]
    begin, end = both.strange
    assert ids[begin:end] == other.ids.tolist()
    assert ids[:begin] + ids[end:] == before


def test_of_another_passage_comes_what_there_is_room_for(
    encoder: Encoder, config: ReaderConfig
) -> None:
    (whole,) = features(ask("Tea grows here.", "Tea"), encoder, config)
    long, short = (encoder.encode("Coffee " * times) for times in (2000, 3))
    both = joined(whole, long, config, random.Random(0))
    assert both.window.length == config.max_length
    assert joined(whole, short, config, random.Random(0)) is whole


def test_without_an_answer_there_is_none_in_both(
    encoder: Encoder, config: ReaderConfig
) -> None:
    example = without_answer(ask("Tea.", "Tea"), Titled("Coffee grows there. " * 9))
    (whole,) = features(example, encoder, config)
    other = encoder.encode("Cocoa grows elsewhere. " * 9)
    ways = [joined(whole, other, config, random.Random(seed)) for seed in range(20)]
    assert {(one.start, one.end) for one in ways} == {(0, 0)}
    assert len({one.strange for one in ways}) == 2  # before and behind


def test_the_vocabulary_is_in_the_repository() -> None:
    assert (SHIPPED / "vocab.txt").exists()
