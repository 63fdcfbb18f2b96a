"""Dynamic batching: one bounded queue, one worker thread, one future for each item.

::

    submit ──► waiting (bounded) ──► cut: sorted by length, neighbours of the oldest
                                       └──► run ──► futures

Nothing waits to fill a batch: what arrives while one runs is cut from next. The only
module of the reader that uses threads.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from .errors import ReaderBusy, ReaderClosed

W = TypeVar("W")
R = TypeVar("R")
T = TypeVar("T")
LOG: Final = logging.getLogger(__name__)

# A neighbour joins a batch while padding stays under this share of its tokens: mixed
# lengths in one batch cost more than no batch at all.
MAX_PADDING: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Entry(Generic[W, R]):
    item: W
    length: int  # tokens
    future: "Future[R]" = field(default_factory=Future)


class Batcher(Generic[W, R]):
    """Runs items in batches on its own thread, in ``run``.

    ``run`` gets at least one item and gives one result each, in order. What it raises
    goes to the futures of that batch only; the thread goes on.
    """

    def __init__(
        self,
        run: Callable[[list[W]], list[R]],
        *,
        length: Callable[[W], int],
        max_waiting: int,
        max_batch: int,
        max_tokens: int | None = None,
    ) -> None:
        self._run = run
        self._length = length
        self._max_waiting = max_waiting
        self._max_batch = max_batch
        self._max_tokens = max_tokens  # of a batch, padding included; None: no limit
        self._waiting: list[_Entry[W, R]] = []  # oldest first
        self._changed = threading.Condition()
        self._closed = False
        # A daemon, so that a forgotten close() cannot keep the process alive; and
        # closed at exit, so that it is not killed in the middle of an inference.
        self._thread = threading.Thread(
            target=self._work, name="reader-batcher", daemon=True
        )
        atexit.register(self.close)
        self._thread.start()

    def submit(self, items: Sequence[W], *, ahead: bool = False) -> "list[Future[R]]":
        """All or nothing; never blocks. Raises ReaderBusy and ReaderClosed.

        ``ahead``: before all that waits and never refused as too much, for the few
        items that finish what was begun.
        """
        entries: list[_Entry[W, R]] = [_Entry(i, self._length(i)) for i in items]
        with self._changed:
            if self._closed:
                raise ReaderClosed
            if ahead:
                self._waiting[:0] = entries
            else:
                self._queue(entries)
            self._changed.notify()
        return [entry.future for entry in entries]

    def _queue(self, entries: "list[_Entry[W, R]]") -> None:
        if len(self._waiting) + len(entries) > self._max_waiting:
            self._waiting = [e for e in self._waiting if not e.future.cancelled()]
        if len(self._waiting) + len(entries) > self._max_waiting:
            raise ReaderBusy(len(self._waiting), self._max_waiting)
        self._waiting.extend(entries)

    def close(self) -> None:
        """Fail what waits with ReaderClosed, let the running batch end, join."""
        with self._changed:
            self._closed = True
            entries, self._waiting = self._waiting, []
            self._changed.notify()
        for entry in entries:
            if entry.future.set_running_or_notify_cancel():
                entry.future.set_exception(ReaderClosed())
        if threading.current_thread() is not self._thread:
            self._thread.join()
        atexit.unregister(self.close)

    def _work(self) -> None:
        while batch := self._next_batch():
            try:
                results = self._run([entry.item for entry in batch])
                pairs = list(zip(batch, results, strict=True))
            except BaseException as error:
                # BaseException: a Rust panic must not end the only thread either.
                for entry in batch:
                    _settle(entry.future.set_exception, error)
                continue
            for entry, result in pairs:
                _settle(entry.future.set_result, result)

    def _next_batch(self) -> list[_Entry[W, R]]:
        """Waits for work; an empty batch means closed."""
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return []
                cut = self._cut()
            # Outside the lock: a cancelled future calls others' code from here.
            batch = [e for e in cut if e.future.set_running_or_notify_cancel()]
            if batch:
                return batch

    def _cut(self) -> list[_Entry[W, R]]:
        self._waiting = [e for e in self._waiting if not e.future.cancelled()]
        if not self._waiting:
            return []
        oldest = self._waiting[0]
        ordered = sorted(self._waiting, key=lambda entry: entry.length)
        lengths = [entry.length for entry in ordered]
        begin, end = neighbours(
            lengths,
            ordered.index(oldest),
            max_batch=self._max_batch,
            max_tokens=self._max_tokens,
        )
        batch = ordered[begin:end]
        taken = set(map(id, batch))
        self._waiting = [e for e in self._waiting if id(e) not in taken]
        return batch


def _settle(settle: Callable[[T], None], outcome: T) -> None:
    """Others' code is called from here, and must not end the only thread either.

    A future logs and swallows what is an Exception; the rest comes through.
    """
    try:
        settle(outcome)
    except BaseException:
        LOG.exception("What waited for a result has failed")


def neighbours(
    lengths: Sequence[int], oldest: int, *, max_batch: int, max_tokens: int | None
) -> tuple[int, int]:
    """The slice of sorted ``lengths`` that is run together; contains ``oldest``.

    Grows to the side that adds less padding, within the limits. ``max_tokens`` counts
    padding; one item alone is always allowed, however long.
    """
    begin, end = oldest, oldest + 1
    used = lengths[oldest]  # tokens without padding
    while end - begin < max_batch:
        options = []
        if begin > 0:
            options.append((begin - 1, end, used + lengths[begin - 1]))
        if end < len(lengths):
            options.append((begin, end + 1, used + lengths[end]))
        options = [o for o in options if _fits(lengths, o, max_tokens)]
        if not options:
            break
        begin, end, used = min(options, key=lambda o: _padding(lengths, o))
    return begin, end


def _padded(lengths: Sequence[int], option: tuple[int, int, int]) -> int:
    begin, end, _ = option
    return (end - begin) * lengths[end - 1]


def _padding(lengths: Sequence[int], option: tuple[int, int, int]) -> int:
    return _padded(lengths, option) - option[2]


def _fits(
    lengths: Sequence[int], option: tuple[int, int, int], max_tokens: int | None
) -> bool:
    padded = _padded(lengths, option)
    if max_tokens is not None and padded > max_tokens:
        return False
    return _padding(lengths, option) <= MAX_PADDING * padded
