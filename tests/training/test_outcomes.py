"""What a reader says to each question, in order, beside its golds."""

from pathlib import Path

import pytest

from answers.squad import Example, Gold
from answers.training import outcomes

from .conftest import PASSAGE, QUESTION


def test_outcomes_keep_the_order_and_score_golds(made: Path, trained: Path) -> None:
    asked = [
        Example(str(number), QUESTION, PASSAGE + " More." * number, golds)
        for number, golds in enumerate([(Gold("10 g", 16),), (), (Gold("x", 0),)] * 30)
    ]
    reader = outcomes.fp32_reader(made, trained)
    try:
        read = list(outcomes.outcomes(reader, asked))
    finally:
        reader.close()
    assert [one.example.id for one in read] == [one.id for one in asked]
    assert all(one.f1 == 0 for one in read if not one.example.is_answerable)


def test_long_passages_that_fill_the_queue_are_read_one_after_the_other(
    made: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "WAITING", 5)
    text = PASSAGE * 20  # three windows
    asked = [Example(str(n), QUESTION, text + " More." * n, ()) for n in range(6)]
    reader = outcomes.fp32_reader(made, trained)
    try:
        read = list(outcomes.outcomes(reader, asked))
    finally:
        reader.close()
    assert [one.example.id for one in read] == [one.id for one in asked]
    assert all(one.best for one in read)


def test_a_passage_without_tokens_is_the_empty_prediction(
    made: Path, trained: Path
) -> None:
    reader = outcomes.fp32_reader(made, trained)
    try:
        (one,) = outcomes.outcomes(reader, [Example("1", QUESTION, "\u200b", ())])
    finally:
        reader.close()
    assert (one.text, one.margin) == ("", float("-inf"))
