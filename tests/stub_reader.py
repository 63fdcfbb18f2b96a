"""A reader that quotes what a test tells it to, when the test tells it to.

It stands where the app meets the reader (`runtime.use`), so that tests of the app can
stop between two passages, which no real model lets them do.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from answers.reader import Adjustment, QuestionTooLong, RankedSpan, Ranking, Reader

WORDS_AT_MOST = 20  # the stub's question limit


@dataclass(eq=False)
class StubReading:
    """One question being read; each passage ends when the test lets it."""

    question: str
    texts: Sequence[str]
    spans: Callable[[int, str], list[RankedSpan]]
    passages: tuple[Future[None], ...] = ()
    whole: Future[None] = field(default_factory=Future)
    cancelled: bool = False
    titles: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.passages = tuple(Future() for _ in self.texts)
        if not self.texts:
            self.whole.set_result(None)

    @property
    def windows(self) -> int:
        return len(self.texts)

    @property
    def windows_of(self) -> tuple[int, ...]:
        return (1,) * len(self.texts)

    def finish(self, *indexes: int) -> None:
        for index in indexes or range(len(self.texts)):
            if not self.passages[index].done():
                self.passages[index].set_result(None)
        if not self.whole.done() and all(end.done() for end in self.passages):
            self.whole.set_result(None)

    def rank(self, *, top: int) -> Ranking:
        ends = enumerate(zip(self.passages, self.texts, strict=True))
        read = [(i, text) for i, (end, text) in ends if end.done()]
        spans = [span for i, text in read for span in self.spans(i, text)]
        best = sorted(spans, key=lambda span: (-span.margin, span.passage, span.start))
        return Ranking(spans=tuple(best[:top]), threshold=0.0)

    def cancel(self) -> None:
        self.cancelled = True
        for end in (*self.passages, self.whole):
            end.cancel()


@dataclass(eq=False)
class StubReader:
    """Quotes the words in `quotes` wherever a passage holds them."""

    quotes: dict[str, float] = field(default_factory=lambda: {"three minutes": 4.0})
    hold: bool = False  # True: passages end only when the test says so
    error: Exception | None = None  # raised by submit's future
    readings: list[StubReading] = field(default_factory=list)
    config: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(name="stub", model_hash="0123456789ab")
    )
    submitted: threading.Event = field(default_factory=threading.Event)
    adjustment: Adjustment | None = None  # what it was told last; it changes nothing

    def submit(
        self, question: str, passages: Sequence[str], *, titles: Sequence[str] = ()
    ) -> Future[StubReading]:
        future: Future[StubReading] = Future()
        reading = StubReading(question, passages, self._spans, titles=titles)
        self.readings.append(reading)
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(reading)
        if not self.hold:
            reading.finish()
        self.submitted.set()
        return future

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        titles: Sequence[str] = (),
        top: int = 5,
    ) -> Ranking:
        self.question_tokens(question)
        reading = StubReading(question, passages, self._spans, titles=titles)
        self.readings.append(reading)
        reading.finish()
        return reading.rank(top=top)

    def question_tokens(self, question: str) -> int:
        words = len(question.split())
        if words > WORDS_AT_MOST:
            raise QuestionTooLong(words, WORDS_AT_MOST)
        return words

    def adjust(self, adjustment: Adjustment | None) -> None:
        self.adjustment = adjustment

    def warm_up(self) -> None: ...

    def close(self) -> None: ...

    def _spans(self, passage: int, text: str) -> list[RankedSpan]:
        return [
            RankedSpan(
                passage=passage,
                start=text.index(quote),
                end=text.index(quote) + len(quote),
                text=quote,
                margin=margin,
                score=0.9 if margin > 0 else 0.1,
                window=0,
            )
            for quote, margin in self.quotes.items()
            if quote in text
        ]

    def as_reader(self) -> Reader:
        return cast(Reader, self)
