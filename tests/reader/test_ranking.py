import dataclasses
import math
import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader import Calibration, RankedSpan
from answers.reader.decoding import Span, WindowReading
from answers.reader.ranking import rank

from .makers import make_config, make_reading, make_span

TEXT = "alpha beta gamma delta epsilon zeta eta theta iota kappa"
WORDS = {
    word: (TEXT.index(word), TEXT.index(word) + len(word)) for word in TEXT.split()
}
WORDS["eta"] = (TEXT.index(" eta") + 1, TEXT.index(" eta") + 4)
CONFIG = make_config()


def word(name: str, logit_sum: float, **changes: int) -> Span:
    return make_span(*WORDS[name], logit_sum, **changes)


def texts_of(spans: Sequence[RankedSpan]) -> list[str]:
    return [span.text for span in spans]


def test_spans_of_all_passages_are_ranked_by_margin() -> None:
    readings = {
        0: [make_reading(word("alpha", 9.0), null_score=5.0)],  # margin 4
        1: [make_reading(word("beta", 7.0, passage=1), null_score=1.0)],  # margin 6
    }
    ranking = rank(readings, [TEXT, TEXT], CONFIG, top=5)
    assert texts_of(ranking.spans) == ["beta", "alpha"]
    assert [span.margin for span in ranking.spans] == [6.0, 4.0]
    assert [span.passage for span in ranking.spans] == [1, 0]


def test_the_null_score_of_a_passage_is_the_lowest_of_its_windows() -> None:
    windows = [
        make_reading(word("alpha", 3.0), null_score=8.0),
        make_reading(word("kappa", 1.0, window=1), null_score=-2.0),
    ]
    ranking = rank({0: windows}, [TEXT], CONFIG, top=5)
    assert [span.margin for span in ranking.spans] == [5.0, 3.0]


def test_of_identical_spans_the_one_with_most_context_is_kept() -> None:
    windows = [
        make_reading(word("delta", 9.0, context=1)),
        make_reading(word("delta", 4.0, context=30, window=1)),
        make_reading(word("delta", 6.0, context=30, window=2)),
    ]
    (span,) = rank({0: windows}, [TEXT], CONFIG, top=5).spans
    assert (span.margin, span.window) == (4.0, 1)  # not the maximum, not the sum


def test_twins_made_by_alignment_keep_the_best_margin() -> None:
    start, end = WORDS["gamma"]
    reading = make_reading(
        make_span(start, end - 1, 3.0), make_span(start, end, 2.0), word("beta", 1.0)
    )
    ranking = rank({0: [reading]}, [TEXT], CONFIG, top=5)
    assert texts_of(ranking.spans) == ["gamma", "beta"]
    assert ranking.spans[0].margin == 3.0


def test_overlaps_go_and_touching_spans_stay() -> None:
    text = "東京日本首都"
    reading = make_reading(
        make_span(2, 4, 9.0),
        make_span(1, 3, 8.0),
        make_span(0, 2, 7.0),
        make_span(4, 6, 6.0),
    )
    ranking = rank({0: [reading]}, [text], CONFIG, top=5)
    assert texts_of(ranking.spans) == ["日本", "東京", "首都"]


def test_the_same_offsets_in_two_passages_are_two_answers() -> None:
    readings = {i: [make_reading(word("alpha", 2.0, passage=i))] for i in (0, 1)}
    assert len(rank(readings, [TEXT, TEXT], CONFIG, top=5).spans) == 2


def test_top_is_filled_after_duplicates_are_gone() -> None:
    start, end = WORDS["epsilon"]
    twins = [make_span(start, stop, 9.0 - stop / 99) for stop in range(start + 1, end)]
    reading = make_reading(*twins, word("zeta", 3.0), word("iota", 2.0))
    ranking = rank({0: [reading]}, [TEXT], CONFIG, top=3)
    assert texts_of(ranking.spans) == ["epsilon", "zeta", "iota"]
    assert texts_of(rank({0: [reading]}, [TEXT], CONFIG, top=1).spans) == ["epsilon"]
    assert rank({0: [reading]}, [TEXT], CONFIG, top=0).spans == ()


def test_ties_are_decided_by_passage_start_and_length() -> None:
    readings = {
        1: [make_reading(word("alpha", 2.0, passage=1))],
        0: [make_reading(word("kappa", 2.0), word("beta", 2.0), word("alpha", 2.0))],
    }
    ranking = rank(readings, [TEXT, TEXT], CONFIG, top=9)
    found = [(span.passage, span.text) for span in ranking.spans]
    assert found == [(0, "alpha"), (0, "beta"), (0, "kappa"), (1, "alpha")]


def test_of_tied_overlapping_spans_the_shorter_wins_on_every_run() -> None:
    both = [make_span(0, 10, 2.0), make_span(0, 5, 2.0)]
    for spans in (both, both[::-1]):
        ranking = rank({0: [make_reading(*spans)]}, [TEXT], CONFIG, top=9)
        assert texts_of(ranking.spans) == ["alpha"]


def test_the_threshold_divides_answers_from_nearest() -> None:
    reading = make_reading(word("alpha", 2.0), word("beta", 0.0), word("iota", -1.0))
    ranking = rank({0: [reading]}, [TEXT], CONFIG, top=5)
    assert texts_of(ranking.answers) == ["alpha", "beta"]  # 0.0 is a real threshold
    assert texts_of(ranking.nearest) == ["iota"]
    strict = make_config(no_answer_threshold=5.0)
    assert rank({0: [reading]}, [TEXT], strict, top=5).answers == ()


def test_the_score_is_the_calibrated_margin() -> None:
    config = make_config(calibration=Calibration(slope=1.0, intercept=-2.0))
    (span,) = rank({0: [make_reading(word("eta", 2.0))]}, [TEXT], config, top=1).spans
    assert span.score == 0.5


def test_what_one_quote_gets_another_cannot_have() -> None:
    config = make_config(calibration=Calibration(slope=1.0, intercept=0.0))
    readings = {
        0: [make_reading(word("alpha", math.log(4)), word("beta", 0.0))],  # 0.8, 0.5
        1: [make_reading(word("kappa", math.log(1 / 3), passage=1))],  # 0.25
    }
    spans = rank(readings, [TEXT, TEXT], config, top=5).spans
    assert texts_of(spans) == ["alpha", "beta", "kappa"]
    shares = [0.8, 0.2 * 0.5, 0.2 * 0.5 * 0.25]
    assert [span.score for span in spans] == pytest.approx(shares)


def test_who_says_the_same_is_as_right() -> None:
    config = make_config(calibration=Calibration(slope=1.0, intercept=0.0))
    texts = [TEXT, "«Alpha», he said", "gamma"]
    readings = {
        0: [make_reading(word("alpha", math.log(4)), word("beta", -3.0))],
        1: [make_reading(make_span(1, 6, 0.0, passage=1))],
        2: [make_reading(make_span(0, 5, -1.0, passage=2))],
    }
    spans = rank(readings, texts, config, top=5).spans
    assert texts_of(spans) == ["alpha", "Alpha", "gamma", "beta"]
    assert spans[0].score == spans[1].score == pytest.approx(0.8)
    alone = rank({0: readings[0], 2: readings[2]}, texts, config, top=5).spans
    assert [span.score for span in spans[2:]] == [span.score for span in alone[1:]]


def test_quotes_without_a_word_are_told_apart() -> None:
    config = make_config(calibration=Calibration(slope=1.0, intercept=0.0))
    reading = make_reading(make_span(0, 1, 0.0), make_span(5, 6, 0.0))
    first, second = rank({0: [reading]}, ["€ or ¥"], config, top=5).spans
    assert (first.text, second.text) == ("€", "¥")
    assert second.score == pytest.approx(0.25)


def test_a_passage_says_the_same_words_once() -> None:
    text = "«Alpha», then alpha. Beta"
    reading = make_reading(
        make_span(1, 6, 3.0), make_span(14, 19, 2.0), make_span(21, 25, 1.0)
    )
    ranking = rank({0: [reading]}, [text], CONFIG, top=5)
    assert texts_of(ranking.spans) == ["Alpha", "Beta"]


def test_a_quote_of_punctuation_alone_is_dropped() -> None:
    reading = make_reading(
        make_span(0, 1, 3.0), make_span(2, 3, 2.0), make_span(5, 6, 1.0)
    )
    ranking = rank({0: [reading]}, ["… €. 5"], CONFIG, top=5)
    assert texts_of(ranking.spans) == ["€", "5"]


def test_a_quote_too_long_after_widening_is_dropped() -> None:
    config = make_config(max_answer_chars=6)
    start, _ = WORDS["epsilon"]
    reading = make_reading(make_span(start, start + 3, 9.0), word("eta", 1.0))
    assert texts_of(rank({0: [reading]}, [TEXT], config, top=5).spans) == ["eta"]


def test_passages_without_windows_or_spans_give_nothing() -> None:
    readings: dict[int, list[WindowReading]] = {0: [], 1: [make_reading()]}
    assert rank(readings, ["", "…"], CONFIG, top=5).spans == ()
    assert rank({}, [], CONFIG, top=5).spans == ()


def test_a_reading_filed_under_another_passage_is_refused() -> None:
    with pytest.raises(ValueError, match="passage 1"):
        rank({0: [make_reading(word("eta", 1.0, passage=1))]}, [TEXT], CONFIG, top=1)


@st.composite
def libraries(draw: st.DrawFn) -> list[list[WindowReading]]:
    """Readings of a few passages; margins are all different, so nothing ties."""
    count = draw(st.integers(1, 5))
    logits = iter(draw(st.permutations(range(200))))
    passages = []
    for passage in range(count):
        windows = []
        for window in range(draw(st.integers(0, 3))):
            places = draw(
                st.lists(
                    st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 12)),
                    max_size=6,
                )
            )
            spans = [
                make_span(
                    start,
                    min(start + length, len(TEXT)),
                    # A share of its own for each passage: no ties between passages.
                    next(logits) + passage / 8,
                    passage=passage,
                    window=window,
                    context=draw(st.integers(0, 9)),
                )
                for start, length in places
            ]
            windows.append(WindowReading(tuple(spans), float(draw(st.integers(-5, 5)))))
        passages.append(windows)
    return passages


def ranked(passages: list[list[WindowReading]], top: int = 9) -> list[RankedSpan]:
    texts = [TEXT] * len(passages)
    return list(rank(dict(enumerate(passages)), texts, CONFIG, top=top).spans)


@given(passages=libraries())
def test_every_answer_is_a_quote_in_order_without_overlap(
    passages: list[list[WindowReading]],
) -> None:
    spans = ranked(passages)
    assert all(TEXT[span.start : span.end] == span.text for span in spans)
    assert [span.order for span in spans] == sorted(span.order for span in spans)
    taken = [(s.passage, char) for s in spans for char in range(s.start, s.end)]
    assert len(taken) == len(set(taken))


@given(passages=libraries())
def test_fewer_are_the_beginning_of_more(passages: list[list[WindowReading]]) -> None:
    assert ranked(passages, top=3) == ranked(passages, top=50)[:3]


@given(passages=libraries())
def test_scores_of_different_words_never_add_up_to_more_than_one(
    passages: list[list[WindowReading]],
) -> None:
    scores = {span.text.strip(): span.score for span in ranked(passages)}
    assert sum(scores.values()) <= 1 + 1e-9
    assert all(0 <= score <= 1 for score in scores.values())


def unscored(spans: Iterable[RankedSpan]) -> list[RankedSpan]:
    return [dataclasses.replace(span, score=0.0) for span in spans]


@given(passages=libraries(), others=libraries())
def test_adding_passages_changes_no_other_margin(
    passages: list[list[WindowReading]], others: list[list[WindowReading]]
) -> None:
    count = len(passages)
    moved = [[renumber(w, i + count) for w in ws] for i, ws in enumerate(others)]
    alone = ranked(passages, top=999)
    together = ranked(passages + moved, top=999)
    assert unscored(s for s in together if s.passage < count) == unscored(alone)


@given(passages=libraries(), seed=st.integers(0, 9))
def test_the_order_of_passages_does_not_matter(
    passages: list[list[WindowReading]], seed: int
) -> None:
    order = list(range(len(passages)))
    random.Random(seed).shuffle(order)
    shuffled = [
        [renumber(window, new) for window in passages[old]]
        for new, old in enumerate(order)
    ]
    back = [dataclasses.replace(s, passage=order[s.passage]) for s in ranked(shuffled)]
    # Only ties are decided by the index of the passage.
    assert sorted(back, key=lambda span: span.order) == ranked(passages)


def renumber(reading: WindowReading, passage: int) -> WindowReading:
    spans = tuple(dataclasses.replace(span, passage=passage) for span in reading.spans)
    return WindowReading(spans, reading.null_score)
