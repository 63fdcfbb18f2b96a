"""The best quotes are read a second time, in crops of their windows."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, wait

import numpy as np
import pytest

from answers.reader import InferenceError, Reader, ReaderClosed, Reading
from answers.reader.arrays import FloatArray, IntArray
from answers.reader.batcher import Batcher
from answers.reader.config import ReaderConfig
from answers.reader.decoding import Span, WindowReading, best_spans, given_spans
from answers.reader.ranking import rank
from answers.reader.reading import Again
from answers.reader.rescoring import QUOTES, Crop, crops
from answers.reader.tokens import Tokenizer
from answers.reader.windows import Window, cut

from .fakes import FakeEngine
from .makers import make_config, make_reading, make_span, make_tokens

CONFIG = make_config(rescore_tokens=10)
QUESTION = make_tokens(4)
FILLER = " ".join(["filler"] * 60)
LONG = f"{FILLER} Paris {FILLER} Rome {FILLER}"
BREAD = "Bread is older than writing. The Egyptians used yeast."


def window_of(tokens: int, *, passage: int = 0) -> Window:
    (window,) = cut(QUESTION, make_tokens(tokens), CONFIG, passage_index=passage)
    return window


def token(at: int, logit_sum: float, **changes: int) -> Span:
    return make_span(at, at + 1, logit_sum, **changes)


def cropped(window: Window, *spans: Span, config: ReaderConfig = CONFIG) -> list[Crop]:
    return crops({0: [make_reading(*spans)]}, {0: [window]}, config)


# what is read again


def test_a_crop_has_so_many_tokens_on_either_side() -> None:
    (crop,) = cropped(window_of(200), token(100, 9.0))
    assert crop.window.first == 90
    assert crop.window.passage_ids.tolist() == make_tokens(200).ids[90:111].tolist()
    assert crop.window.question_ids is QUESTION.ids
    assert (crop.window.passage, crop.window.total) == (0, 200)


def test_at_the_edge_of_its_slice_a_crop_ends() -> None:
    found = cropped(window_of(200), token(3, 9.0), token(198, 8.0))
    assert [crop.window.first for crop in found] == [0, 188]
    assert [len(crop.window.passage_ids) for crop in found] == [14, 12]


def test_a_crop_is_of_the_window_that_saw_the_span_best() -> None:
    passage = make_tokens(600)
    windows = cut(QUESTION, passage, CONFIG)
    span = token(300, 9.0)
    seen = [
        make_reading(span),
        make_reading(make_span(300, 301, 8.0, window=1, context=100)),
    ]
    (crop,) = crops({0: seen}, {0: windows}, CONFIG)
    assert crop.window.first == 290
    assert crop.window.passage_ids.tolist() == passage.ids[290:311].tolist()
    assert [one.window for one in crop.spans] == [1]


def test_all_candidates_inside_are_asked_for() -> None:
    inside = [token(100, 9.0), make_span(95, 105, 4.0), make_span(90, 111, 3.0)]
    outside = [make_span(95, 112, 2.0), make_span(89, 100, 1.0)]
    crop, *_ = cropped(window_of(200), *inside, *outside)
    assert list(crop.spans) == inside


def test_no_more_than_the_best_quotes_and_of_one_place_only_the_best() -> None:
    beside = [token(20 * at, 30.0 - at) for at in range(1, 9)]
    overlapping = make_span(20, 23, 29.5)
    found = cropped(window_of(300), *beside, overlapping)
    assert [crop.window.first for crop in found] == [10, 30, 50, 70, 90]
    assert len(found) == QUOTES


def test_the_best_of_all_passages_are_read_again() -> None:
    windows = {n: [window_of(200, passage=n)] for n in range(8)}
    readings = {
        n: [make_reading(token(100, float(n), passage=n), null_score=-n)]
        for n in range(8)
    }
    found = crops(readings, windows, CONFIG)
    assert [crop.window.passage for crop in found] == [7, 6, 5, 4, 3]


def test_a_short_passage_is_not_read_twice() -> None:
    assert cropped(window_of(20), token(10, 9.0)) == []
    assert cropped(window_of(21), token(10, 9.0)) == []
    # Nor one whose window is hardly longer: with the question 32 tokens for 28.
    assert cropped(window_of(25), token(12, 9.0)) == []
    assert len(cropped(window_of(28), token(14, 9.0))) == 1
    assert len(cropped(window_of(40), token(20, 9.0))) == 1


def test_a_crop_without_the_name_is_read_with_the_title_that_has_it() -> None:
    """The question has tokens 1000 to 1003, and so has the slice at its beginning."""
    config = make_config(rescore_tokens=10, max_title_tokens=8)
    (window,) = cut(QUESTION, make_tokens(200), config, title=make_tokens(5, 1002))
    assert len(window.title_ids) == 0
    near, far = cropped(window, token(5, 9.0), token(100, 8.0), config=config)
    assert len(near.window.title_ids) == 0
    assert far.window.title_ids.tolist() == [1002, 1003, 1004, 1005, 1006]
    assert far.window.length == near.window.length + 10


def test_a_title_that_was_read_is_read_again() -> None:
    config = make_config(rescore_tokens=10, max_title_tokens=8)
    passage = make_tokens(200, 5000)
    (window,) = cut(QUESTION, passage, config, title=make_tokens(3))
    (crop,) = cropped(window, token(100, 9.0), config=config)
    assert (
        crop.window.title_ids.tolist()
        == window.title_ids.tolist()
        == [1000, 1001, 1002]
    )


def test_models_that_say_nothing_of_it_read_once() -> None:
    assert cropped(window_of(200), token(100, 9.0), config=make_config()) == []


def test_without_spans_there_is_nothing_to_read_again() -> None:
    assert cropped(window_of(200)) == []
    assert crops({}, {}, CONFIG) == []


# what comes of it


def test_a_window_says_of_given_spans_what_it_says_of_its_own() -> None:
    random = np.random.default_rng(1)
    tokens = make_tokens(50)
    window = window_of(50)
    starts, ends = random.normal(size=(2, window.length + 7)).astype(np.float32)
    own = best_spans(window, starts, ends, tokens.offsets, CONFIG)
    asked = [make_span(s.first, s.last + 1, 0.0) for s in own.spans]
    again = given_spans(window, starts, ends, asked)
    assert again.null_score == own.null_score
    sums = [span.logit_sum for span in own.spans]
    assert [span.logit_sum for span in again.spans] == pytest.approx(sums)


def test_the_margin_is_the_mean_of_window_and_crops() -> None:
    text = "a b c d e f g h"
    first = make_reading(
        make_span(0, 1, 8.0), make_span(4, 5, 6.0), make_span(8, 9, 5.0), null_score=2.0
    )
    again = [
        make_reading(make_span(0, 1, 1.0), make_span(4, 5, 7.0), null_score=-1.0),
        make_reading(make_span(4, 5, 3.0), null_score=-3.0),
    ]
    ranking = rank({0: [first]}, [text], CONFIG, top=5, again=again)
    found = [(span.text, span.margin) for span in ranking.spans]
    # 4 and 7 of c (8 and 6 in the crops); 6 and 2 of a; e was not read again.
    assert found == [("c", 5.5), ("a", 4.0), ("e", 3.0)]


def test_of_other_passages_the_crops_say_nothing() -> None:
    first = make_reading(make_span(0, 1, 8.0))
    again = [make_reading(make_span(0, 1, 0.0, passage=1))]
    (span,) = rank({0: [first]}, ["a b"], CONFIG, top=5, again=again).spans
    assert span.margin == 8.0


# in the reader


class NearSighted(FakeEngine):
    """Sees twice as clearly in windows of fewer than 60 tokens."""

    def run(self, arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        starts, ends = super().run(arrays)
        near = np.where(arrays["attention_mask"].sum(1) < 60, 2, 1)[:, None]
        return starts * near, ends * near


MakeReader = Callable[[FakeEngine], Reader]


@pytest.fixture
def make_reader(tokenizer: Tokenizer) -> Iterator[MakeReader]:
    readers = []

    def make(engine: FakeEngine) -> Reader:
        readers.append(Reader(CONFIG, tokenizer, engine, max_waiting_windows=4))
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()


def test_the_reader_reads_again(tokenizer: Tokenizer, make_reader: MakeReader) -> None:
    liked = {"paris": 3.0, "rome": 2.0}
    reader = make_reader(NearSighted(tokenizer, liked, liked))
    ranking = reader.read("Where?", [BREAD, LONG])
    # 6 at first and 12 near by; BREAD is too short for more than one reading.
    assert [(s.text, s.margin) for s in ranking.spans[:2]] == [
        ("Paris", 9.0),
        ("Rome", 6.0),
    ]
    reading = reader.submit("Where?", [BREAD, LONG]).result(timeout=30)
    reading.whole.result(timeout=30)
    assert reading.rank(top=5) == ranking


def test_until_then_the_first_reading_counts(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = NearSighted(tokenizer, {"paris": 3.0}, {"paris": 3.0})
    first = engine.run

    def run(arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        if arrays["input_ids"].shape[1] < 60:
            assert gate.wait(timeout=30)
        return first(arrays)

    engine.run = run  # type: ignore[method-assign]
    reading = make_reader(engine).submit("Where?", [LONG]).result(timeout=30)
    wait(reading.passages, timeout=30)
    assert reading.rank(top=1).spans[0].margin == 6.0
    assert not reading.whole.done()
    gate.set()
    reading.whole.result(timeout=30)
    assert reading.rank(top=1).spans[0].margin == 9.0


def test_a_question_without_passages_is_whole_at_once(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reading = make_reader(FakeEngine(tokenizer)).submit("Where?", []).result(30)
    reading.whole.result(timeout=30)
    assert reading.rank(top=5).spans == ()


def test_an_error_of_the_second_reading_is_told(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = FakeEngine(tokenizer, {"paris": 3.0}, {"paris": 3.0})
    first = engine.run

    def run(arrays: Mapping[str, IntArray]) -> tuple[FloatArray, FloatArray]:
        if arrays["input_ids"].shape[1] < 60:
            raise InferenceError("no")
        return first(arrays)

    engine.run = run  # type: ignore[method-assign]
    reader = make_reader(engine)
    reading = reader.submit("Where?", [LONG]).result(timeout=30)
    with pytest.raises(InferenceError):
        reading.whole.result(timeout=30)
    assert reading.rank(top=1).spans[0].margin == 6.0
    with pytest.raises(InferenceError):
        reader.read("Where?", [LONG])


# by itself


def done(reading: WindowReading) -> "Future[WindowReading]":
    future: Future[WindowReading] = Future()
    future.set_result(reading)
    return future


def test_cancelling_drops_what_is_to_be_read_again() -> None:
    again: Future[Again] = Future()
    reading = Reading(
        ["a"], [[done(make_reading(token(0, 1.0)))]], CONFIG, lambda _: [again]
    )
    assert not reading.whole.done()
    reading.cancel()
    assert again.cancelled()
    assert reading.whole.cancelled()
    assert reading.rank(top=5).spans[0].margin == 1.0


def test_who_cancels_while_it_starts_cancels_it_too() -> None:
    """The batcher's thread starts to read again while the event loop cancels."""
    waiting: Future[WindowReading] = Future()
    again: Future[Again] = Future()

    def start(_: object) -> "list[Future[Again]]":
        reading.cancel()
        return [again]

    reading = Reading(["a"], [[waiting]], CONFIG, start)
    waiting.set_result(make_reading(token(0, 1.0)))
    assert again.cancelled()
    assert reading.whole.cancelled()


def test_who_cancels_the_whole_cancels_all() -> None:
    """As asyncio does with what it waits for."""
    windows: list[Future[WindowReading]] = [Future(), Future()]
    reading = Reading(["a", "b"], [windows[:1], windows[1:]], CONFIG)
    reading.whole.cancel()
    assert all(future.cancelled() for future in windows)
    assert all(passage.cancelled() for passage in reading.passages)


def test_after_a_failed_passage_nothing_is_read_again() -> None:
    failed: Future[WindowReading] = Future()
    failed.set_exception(InferenceError("no"))

    def never(_: object) -> "list[Future[Again]]":
        raise AssertionError

    good = done(make_reading(token(0, 1.0)))
    reading = Reading(["a", "b"], [[good], [failed]], CONFIG, never)
    with pytest.raises(InferenceError):
        reading.whole.result(timeout=0)
    assert [span.passage for span in reading.rank(top=5).spans] == [0]


def test_a_reader_that_was_closed_meanwhile_is_an_error() -> None:
    def closed(_: object) -> "list[Future[Again]]":
        raise ReaderClosed

    reading = Reading(["a"], [[done(make_reading(token(0, 1.0)))]], CONFIG, closed)
    with pytest.raises(ReaderClosed):
        reading.whole.result(timeout=0)


def test_a_cancelled_passage_ends_the_whole() -> None:
    waiting: Future[WindowReading] = Future()
    good = done(make_reading(token(0, 1.0)))
    reading = Reading(["a", "b"], [[good], [waiting]], CONFIG)
    reading.passages[1].cancel()
    with pytest.raises(CancelledError):
        reading.whole.result(timeout=1)


def test_what_finishes_a_question_goes_ahead_and_is_never_too_much() -> None:
    gate, order = threading.Event(), list[str]()

    def run(items: list[str]) -> list[str]:
        order.extend(items)
        assert gate.wait(timeout=30)
        return items

    batcher: Batcher[str, str] = Batcher(run, length=len, max_waiting=2, max_batch=1)
    try:
        futures = batcher.submit(["a"])
        while not order:
            pass
        futures += batcher.submit(["b", "c"])
        futures += batcher.submit(["x", "y"], ahead=True)
        gate.set()
        wait(futures, timeout=30)
    finally:
        batcher.close()
    assert order == ["a", "x", "y", "b", "c"]
