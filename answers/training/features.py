"""Questions with golds become windows with labels, cut as serving cuts them."""

from __future__ import annotations

import functools
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from answers.reader.config import (
    SPECIAL_TOKENS,
    Calibration,
    ReaderConfig,
    file_digest,
)
from answers.reader.tokens import VOCABULARY_FILE, Tokenizer, Tokens
from answers.reader.windows import Window, cut
from answers.squad import Example, Gold

from .network import CheckpointError

QUESTION_TOKENS = 64  # at most
ANSWER_TOKENS = 30  # at most
# Tokens of a window that go forward by one beside the longest question and answer.
LEAST_LENGTH = QUESTION_TOKENS + SPECIAL_TOKENS + ANSWER_TOKENS + 1
LEAST_JOINED = 16  # tokens of another passage that are worth reading

# The folder of the shipped model, which has the vocabulary of every BERT here.
SHIPPED = Path(__file__).parents[1] / "weights" / "minilm-l6-squad-int8"


class Titled(NamedTuple):
    """A passage with the title of its article."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A window and where its answer starts and ends, in tokens of the window.

    0, 0 (the [CLS] token) says: the answer is not in this window.
    """

    window: Window
    start: int
    end: int  # inclusive
    question: str = ""  # its id, the same for all its windows; "" for no other's
    # Tokens of the window, half open, that are of another passage; (0, 0) for none.
    strange: tuple[int, int] = (0, 0)
    taught: bool = True  # whether teachers are listened to

    @property
    def has_answer(self) -> bool:
        return self.start > 0


class Encoder:
    """The tokenizer with a memory: paragraphs come back once a question."""

    def __init__(self, tokenizer: Tokenizer, *, remembered: int = 1 << 20) -> None:
        self.tokenizer = tokenizer
        remember = functools.lru_cache(maxsize=remembered)
        self.encode = remember(tokenizer.encode)
        self.encode_passage = remember(tokenizer.encode_passage)


def vocabulary_of(checkpoint: Path) -> Path:
    """The checkpoint's own folder if it has a vocabulary, else the shipped model's."""
    return checkpoint if (checkpoint / VOCABULARY_FILE).exists() else SHIPPED


def copy_vocabulary(words: Path, out: Path) -> None:
    """Into `out`, unless that is where the words are from."""
    if not (out.exists() and words.samefile(out)):
        shutil.copyfile(words / VOCABULARY_FILE, out / VOCABULARY_FILE)


def require_same_words(words: Path, *checkpoints: Path) -> None:
    """Raises CheckpointError for one with another vocabulary than this folder's."""
    digest = file_digest(words / VOCABULARY_FILE)
    for checkpoint in checkpoints:
        vocabulary = vocabulary_of(checkpoint) / VOCABULARY_FILE
        if file_digest(vocabulary) != digest:
            raise CheckpointError(f"{vocabulary} is not that of {words}")


def base_config(*, max_length: int = 384, lower_case: bool = True) -> ReaderConfig:
    """The settings shared by training and serving; the measured ones are neutral.

    Even beside the longest question windows share a third of their passage tokens,
    and never less than the longest answer has.
    """
    room = max_length - QUESTION_TOKENS - SPECIAL_TOKENS
    return ReaderConfig(
        name="untrained",
        max_length=max_length,
        max_question_tokens=QUESTION_TOKENS,
        stride=min(192, room - max(ANSWER_TOKENS, room // 3)),
        max_answer_tokens=ANSWER_TOKENS,
        max_answer_chars=300,
        n_best=20,
        lower_case=lower_case,
        no_answer_threshold=0.0,
        calibration=Calibration(slope=1.0, intercept=0.0),
        inputs={
            "input_ids": "input_ids",
            "attention_mask": "attention_mask",
            "token_type_ids": "token_type_ids",
        },
        outputs={"start_logits": "start_logits", "end_logits": "end_logits"},
        sha256={},
    )


def features(
    example: Example, encoder: Encoder, config: ReaderConfig
) -> list[Labelled]:
    """The labelled windows of one question in its passage, which is read without title.

    (Training with titles gave nothing: TRIED.md.)

    Empty where nothing can be learnt: a question without tokens or over the limit,
    golds that do not stand in the passage, or a passage without tokens.
    """
    question = encoder.encode(example.question)
    passage = encoder.encode_passage(example.passage)
    if not 0 < len(question) <= config.max_question_tokens:
        return []
    windows = cut(question, passage, config)
    if not example.is_answerable:
        return [Labelled(window, 0, 0, example.id) for window in windows]
    gold = usual_gold(example)
    span = token_span(passage, gold) if gold else None
    if span is None:
        return []
    return [replace(_label(window, *span), question=example.id) for window in windows]


def usual_gold(example: Example) -> Gold | None:
    """The gold that most annotators gave, the first of equals; None if none fits."""
    fitting = [
        gold for gold in example.golds if gold.text and gold.stands_in(example.passage)
    ]
    if not fitting:
        return None
    votes = Counter(gold.text for gold in fitting)
    return max(fitting, key=lambda gold: votes[gold.text])  # max keeps the first


def token_span(passage: Tokens, gold: Gold) -> tuple[int, int] | None:
    """First and last token (inclusive) that the gold touches; None if it has none.

    Never a mark of a line's end: the reader lets no answer begin or end there.
    """
    starts, ends = passage.offsets[:, 0], passage.offsets[:, 1]
    touched = np.flatnonzero(
        (starts < ends) & (ends > gold.start) & (starts < gold.start + len(gold.text))
    )
    return (int(touched[0]), int(touched[-1])) if len(touched) else None


def without_answer(example: Example, passage: Titled) -> Example:
    """The same question asked of a passage that does not answer it."""
    return replace(
        example,
        id=f"{example.id}-not",
        passage=passage.text,
        golds=(),
        title=passage.title,
    )


def answerable(labelled: Sequence[Labelled]) -> list[Labelled]:
    return [item for item in labelled if item.has_answer]


def cropped(labelled: Labelled, rng: random.Random) -> Labelled:
    """The same question with a random part of its slice, the whole answer inside.

    At least two fifths of the slice stay. Another part at each epoch is harder to
    learn by heart, and takes less time.
    """
    window = labelled.window
    size = len(window.passage_ids)
    shift = window.answer_start
    first, last = labelled.start - shift, labelled.end - shift
    if not labelled.has_answer:
        first = last = rng.randrange(size)
    kept = max(last - first + 1, round(size * rng.uniform(0.4, 1)))
    begin = rng.randint(max(0, last + 1 - kept), min(first, size - kept))
    part = window.passage_ids[begin : begin + kept]
    crop = replace(window, passage_ids=part, first=window.first + begin)
    moved = begin if labelled.has_answer else 0
    return replace(
        labelled, window=crop, start=labelled.start - moved, end=labelled.end - moved
    )


def joined(
    labelled: Labelled, other: Tokens, config: ReaderConfig, rng: random.Random
) -> Labelled:
    """The same window with another passage before or behind its slice.

    As much of the other as fits in, from its beginning; none where that is too little.
    What is asked has to be found in a long text, most of which is about other things.
    """
    window = labelled.window
    ids = other.ids[: config.max_length - window.length]
    if len(ids) < LEAST_JOINED:
        return labelled
    behind = rng.random() < 0.5
    parts = [window.passage_ids, ids] if behind else [ids, window.passage_ids]
    begin = window.answer_start + (len(window.passage_ids) if behind else 0)
    moved = len(ids) if labelled.has_answer and not behind else 0
    return replace(
        labelled,
        window=replace(window, passage_ids=np.concatenate(parts)),
        start=labelled.start + moved,
        end=labelled.end + moved,
        strange=(begin, begin + len(ids)),
    )


def _label(window: Window, first: int, last: int) -> Labelled:
    """Half an answer is no answer: a span that the slice cuts is labelled [CLS]."""
    end_of_slice = window.first + len(window.passage_ids)
    if not (window.first <= first and last < end_of_slice):
        return Labelled(window, 0, 0)
    shift = window.answer_start - window.first
    return Labelled(window, first + shift, last + shift)
