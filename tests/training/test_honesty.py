"""Fits on margins: known answers, brute force, and hard cases."""

from types import ModuleType

import numpy as np
import pytest

from answers.calibrating import (
    Mixed,
    area_under_risk_coverage,
    best_threshold,
    calibration_error,
    calibration_figures,
    fit_calibration,
    no_answer_figures,
    sigmoid,
)
from answers.squad import examples, load, normalize_answer
from answers.training import calibrate, evaluate
from answers.training.calibrate import mixture, unhelpful

from .conftest import DEMO


def make_mixed(*rows: tuple[float, float, bool]) -> Mixed:
    """Rows of (margin, F1 of the best span, answerable)."""
    margins, f1, answerable = zip(*rows, strict=True)
    return Mixed(np.array(margins), np.array(f1), np.array(answerable))


def random_mixed(seed: int, questions: int = 60) -> Mixed:
    rng = np.random.default_rng(seed)
    answerable = rng.random(questions) < 0.5
    margins = np.round(rng.normal(2.0 * answerable, 2.0), 1)  # with ties
    f1 = np.where(answerable, rng.choice([0, 0.4, 1], questions), 0.0)
    return Mixed(margins, f1, answerable)


def f1_at(mixed: Mixed, threshold: float) -> float:
    return no_answer_figures(mixed, threshold)["f1_at_threshold"]


def test_the_regression_finds_the_line_that_made_the_data() -> None:
    rng = np.random.default_rng(1)
    margins = rng.normal(3, 5, 20_000)
    right = rng.random(20_000) < sigmoid(0.6 * margins - 1.5)
    fitted = fit_calibration(margins, right)
    assert fitted.slope == pytest.approx(0.6, abs=0.03)
    assert fitted.intercept == pytest.approx(-1.5, abs=0.1)
    scores = sigmoid(fitted.slope * margins + fitted.intercept)
    assert calibration_error(scores, right) < 0.02


@pytest.mark.parametrize(
    ("margins", "right"),
    [
        ([-2.0, -1.0, 1.0, 2.0], [False, False, True, True]),  # separable
        ([1.0, 2.0, 3.0], [True, True, True]),
        ([1.0, 2.0, 3.0], [False, False, False]),
        ([2.0, 2.0], [True, False]),
        ([1.0, 2.0, 3.0, 4.0], [True, True, False, False]),  # upside down
        ([1e6, -1e6, 0.0], [True, False, True]),
    ],
)
def test_the_regression_stays_finite_and_never_turns_the_order_round(
    margins: list[float], right: list[bool]
) -> None:
    fitted = fit_calibration(np.array(margins), np.array(right))
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert fitted.slope > 0


@pytest.mark.parametrize("seed", range(10))
def test_no_other_threshold_gives_a_better_f1(seed: int) -> None:
    mixed = random_mixed(seed)
    found = f1_at(mixed, best_threshold(mixed))
    tried = np.concatenate([mixed.margins, mixed.margins + 0.05, [-99.0, 99.0]])
    assert found == pytest.approx(max(f1_at(mixed, float(one)) for one in tried))


@pytest.mark.parametrize("seed", range(10))
def test_a_threshold_for_two_mixtures_is_the_best_for_both(seed: int) -> None:
    one, other = random_mixed(seed), random_mixed(seed + 100, 240)
    other = Mixed(other.margins + 3, other.f1, other.answerable)

    def both(threshold: float) -> float:
        return f1_at(one, threshold) + f1_at(other, threshold)

    found = both(best_threshold(one, other))
    tried = np.concatenate([one.margins, other.margins, [-99.0, 99.0]])
    most = max(both(float(cut) + step) for cut in tried for step in (0, 0.05))
    assert found == pytest.approx(most, abs=0.02)  # shown to two decimals
    assert both(best_threshold(one)) <= found + 0.02


def test_the_threshold_lies_between_questions_and_outside_of_all_if_need_be() -> None:
    clear = make_mixed((4.0, 1.0, True), (2.0, 0.0, False))
    assert best_threshold(clear) == 3.0
    assert best_threshold(make_mixed((4.0, 1.0, True))) < 4.0
    assert best_threshold(make_mixed((4.0, 0.0, False))) > 4.0


def test_the_figures_are_those_counted_by_hand() -> None:
    mixed = make_mixed(
        (4.0, 1.0, True), (3.0, 0.0, False), (2.0, 0.5, True), (1.0, 0.0, False)
    )
    figures = no_answer_figures(mixed, 1.5)
    assert figures["f1_at_threshold"] == pytest.approx(100 * (1 + 0 + 0.5 + 1) / 4)
    assert figures["answerable_answered"] == 100
    assert figures["unanswerable_refused"] == 50
    # Wrong among the surest 1, 2, 3, 4: 0, 1/2, 1/3, 2/4
    assert area_under_risk_coverage(mixed) == pytest.approx(
        (0 + 1 / 2 + 1 / 3 + 1 / 2) / 4
    )


def test_the_calibration_error_weighs_the_gap_of_each_bin() -> None:
    scores = np.array([0.95, 0.95, 0.95, 0.05])
    right = np.array([True, True, False, False])
    expected = 3 / 4 * abs(0.95 - 2 / 3) + 1 / 4 * 0.05
    assert calibration_error(scores, right, bins=10) == pytest.approx(expected)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0


def test_the_answerable_half_is_also_measured_alone() -> None:
    mixed = random_mixed(3, 500)
    figures = calibration_figures(mixed, fit_calibration(mixed.margins, mixed.right))
    assert figures["expected_calibration_error"] < 0.1
    assert figures["same_on_answerable_alone"] > figures["expected_calibration_error"]


def test_the_mixture_asks_every_question_with_and_without_its_answer() -> None:
    articles = load(DEMO)
    mixed = mixture(articles)
    asked = [one for one in examples(articles) if one.is_answerable]
    kept = [one for one in mixed if one.is_answerable]
    assert kept == asked
    others = [one for one in mixed if not one.is_answerable]
    assert 0.8 * len(asked) < len(others) <= len(asked)
    assert len({one.id for one in mixed}) == len(mixed)


def test_weights_are_as_if_rows_stood_several_times() -> None:
    mixed = random_mixed(3)
    weights = np.where(mixed.answerable, 3.0, 1.0)
    margins = np.repeat(mixed.margins, weights.astype(int))
    right = np.repeat(mixed.right, weights.astype(int))
    repeated = fit_calibration(margins, right)
    weighted = fit_calibration(mixed.margins, mixed.right, weights)
    for margin in (-3.0, 0.0, 4.0):
        assert weighted.score(margin) == pytest.approx(repeated.score(margin), abs=2e-3)


def test_a_share_of_answerable_questions_is_made_by_weights() -> None:
    mixed = random_mixed(4)
    weights = mixed.as_if(0.8)
    assert weights[mixed.answerable].sum() / weights.sum() == pytest.approx(0.8)
    assert weights.mean() == pytest.approx(1)
    alone = make_mixed((1.0, 1.0, True), (2.0, 0.0, True))
    assert alone.as_if(0.8).tolist() == [1, 1]


def test_passages_beside_a_question_share_its_words_and_do_not_answer_it() -> None:
    articles = load(DEMO)
    crowd = unhelpful(articles, 10)
    asked = mixture(articles)
    golds = {
        one.question: [normalize_answer(gold.text) for gold in one.golds]
        for one in examples(articles)
        if one.is_answerable
    }
    for example in asked:
        beside = crowd(example)
        assert len(beside) <= 9
        assert example.passage not in {one.text for one in beside}
        for text, _ in beside:
            held = f" {normalize_answer(text)} "
            assert not any(gold in held for gold in golds[example.question])
    assert sum(len(crowd(one)) for one in asked) > 5 * len(asked)


@pytest.mark.parametrize("step", [calibrate, evaluate])
@pytest.mark.parametrize("passages", ["0", "-3", "many"])
def test_a_question_is_read_in_one_passage_at_least(
    step: ModuleType, passages: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        step.arguments().parse_args(["model", "a.json", "--passages", passages])
    assert "--passages" in capsys.readouterr().err
