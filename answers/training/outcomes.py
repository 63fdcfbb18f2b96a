"""What the reader says to examples: the serving reader, with INT8 or FP32 below it."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from answers.reader import (
    EmptyQuestion,
    InferenceError,
    QuestionTooLong,
    RankedSpan,
    Reader,
    ReaderBusy,
    ReaderConfig,
    Reading,
)
from answers.reader.arrays import FloatArray, IntArray
from answers.reader.tokens import Tokenizer
from answers.squad import (
    Example,
    f1_score,
    metric_max_over_ground_truths,
    readable,
)

from .embedding_head import Head, head_of, states_of
from .features import Titled
from .network import Network, require_words
from .recover import load_start

IN_FLIGHT = 48  # questions whose windows wait together: enough to sort by length
WAITING = 8192  # windows: more than so many passages of a file ever have


# The passages that are read beside an example's own.
Crowd = Callable[[Example], list[Titled]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reader's best span for one example, None if it found none at all."""

    example: Example
    best: RankedSpan | None

    @property
    def text(self) -> str:
        return self.best.text if self.best else ""

    @property
    def margin(self) -> float:
        return self.best.margin if self.best else float("-inf")

    @property
    def f1(self) -> float:
        """0..1; 0 for an example that has no answer, because a span was given."""
        if not self.example.is_answerable:
            return 0.0
        golds = [gold.text for gold in self.example.golds]
        return metric_max_over_ground_truths(f1_score, self.text, golds)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An example that is being read, and how to ask for that once more."""

    example: Example
    ask: Callable[[], Future[Reading]]
    reading: Future[Reading]


class TorchEngine:
    """FP32 in PyTorch behind the reader, to see what the quantisation cost."""

    fixed_length: int | None = None

    def __init__(
        self, network: Network, *, device: str = "cpu", head: Head | None = None
    ) -> None:
        self._device = torch.device(device)
        self._network = network.eval().to(self._device)
        self._head = head  # of texts read alone
        self.vocabulary_size = self._network.shape.vocab_size

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        roles = ("input_ids", "attention_mask", "token_type_ids")
        inputs = [torch.from_numpy(arrays[role]).to(self._device) for role in roles]
        with torch.inference_mode():
            start, end = self._network(*inputs)
        return start.cpu().numpy(), end.cpu().numpy()

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        if self._head is None:
            raise InferenceError("The network has no head for embeddings.")
        return self._head(states_of(self._network, arrays))


def fp32_reader(folder: Path, checkpoint: Path, *, device: str = "cpu") -> Reader:
    """The reader of `folder` with the checkpoint in the place of its model.

    One of another size reads without comparing sentences: the folder's head does not
    fit. Raises CheckpointError for one that does not know the folder's words.
    """
    config = ReaderConfig.load(folder)
    tokenizer = Tokenizer.load(folder, config.lower_case)
    network = load_start(checkpoint)
    require_words(network, folder)
    head = head_of(folder) if config.similarity_weight else None
    if head is not None and not head.fits(network):
        head, config = None, replace(config, similarity_weight=0.0)
    engine = TorchEngine(network, device=device, head=head)
    return Reader(config, tokenizer, engine, max_waiting_windows=WAITING)


def int8_reader(folder: Path, *, threads: int | None = None) -> Reader:
    """The reader of `folder` as it serves, with a longer queue."""
    return Reader.load(folder, threads=threads, max_waiting_windows=WAITING)


def outcomes(
    reader: Reader, asked: Iterable[Example], crowd: Crowd | None = None
) -> Iterator[Outcome]:
    """What the reader says to each example, in order, many in flight at a time.

    Read in its own passage alone, or among those that `crowd` puts beside it.
    """
    waiting: deque[_Waiting] = deque()
    for example in asked:
        own = Titled(example.passage, example.title)
        read = [own, *(crowd(example) if crowd else [])]
        texts = [one.text for one in read]
        titles = [readable(one.title) for one in read]
        ask = functools.partial(reader.submit, example.question, texts, titles=titles)
        waiting.append(_Waiting(example, ask, ask()))
        if len(waiting) >= max(1, IN_FLIGHT // len(read)):
            yield _first_of(waiting)
    while waiting:
        yield _first_of(waiting)


def _first_of(waiting: deque[_Waiting]) -> Outcome:
    first = waiting.popleft()
    reading = first.reading
    if isinstance(reading.exception(), ReaderBusy):
        # Long passages of others fill the queue: once these are read there is room.
        for other in waiting:
            if other.reading.exception() is None:
                other.reading.result().whole.exception()
        reading = first.ask()
    return _outcome(first.example, reading)


def _outcome(example: Example, future: Future[Reading]) -> Outcome:
    try:
        reading = future.result()
    except (EmptyQuestion, QuestionTooLong):
        return Outcome(example, None)  # refused, as it would be when served
    reading.whole.result()
    spans = reading.rank(top=1).spans
    return Outcome(example, spans[0] if spans else None)
