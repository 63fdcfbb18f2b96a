import gc
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from itertools import chain
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader import ReaderBusy, ReaderClosed
from answers.reader.batcher import MAX_PADDING, Batcher, neighbours


class Recorder:
    """Doubles numbers; an item's value is its length. The gate holds each batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.started = threading.Event()
        self.errors: list[BaseException] = []

    def run(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.started.set()
        assert self.gate.wait(timeout=30)
        if self.errors:
            raise self.errors.pop(0)
        return [item * 2 for item in items]


@contextmanager
def batching(
    recorder: Recorder,
    *,
    max_waiting: int = 100,
    max_batch: int = 4,
    max_tokens: int | None = None,
) -> Iterator[Batcher[int, int]]:
    batcher = Batcher(
        recorder.run,
        length=lambda item: item,
        max_waiting=max_waiting,
        max_batch=max_batch,
        max_tokens=max_tokens,
    )
    try:
        yield batcher
    finally:
        recorder.gate.set()
        batcher.close()


def hold(batcher: Batcher[int, int], recorder: Recorder) -> "Future[int]":
    """One item inside the closed gate, so that what comes next has to wait."""
    (first,) = batcher.submit([1])
    assert recorder.started.wait(timeout=30)
    return first


def results(futures: "list[Future[int]]") -> list[int]:
    return [future.result(timeout=30) for future in futures]


def test_each_item_gets_its_own_result() -> None:
    recorder = Recorder()
    recorder.gate.set()
    with batching(recorder) as batcher:
        assert results(batcher.submit([5, 9, 7])) == [10, 18, 14]
        assert batcher.submit([]) == []


def test_a_limit_of_one_serves_one() -> None:
    recorder = Recorder()
    with batching(recorder, max_waiting=1) as batcher:
        first = hold(batcher, recorder)
        second = batcher.submit([2])
        with pytest.raises(ReaderBusy) as caught:
            batcher.submit([3])
        assert (caught.value.waiting, caught.value.limit) == (1, 1)
        recorder.gate.set()
        assert results([first, *second]) == [2, 4]


def test_submitting_is_all_or_nothing() -> None:
    recorder = Recorder()
    with batching(recorder, max_waiting=3) as batcher:
        first = hold(batcher, recorder)
        with pytest.raises(ReaderBusy):
            batcher.submit([2, 2, 2, 2])
        futures = batcher.submit([3, 3, 3])
        recorder.gate.set()
        results([first, *futures])
    assert recorder.batches == [[1], [3, 3, 3]]


def test_cancelled_items_make_room() -> None:
    recorder = Recorder()
    with batching(recorder, max_waiting=2) as batcher:
        hold(batcher, recorder)
        for future in batcher.submit([2, 2]):
            assert future.cancel()
        assert len(batcher.submit([3, 3])) == 2


def test_what_waits_is_cut_sorted_by_length_around_the_oldest() -> None:
    recorder = Recorder()
    with batching(recorder, max_batch=3) as batcher:
        hold(batcher, recorder)
        futures = batcher.submit([100, 390, 98, 380, 400, 102, 385])
        recorder.gate.set()
        results(futures)
    assert recorder.batches[1:] == [[98, 100, 102], [380, 385, 390], [400]]


def test_padded_tokens_limit_a_batch() -> None:
    recorder = Recorder()
    with batching(recorder, max_batch=8, max_tokens=400) as batcher:
        hold(batcher, recorder)
        futures = batcher.submit([200, 200, 200, 500])
        recorder.gate.set()
        results(futures)
    assert recorder.batches[1:] == [[200, 200], [200], [500]]


def test_cancelled_items_are_never_run() -> None:
    recorder = Recorder()
    with batching(recorder) as batcher:
        first = hold(batcher, recorder)
        kept, dropped = batcher.submit([5, 6])
        assert dropped.cancel()
        assert not first.cancel()  # it runs already
        recorder.gate.set()
        assert results([first, kept]) == [2, 10]
        with pytest.raises(CancelledError):
            dropped.result(timeout=30)
    assert recorder.batches == [[1], [5]]


class PanicException(BaseException):
    """As Rust code raises it: no Exception."""


@pytest.mark.parametrize("error", [ValueError("x"), PanicException("x")])
def test_an_error_goes_to_its_batch_only_and_the_thread_goes_on(
    error: BaseException,
) -> None:
    recorder = Recorder()
    recorder.errors = [error]
    with batching(recorder) as batcher:
        failed = hold(batcher, recorder)
        fine = batcher.submit([5])
        recorder.gate.set()
        assert failed.exception(timeout=30) is error
        assert results(fine) == [10]


@pytest.mark.parametrize("error", [None, ValueError("x")])
def test_what_a_callback_raises_does_not_end_the_thread(
    error: BaseException | None, caplog: pytest.LogCaptureFixture
) -> None:
    def ends(_: "Future[int]") -> None:
        raise SystemExit

    recorder = Recorder()
    recorder.errors = [error] if error else []
    with batching(recorder) as batcher:
        first = hold(batcher, recorder)
        first.add_done_callback(ends)
        others = batcher.submit([5, 5])
        recorder.gate.set()
        assert results(others) == [10, 10]
    assert first.exception() is error
    assert "SystemExit" in caplog.text


def test_a_run_with_too_few_results_fails_its_batch() -> None:
    batcher: Batcher[int, int] = Batcher(
        lambda items: items[1:], length=lambda item: item, max_waiting=9, max_batch=9
    )
    try:
        (future,) = batcher.submit([5])
        assert isinstance(future.exception(timeout=30), ValueError)
    finally:
        batcher.close()


def test_closing_fails_what_waits_ends_what_runs_and_joins() -> None:
    recorder = Recorder()
    with batching(recorder) as batcher:
        running = hold(batcher, recorder)
        waiting, cancelled = batcher.submit([5, 6])
        cancelled.cancel()
        waiting.add_done_callback(lambda _: recorder.gate.set())
        batcher.close()
        assert isinstance(waiting.exception(), ReaderClosed)
        assert running.result() == 2
        assert not batcher._thread.is_alive()
        with pytest.raises(ReaderClosed):
            batcher.submit([1])
        batcher.close()  # twice is harmless
    assert recorder.batches == [[1]]


def test_closing_from_the_batchers_own_thread_does_not_wait_for_itself() -> None:
    recorder = Recorder()
    with batching(recorder) as batcher:
        first = hold(batcher, recorder)
        first.add_done_callback(lambda _: batcher.close())
        recorder.gate.set()
        batcher._thread.join(timeout=30)
        assert not batcher._thread.is_alive()


def test_a_closed_batcher_is_forgotten() -> None:
    recorder = Recorder()
    with batching(recorder) as batcher:
        forgotten = ref(batcher)
    del batcher
    gc.collect()
    assert forgotten() is None  # at exit nothing is left to close


@given(
    lengths=st.lists(st.integers(1, 384), min_size=1, max_size=40).map(sorted),
    data=st.data(),
    max_batch=st.integers(1, 9),
    max_tokens=st.none() | st.integers(1, 3000),
)
def test_a_batch_holds_the_oldest_and_keeps_the_limits(
    lengths: list[int], data: st.DataObject, max_batch: int, max_tokens: int | None
) -> None:
    oldest = data.draw(st.integers(0, len(lengths) - 1))
    begin, end = neighbours(lengths, oldest, max_batch=max_batch, max_tokens=max_tokens)
    assert 0 <= begin <= oldest < end <= len(lengths)
    padded = (end - begin) * lengths[end - 1]
    assert end - begin <= max_batch
    assert padded - sum(lengths[begin:end]) <= MAX_PADDING * padded
    assert max_tokens is None or end - begin == 1 or padded <= max_tokens


@given(
    lengths=st.lists(st.integers(1, 384), min_size=1, max_size=30),
    max_batch=st.integers(1, 8),
)
def test_everything_that_is_submitted_is_run_once(
    lengths: list[int], max_batch: int
) -> None:
    recorder = Recorder()
    recorder.gate.set()
    with batching(recorder, max_batch=max_batch) as batcher:
        assert results(batcher.submit(lengths)) == [length * 2 for length in lengths]
    assert sorted(chain.from_iterable(recorder.batches)) == sorted(lengths)


def test_a_neighbour_that_is_a_quarter_shorter_is_joined_and_half_as_long_is_not() -> (
    None
):
    def batch(*lengths: int) -> tuple[int, int]:
        return neighbours(lengths, len(lengths) - 1, max_batch=8, max_tokens=None)

    assert batch(75, 100) == (0, 2)
    assert batch(50, 100) == (1, 2)
