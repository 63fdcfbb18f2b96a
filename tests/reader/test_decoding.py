from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader import ReaderConfig
from answers.reader.arrays import FloatArray, IntArray
from answers.reader.decoding import Span, best_spans
from answers.reader.windows import Window, cut

from .makers import make_config, make_tokens


def brute_force(
    window: Window,
    start: FloatArray,
    end: FloatArray,
    offsets: IntArray,
    config: ReaderConfig,
) -> list[Span]:
    """Every pair of tokens of the slice, one by one: the oracle."""
    spans = []
    size = len(window.passage_ids)
    for i in range(size):
        for j in range(i, min(size, i + config.max_answer_tokens)):
            first, last = window.first + i, window.first + j
            begin, stop = int(offsets[first][0]), int(offsets[last][1])
            if stop - begin > config.max_answer_chars:
                continue
            if any(offsets[at][0] == offsets[at][1] for at in (first, last)):
                continue  # a mark
            at = window.answer_start
            logit_sum = float(start[at + i]) + float(end[at + j])
            context = min(i, size - 1 - j)
            place = (window.passage, window.index, first, last, begin, stop)
            spans.append(Span(*place, logit_sum, context))
    spans.sort(key=lambda span: (-span.logit_sum, span.first, span.last))
    return spans[: config.n_best]


@st.composite
def cases(
    draw: st.DrawFn,
) -> tuple[Window, FloatArray, FloatArray, IntArray, ReaderConfig]:
    config = make_config(
        max_length=40,
        max_question_tokens=6,
        stride=draw(st.integers(1, 20)),
        max_answer_tokens=draw(st.integers(1, 11)),
        max_answer_chars=draw(st.integers(1, 30)),
        n_best=draw(st.integers(1, 40)),
    )
    passage = make_tokens(draw(st.integers(1, 60)))
    for mark in draw(st.sets(st.integers(0, len(passage) - 1))):
        passage.offsets[mark, 0] = passage.offsets[mark, 1]
    windows = cut(make_tokens(draw(st.integers(1, 6))), passage, config)
    window = draw(st.sampled_from(windows))
    padded = window.length + draw(st.integers(0, 5))
    # Few values, so that ties are everywhere.
    values = st.one_of(st.integers(-2, 2), st.floats(-9, 9, width=32))
    logits = st.lists(values, min_size=padded, max_size=padded)
    start, end = (np.array(draw(logits), dtype=np.float32) for _ in range(2))
    return window, start, end, passage.offsets, config


@given(case=cases())
def test_the_n_best_spans_are_those_of_brute_force(
    case: tuple[Window, FloatArray, FloatArray, IntArray, ReaderConfig],
) -> None:
    reading = best_spans(*case)
    assert list(reading.spans) == brute_force(*case)
    assert reading.null_score == float(case[1][0]) + float(case[2][0])


def make_window(tokens: int, question: int = 3) -> Window:
    return cut(make_tokens(question), make_tokens(tokens), make_config())[0]


def flat(window: Window, padding: int = 0) -> FloatArray:
    return np.zeros(window.length + padding, dtype=np.float32)


@pytest.mark.parametrize("token", [0, 9])
def test_the_first_and_the_last_token_can_be_the_answer(token: int) -> None:
    window = make_window(10)
    start, end = flat(window), flat(window)
    start[window.answer_start + token] = end[window.answer_start + token] = 5
    best = best_spans(window, start, end, make_tokens(10).offsets, make_config())
    assert (best.spans[0].first, best.spans[0].last) == (token, token)
    assert (best.spans[0].start, best.spans[0].end) == (2 * token, 2 * token + 1)
    assert best.spans[0].logit_sum == 10


def test_a_window_of_one_token_has_one_span() -> None:
    window = make_window(1)
    offsets = make_tokens(1).offsets
    (span,) = best_spans(
        window, flat(window), flat(window), offsets, make_config()
    ).spans
    assert (span.start, span.end, span.context) == (0, 1, 0)


def test_question_separators_cls_and_padding_never_answer() -> None:
    window = make_window(10)
    start, end = flat(window, padding=20), flat(window, padding=20)
    inside = slice(window.answer_start, window.answer_start + 10)
    start[:], end[:] = 100, 100
    start[inside], end[inside] = -1, -1
    reading = best_spans(window, start, end, make_tokens(10).offsets, make_config())
    assert {span.logit_sum for span in reading.spans} == {-2.0}
    assert reading.null_score == 200


def test_an_end_before_the_start_is_never_chosen() -> None:
    window = make_window(10)
    start, end = flat(window), flat(window)
    start[window.answer_start + 8] = 9
    end[window.answer_start + 1] = 9
    reading = best_spans(window, start, end, make_tokens(10).offsets, make_config())
    assert all(span.last >= span.first for span in reading.spans)
    assert reading.spans[0].logit_sum == 9


def test_an_unknown_word_longer_than_an_answer_is_left_out() -> None:
    window = make_window(3)
    offsets = np.array([[0, 1], [2, 500], [501, 502]], dtype=np.int64)
    config = make_config(max_answer_chars=300)
    reading = best_spans(window, flat(window), flat(window), offsets, config)
    assert [(span.first, span.last) for span in reading.spans] == [(0, 0), (2, 2)]


def test_an_answer_runs_over_a_mark_but_neither_begins_nor_ends_there() -> None:
    window = make_window(3)
    offsets = np.array([[0, 1], [1, 1], [2, 3]], dtype=np.int64)
    likely = flat(window)
    likely[window.answer_start + 1] = 9
    reading = best_spans(window, likely, likely, offsets, make_config())
    assert [(s.first, s.last) for s in reading.spans] == [(0, 0), (0, 2), (2, 2)]


def test_a_window_of_nothing_but_a_mark_has_no_span() -> None:
    window = make_window(1)
    offsets = np.array([[1, 1]], dtype=np.int64)
    reading = best_spans(window, flat(window), flat(window), offsets, make_config())
    assert reading.spans == ()


def test_a_window_where_no_span_is_allowed_has_none() -> None:
    window = make_window(1)
    offsets = np.array([[0, 500]], dtype=np.int64)
    reading = best_spans(window, flat(window), flat(window), offsets, make_config())
    assert reading.spans == ()


def test_ties_are_decided_by_place_on_every_run() -> None:
    window = make_window(300)
    offsets = make_tokens(300).offsets
    reading = best_spans(window, flat(window), flat(window), offsets, make_config())
    assert [(s.first, s.last) for s in reading.spans] == [(0, j) for j in range(20)]


def test_a_full_window_is_decoded_in_milliseconds() -> None:
    window = make_window(371)
    rng = np.random.default_rng(1)
    start, end = rng.normal(size=(2, window.length)).astype(np.float32)
    offsets, config = make_tokens(371).offsets, make_config()
    seconds = []
    for _ in range(20):
        begun = perf_counter()
        best_spans(window, start, end, offsets, config)
        seconds.append(perf_counter() - begun)
    assert min(seconds) < 0.005
