from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader import EmptyQuestion, QuestionTooLong, ReaderConfig
from answers.reader.tokens import Tokens
from answers.reader.windows import as_sentence, cut

from .makers import make_config, make_tokens


@st.composite
def configs(draw: st.DrawFn) -> ReaderConfig:
    question = draw(st.integers(1, 64))
    title = draw(st.integers(0, 40))
    answer = draw(st.integers(1, 40))
    room = draw(st.integers(answer + 1, 400))
    return make_config(
        max_length=question + title + room + 3,
        max_question_tokens=question,
        max_title_tokens=title,
        max_answer_tokens=answer,
        stride=draw(st.integers(1, room - answer)),
    )


@given(
    config=configs(),
    passage=st.integers(0, 3000),
    title=st.none() | st.integers(0, 60).map(make_tokens),
    data=st.data(),
)
def test_windows_cover_every_token_and_share_enough(
    config: ReaderConfig, passage: int, title: Tokens | None, data: st.DataObject
) -> None:
    question = data.draw(st.integers(1, config.max_question_tokens))
    tokens = make_tokens(passage)
    asked = make_tokens(question)
    windows = cut(asked, tokens, config, title=title)
    titled = title.ids.tolist()[: config.max_title_tokens] if title else []
    named = set(titled) & set(asked.ids.tolist())
    room = config.room(question) - (len(titled) if named else 0)
    covered = np.zeros(passage, dtype=bool)
    for window in windows:
        covered[window.first : window.first + len(window.passage_ids)] = True
        stop = window.first + len(window.passage_ids)
        assert window.length <= config.max_length
        assert np.array_equal(window.passage_ids, tokens.ids[window.first : stop])
        assert len(window.passage_ids) == min(room, passage)  # full, the last too
        assert window.total == passage
        missing = named - set(window.passage_ids.tolist())
        assert window.title_ids.tolist() == (titled if missing else [])
    assert covered.all()
    assert [window.index for window in windows] == list(range(len(windows)))
    for left, right in pairwise(windows):
        assert 1 <= right.first - left.first <= config.stride
        assert left.first + room - right.first >= config.max_answer_tokens


@pytest.mark.parametrize(
    ("tokens", "firsts"),
    [
        (0, []),
        (1, [0]),
        (184, [0]),
        (185, [0]),
        (371, [0]),
        (372, [0, 1]),
        (563, [0, 192]),
        (564, [0, 192, 193]),
    ],
)
def test_short_passages_give_one_window_and_the_last_is_moved_back(
    tokens: int, firsts: list[int]
) -> None:
    windows = cut(make_tokens(10), make_tokens(tokens), make_config())
    assert [window.first for window in windows] == firsts


def test_a_passage_of_100_000_tokens_is_covered_to_its_end() -> None:
    windows = cut(make_tokens(64), make_tokens(100_000), make_config())
    assert len(windows) == 521
    assert windows[-1].first + len(windows[-1].passage_ids) == 100_000


def test_a_window_knows_its_passage_and_where_answers_start() -> None:
    (window,) = cut(make_tokens(5), make_tokens(7), make_config(), passage_index=3)
    assert (window.passage, window.answer_start, window.length) == (3, 7, 15)


def test_a_title_goes_before_a_slice_without_a_word_that_both_name() -> None:
    config = make_config(max_title_tokens=4)
    question = make_tokens(5, first_id=7)  # 7 to 11
    title = make_tokens(6, first_id=10)  # 10 to 15, of which 10 to 13 are read
    passage = make_tokens(500, first_id=10 - 450)  # 10 and 11 stand near its end
    first, second = cut(question, passage, config, title=title)
    assert first.title_ids.tolist() == [10, 11, 12, 13]
    assert (first.answer_start, first.length) == (11, 384)
    assert second.title_ids.tolist() == []
    assert (second.answer_start, second.length) == (7, 380)


@pytest.mark.parametrize(
    ("title", "takes"),
    [
        (make_tokens(3), 0),  # the model takes no titles
        (make_tokens(3, first_id=500), 9),  # the question has nothing of it
        (make_tokens(9, first_id=998), 2),  # nothing of what is read of it
        (make_tokens(0), 9),
    ],
)
def test_other_titles_change_nothing(title: Tokens, takes: int) -> None:
    config = make_config(max_title_tokens=takes)
    passage = make_tokens(500, first_id=9000)
    windows = cut(make_tokens(5), passage, config, title=title)
    without = cut(make_tokens(5), passage, config)
    for one, other in zip(windows, without, strict=True):
        assert (one.first, one.length) == (other.first, other.length)
        assert len(one.title_ids) == 0


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Care", "Care."),
        (" Care,\n\tCleaning ", "Care, Cleaning."),
        ("", ""),
        (" \n", ""),
    ],
)
def test_a_title_is_read_as_a_sentence(title: str, read: str) -> None:
    assert as_sentence(title) == read


def test_the_longest_question_is_read_and_one_token_more_is_refused() -> None:
    config = make_config()
    assert len(cut(make_tokens(64), make_tokens(1), config)) == 1
    with pytest.raises(QuestionTooLong, match="65 tokens; the limit is 64") as caught:
        cut(make_tokens(65), make_tokens(1), config)
    assert (caught.value.tokens, caught.value.limit) == (65, 64)


def test_a_question_of_a_million_tokens_is_refused_too() -> None:
    with pytest.raises(QuestionTooLong, match="1000000 tokens"):
        cut(make_tokens(10**6), make_tokens(1), make_config())


def test_a_question_without_tokens_is_refused_even_without_passage() -> None:
    with pytest.raises(EmptyQuestion):
        cut(make_tokens(0), make_tokens(0), make_config())
