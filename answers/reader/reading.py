"""One question on its way through the batcher."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any

from .config import ReaderConfig
from .decoding import Similarity, WindowReading
from .ranking import Ranking, rank

# What is said of quotes by what is read again around them.
Again = WindowReading | Similarity
# Starts that: passage -> its windows' readings.
ReadAgain = Callable[[Mapping[int, Sequence[WindowReading]]], "list[Future[Again]]"]


class Reading:
    """One question being read; passages finish one by one, in any order.

    When all have, the best quotes are read again (``rescoring``) and their sentences
    compared with the question (``sentences``); then it is ``whole``.
    """

    def __init__(
        self,
        texts: Sequence[str],
        windows: "Sequence[Sequence[Future[WindowReading]]]",
        config: ReaderConfig,
        read_again: ReadAgain = lambda readings: [],
    ) -> None:
        self._texts = texts
        self._windows = windows  # of each passage
        self._config = config
        self._read_again = read_again
        self._again: list[Future[Again]] = []
        self.windows_of = tuple(map(len, windows))  # of each passage
        self.windows = sum(self.windows_of)
        self.passages: tuple[Future[None], ...] = tuple(map(_join, windows))
        # Done when there is nothing left to read; carries the first error.
        self.whole: Future[None] = Future()
        self._follow()

    def rank(self, *, top: int) -> Ranking:
        """The best ``top`` quotes over the passages that were read completely so far.

        Passages that failed or were cancelled are left out: their own future says so.
        """
        again = self._again if self.whole.done() else []
        return rank(
            self._readings(),
            self._texts,
            self._config,
            top=top,
            again=[future.result() for future in again if _went_well(future)],
        )

    def cancel(self) -> None:
        """Windows that still wait are never run; harmless when all is done."""
        # Told first: what is to be read again may be starting just now.
        self.whole.cancel()
        for windows in self._windows:
            for future in windows:
                future.cancel()
        for again in self._again:
            again.cancel()

    def _follow(self) -> None:
        """Go on when all passages are read; see that ``whole`` ends in any case."""

        def stop(_: object) -> None:
            if self.whole.cancelled():
                self.cancel()

        self.whole.add_done_callback(stop)
        all_read: Future[None] = Future()
        all_read.add_done_callback(self._go_on)
        _end_with(all_read, self.passages)

    def _go_on(self, all_read: "Future[None]") -> None:
        if not _went_well(all_read):
            _settle(self.whole, [all_read])
            return
        try:
            self._again = self._read_again(self._readings())
        except BaseException as error:  # in another's thread, which has to go on
            with suppress(InvalidStateError):
                self.whole.set_exception(error)
            return
        if self.whole.cancelled():  # meanwhile
            self.cancel()
        _end_with(self.whole, self._again)

    def _readings(self) -> dict[int, list[WindowReading]]:
        return {
            index: [future.result() for future in self._windows[index]]
            for index, passage in enumerate(self.passages)
            if _went_well(passage)
        }


def _went_well(future: "Future[Any]") -> bool:
    return future.done() and not future.cancelled() and not future.exception()


def _join(windows: "Sequence[Future[WindowReading]]") -> "Future[None]":
    """Done when all windows of a passage are; carries the first error."""
    passage: Future[None] = Future()

    def cancel(_: object) -> None:
        # asyncio cancels what it waits for: then nobody wants the windows any more.
        if passage.cancelled():
            for future in windows:
                future.cancel()

    passage.add_done_callback(cancel)
    _end_with(passage, windows)
    return passage


def _end_with(whole: "Future[None]", parts: "Sequence[Future[Any]]") -> None:
    """Let it be done when all its parts are."""

    def finish(_: object) -> None:
        # The last part to finish sees all others done; should two threads be last
        # at once, one of them comes too late and that is all.
        if all(future.done() for future in parts):
            _settle(whole, parts)

    for future in parts:
        future.add_done_callback(finish)
    if not parts:
        _settle(whole, parts)


def _settle(whole: "Future[None]", parts: "Sequence[Future[Any]]") -> None:
    with suppress(InvalidStateError):
        if any(future.cancelled() for future in parts):
            if whole.cancel():
                whole.set_running_or_notify_cancel()  # wakes concurrent.futures.wait
            return
        errors = [error for future in parts if (error := future.exception())]
        if errors:
            whole.set_exception(errors[0])
        else:
            whole.set_result(None)
