"""One question on its way through the batcher."""

from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from .config import ReaderConfig
from .decoding import WindowReading
from .ranking import Ranking, rank


class Reading:
    """One question being read; passages finish one by one, in any order."""

    def __init__(
        self,
        texts: Sequence[str],
        windows: "Sequence[Sequence[Future[WindowReading]]]",
        config: ReaderConfig,
    ) -> None:
        self._texts = texts
        self._windows = windows  # of each passage
        self._config = config
        self.windows_of = tuple(map(len, windows))  # of each passage
        self.windows = sum(self.windows_of)
        self.passages: tuple[Future[None], ...] = tuple(map(_join, windows))

    def rank(self, *, top: int) -> Ranking:
        """The best ``top`` quotes over the passages that were read completely so far.

        Passages that failed or were cancelled are left out: their own future says so.
        """
        readings = {
            index: [future.result() for future in self._windows[index]]
            for index, passage in enumerate(self.passages)
            if passage.done() and not passage.cancelled() and not passage.exception()
        }
        return rank(readings, self._texts, self._config, top=top)

    def cancel(self) -> None:
        """Windows that still wait are never run; harmless when all is done."""
        for windows in self._windows:
            for future in windows:
                future.cancel()


def _join(windows: "Sequence[Future[WindowReading]]") -> "Future[None]":
    """Done when all windows of a passage are; carries the first error."""
    passage: Future[None] = Future()

    def finish(_: object) -> None:
        # The last window to finish sees all others done; should two threads be last
        # at once, one of them comes too late and that is all.
        if all(future.done() for future in windows):
            with suppress(InvalidStateError):
                _settle(passage, windows)

    def cancel(_: object) -> None:
        # asyncio cancels what it waits for: then nobody wants the windows any more.
        if passage.cancelled():
            for future in windows:
                future.cancel()

    passage.add_done_callback(cancel)
    for future in windows:
        future.add_done_callback(finish)
    if not windows:
        passage.set_result(None)
    return passage


def _settle(
    passage: "Future[None]", windows: "Sequence[Future[WindowReading]]"
) -> None:
    if any(future.cancelled() for future in windows):
        if passage.cancel():
            passage.set_running_or_notify_cancel()  # wakes concurrent.futures.wait
        return
    errors = [error for future in windows if (error := future.exception())]
    if errors:
        passage.set_exception(errors[0])
    else:
        passage.set_result(None)
