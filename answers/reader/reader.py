"""Question and passages in, ranked quotes out.

::

    submit ─► preparing thread: tokens ─► windows ─► batcher ─► Reading
                                                       │
                             batcher thread: arrays ─► engine ─► spans
                                                ▲                  │
                                                └── crops ◄────────┘  (rescoring)

Two threads, neither of them the caller's: ``submit`` returns at once.
"""

import functools
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Self, cast

from .arrays import FloatArray, IntArray
from .batcher import Batcher
from .batches import stack, stack_texts
from .cache import PassageCache
from .config import Adjustment, ReaderConfig
from .decoding import Similarity, Span, WindowReading, best_spans, given_spans
from .engine import MODEL_FILES, Engine, OpenVINOEngine
from .errors import PassagesTooLong, ReaderBusy, ReaderClosed
from .ranking import Ranking, rank
from .reading import Again, Reading
from .rescoring import crops
from .sentences import cosine, sentences
from .tokens import VOCABULARY_FILE, Tokenizer, Tokens
from .windows import Window, as_sentence, check_question, cut

# Tokens of a batch, padding included. Measured on 2 AVX2 cores: short windows gain a
# quarter from batches up to about this size, full ones gain nothing from any batch,
# and larger batches only make the first answer and a cancel wait longer.
MAX_BATCH_TOKENS: Final = 768
# Characters of all remembered passages together: about 43 MB of tokens in English, 96
# where they are numbers, 192 in Chinese, which has a token for each character.
CACHED_CHARS: Final = 8_000_000
# Questions that wait to be split into tokens.
MAX_PREPARING: Final = 64
MAX_TITLE_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    passages: tuple[str, ...]
    titles: tuple[str, ...]  # one for each passage

    @classmethod
    def of(cls, question: str, passages: Sequence[str], titles: Sequence[str]) -> Self:
        titles = titles or [""] * len(passages)
        if len(titles) != len(passages):
            raise ValueError(f"{len(titles)} titles of {len(passages)} passages")
        return cls(question, tuple(passages), tuple(titles))


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    window: Window
    offsets: IntArray  # (passage tokens, 2)
    spans: tuple[Span, ...] | None = None  # those to look at; None: the best ones
    is_sentence: bool = False  # to be read without the question, and compared with it


class Reader:
    """The one way from a question to answers. Safe to use from any thread."""

    def __init__(
        self,
        config: ReaderConfig,
        tokenizer: Tokenizer,
        engine: Engine,
        *,
        max_waiting_windows: int = 512,
        max_batch_windows: int = 8,
        cached_passages: int = 4096,
    ) -> None:
        self.own_config = config
        self.config = config  # replaced as a whole: any thread may look at it
        self._tokenizer = tokenizer
        self._engine = engine
        self._max_waiting = max_waiting_windows
        self._cache = PassageCache(
            tokenizer.encode_passage,
            max_passages=cached_passages,
            max_chars=CACHED_CHARS,
        )
        self._preparing: set[Future[Reading]] = set()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="reader-prepare")
        self._batcher: Batcher[_Work, Again] = Batcher(
            self._run,
            length=lambda work: work.window.length,
            max_waiting=max_waiting_windows,
            max_batch=max_batch_windows,
            max_tokens=MAX_BATCH_TOKENS,
        )

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        threads: int | None = None,
        cache_folder: Path | None = None,
        max_waiting_windows: int = 512,
        max_batch_windows: int = 8,
        cached_passages: int = 4096,
    ) -> Self:
        """From a model folder; all its files are verified. Raises ModelError."""
        config = ReaderConfig.load(folder)
        others = [name for name in config.sha256 if name not in MODEL_FILES]
        config.verify(folder, VOCABULARY_FILE, *others)
        tokenizer = Tokenizer.load(folder, config.lower_case)
        engine = OpenVINOEngine.load(
            folder,
            config,
            threads=threads,
            cache_folder=cache_folder,
            vocabulary_size=tokenizer.vocabulary_size,
        )
        return cls(
            config,
            tokenizer,
            engine,
            max_waiting_windows=max_waiting_windows,
            max_batch_windows=max_batch_windows,
            cached_passages=cached_passages,
        )

    def question_tokens(self, question: str) -> int:
        """How many tokens it has. Raises EmptyQuestion and QuestionTooLong."""
        tokens = self._tokenizer.encode(question)
        check_question(tokens, self.config)
        return len(tokens)

    def submit(
        self, question: str, passages: Sequence[str], *, titles: Sequence[str] = ()
    ) -> "Future[Reading]":
        """Start reading; returns at once. Cancelling the future drops the question.

        `titles` are those of the passages, in their order ("" for none), or are left
        out. They are read with the passages, and never quoted. ValueError if there are
        more or fewer.

        The future raises EmptyQuestion, QuestionTooLong, PassagesTooLong, ReaderBusy
        or ReaderClosed.
        """
        asked = _Asked.of(question, passages, titles)
        promise: Future[Reading] = Future()
        if len(self._preparing) >= MAX_PREPARING:
            promise.set_exception(ReaderBusy(len(self._preparing), MAX_PREPARING))
            return promise
        self._preparing.add(promise)
        promise.add_done_callback(self._preparing.discard)
        try:
            self._executor.submit(self._prepare, promise, asked)
        except RuntimeError:  # the executor was shut down
            promise.set_exception(ReaderClosed())
        return promise

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        titles: Sequence[str] = (),
        top: int = 5,
    ) -> Ranking:
        """Read everything and wait for it: for commands, evaluation and tests.

        Windows are fed in slices, so passages may be of any length. Raises what
        ``submit``'s future raises, but never PassagesTooLong.
        """
        asked = _Asked.of(question, passages, titles)
        try:
            cutting = self._executor.submit(self._cut, None, asked)
            works = cutting.result()
        except (RuntimeError, CancelledError) as error:  # close() came first
            raise ReaderClosed from error
        readings: dict[int, list[WindowReading]] = {}
        waiting = (work for passage in works for work in passage)
        while batch := list(islice(waiting, self._max_waiting)):
            futures = self._submit(batch)
            try:
                for work, future in zip(batch, futures, strict=True):
                    windows = readings.setdefault(work.window.passage, [])
                    windows.append(future.result())
            finally:
                for future in futures:
                    future.cancel()  # harmless for those that are done
        config = self.config
        again = [f.result() for f in self._read_again(works, config, readings)]
        return rank(readings, passages, config, top=top, again=again)

    def adjust(self, adjustment: Adjustment | None) -> None:
        """Score, and say "no answer", so from the next question on.

        None: as the model's own file says. What is being read is ranked as it began.
        """
        self.config = self.own_config.adjusted(adjustment)

    def warm_up(self) -> None:
        """One window of full length, so that the first question finds all in place."""
        self.read("Is the reader warm?", ["warm " * self.config.max_length])

    def close(self) -> None:
        """Fail what waits with ReaderClosed and stop both threads."""
        self._batcher.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        for promise in tuple(self._preparing):
            if promise.set_running_or_notify_cancel():
                promise.set_exception(ReaderClosed())

    def _prepare(self, promise: "Future[Reading]", asked: "_Asked") -> None:
        """In the preparing thread. The promise stays cancellable until the end."""
        try:
            works = self._cut(promise, asked)
        except BaseException as error:
            if promise.set_running_or_notify_cancel():
                promise.set_exception(error)
            return
        if not promise.set_running_or_notify_cancel():
            return
        try:
            promise.set_result(self._start(asked.passages, works))
        except BaseException as error:
            promise.set_exception(error)

    def _cut(
        self, promise: "Future[Reading] | None", asked: "_Asked"
    ) -> list[list[_Work]]:
        question = self._tokenizer.encode(asked.question)
        check_question(question, self.config)
        works = []
        both = zip(asked.passages, asked.titles, strict=True)
        for index, (passage, title) in enumerate(both):
            if promise is not None and promise.cancelled():
                return []
            tokens = self._cache.encode(passage)
            windows = cut(
                question,
                tokens,
                self.config,
                title=self._title(title),
                passage_index=index,
            )
            works.append([_Work(window, tokens.offsets) for window in windows])
        return works

    def _title(self, title: str) -> Tokens | None:
        if not self.config.max_title_tokens:
            return None
        # No more than can be read of it: a title is of any length, too.
        return self._cache.encode(as_sentence(title[:MAX_TITLE_CHARS]))

    def _start(self, passages: tuple[str, ...], works: list[list[_Work]]) -> Reading:
        needed = sum(map(len, works))
        if needed > self._max_waiting:
            # Waiting would not help: these never fit, even into an empty queue.
            raise PassagesTooLong(needed, self._max_waiting)
        # Short passages first, else they would wait for all windows of a long one.
        order = sorted(range(len(works)), key=lambda index: len(works[index]))
        futures = iter(self._submit([w for i in order for w in works[i]]))
        windows = {index: list(islice(futures, len(works[index]))) for index in order}
        in_order = [windows[index] for index in range(len(works))]
        config = self.config
        again = functools.partial(self._read_again, works, config)
        return Reading(passages, in_order, config, again)

    def _read_again(
        self,
        works: Sequence[Sequence[_Work]],
        config: ReaderConfig,
        readings: Mapping[int, Sequence[WindowReading]],
    ) -> "list[Future[Again]]":
        """Start on the crops around the best of what was read, and on its sentences."""
        windows = {index: [work.window for work in works[index]] for index in readings}
        offsets = {index: works[index][0].offsets for index in readings if works[index]}
        ends = self._tokenizer.sentence_ends
        closely = [
            _Work(crop.window, offsets[crop.window.passage], crop.spans)
            for crop in crops(readings, windows, config)
        ]
        alone = [
            _Work(one.window, offsets[one.window.passage], one.spans, is_sentence=True)
            for one in sentences(readings, windows, offsets, ends, config)
        ]
        return self._batcher.submit([*closely, *alone], ahead=True)

    def _submit(self, works: Sequence[_Work]) -> "list[Future[WindowReading]]":
        """For windows, which are no sentences."""
        return cast("list[Future[WindowReading]]", self._batcher.submit(works))

    def _run(self, batch: list[_Work]) -> list[Again]:
        """In the batcher's thread."""
        read = iter(self._read([work for work in batch if not work.is_sentence]))
        compared = iter(self._compare([work for work in batch if work.is_sentence]))
        return [next(compared) if work.is_sentence else next(read) for work in batch]

    def _compare(self, works: Sequence[_Work]) -> list[Similarity]:
        """Sentences with their questions, which are read once each."""
        if not works:
            return []
        questions = {id(w.window.question_ids): w.window.question_ids for w in works}
        places = {key: place for place, key in enumerate(questions)}
        texts = [w.window.text_ids for w in works]
        embedded = self._embed([*questions.values(), *texts])
        return [
            Similarity(
                work.spans or (),
                cosine(embedding, embedded[places[id(work.window.question_ids)]]),
            )
            for work, embedding in zip(works, embedded[len(places) :], strict=True)
        ]

    def _embed(self, texts: Sequence[IntArray]) -> FloatArray:
        """(texts, width)"""
        return self._engine.embed(
            stack_texts(
                texts,
                cls_id=self._tokenizer.cls_id,
                sep_id=self._tokenizer.sep_id,
                pad_id=self._tokenizer.pad_id,
            )
        )

    def _read(self, batch: Sequence[_Work]) -> list[WindowReading]:
        if not batch:
            return []
        arrays = stack(
            [work.window for work in batch],
            cls_id=self._tokenizer.cls_id,
            sep_id=self._tokenizer.sep_id,
            pad_id=self._tokenizer.pad_id,
        )
        starts, ends = self._engine.run(arrays)  # each (windows, tokens)
        return [
            best_spans(work.window, start, end, work.offsets, self.config)
            if work.spans is None
            else given_spans(work.window, start, end, work.spans)
            for work, start, end in zip(batch, starts, ends, strict=True)
        ]
