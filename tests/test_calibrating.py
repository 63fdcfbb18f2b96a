"""What a fit is worth on questions that it has not seen, and what thresholds cost.

The fits themselves: tests/training/test_honesty.py.
"""

import numpy as np
import pytest

from answers.calibrating import (
    Mixed,
    best_threshold,
    calibration_error,
    choices,
    cost_of,
    fit_calibration,
    folds,
    held_out_f1,
    held_out_scores,
    reliability_points,
    sigmoid,
)


def make_mixed(count: int, *, slope: float = 0.8, seed: int = 5) -> Mixed:
    rng = np.random.default_rng(seed)
    margins = rng.normal(1.0, 3.0, count)
    right = rng.random(count) < sigmoid(slope * margins)
    answerable = right | (rng.random(count) < 0.5)
    return Mixed(margins, right.astype(float), answerable)


def test_the_same_words_never_stand_on_both_sides() -> None:
    groups = [f"question {number % 37}" for number in range(400)]
    fold = folds(groups)
    for group in set(groups):
        assert len({int(fold[i]) for i, one in enumerate(groups) if one == group}) == 1
    assert sorted(set(fold.tolist())) == [0, 1, 2, 3, 4]
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 11  # a group's size


def test_there_are_no_more_folds_than_groups() -> None:
    assert set(folds(["a", "a", "b"]).tolist()) == {0, 1}
    with pytest.raises(ValueError, match="one fold"):
        held_out_scores(make_mixed(3), folds(["a", "a", "a"]))


def test_folds_do_not_depend_on_the_order_of_the_questions() -> None:
    groups = [f"question {number}" for number in range(50)]
    forwards, backwards = folds(groups), folds(groups[::-1])
    assert forwards.tolist() == backwards[::-1].tolist()


def test_each_question_is_scored_by_a_fit_that_has_not_seen_it() -> None:
    mixed = make_mixed(300)
    fold = folds([str(number) for number in range(300)])
    scores = held_out_scores(mixed, fold)
    for number in range(5):
        inside = fold == number
        fitted = fit_calibration(mixed.margins[~inside], mixed.right[~inside])
        assert scores[inside] == pytest.approx(mixed.part(inside).scores(fitted))


def test_a_fit_to_noise_looks_worse_where_it_was_not_made() -> None:
    """What measuring on the fitted data itself would have hidden."""
    rng = np.random.default_rng(0)
    mixed = Mixed(
        rng.normal(0, 1, 40), (rng.random(40) < 0.5).astype(float), rng.random(40) < 0.5
    )
    rosy = mixed.scores(fit_calibration(mixed.margins, mixed.right))
    honest = held_out_scores(mixed, folds([str(number) for number in range(40)]))

    def loss(scores: np.ndarray) -> float:
        return float(np.mean((scores - mixed.right) ** 2))

    assert loss(honest) > loss(rosy)
    threshold = best_threshold(mixed)
    rosy_f1 = cost_of(mixed, threshold).f1
    assert held_out_f1(mixed, folds([str(n) for n in range(40)])) <= rosy_f1


def test_scores_that_promised_too_much_are_set_right() -> None:
    mixed = make_mixed(2_000, slope=0.3)
    before = sigmoid(2.0 * mixed.margins)
    after = held_out_scores(mixed, folds([str(number) for number in range(2_000)]))
    assert calibration_error(before, mixed.right) > 0.15
    assert calibration_error(after, mixed.right) < 0.05


def test_scores_that_would_fall_with_the_margin_are_the_share_of_right_ones() -> None:
    margins = np.linspace(5.0, 6.0, 200)
    mixed = Mixed(margins, (margins < 5.6).astype(float), margins > 0)
    scores = mixed.scores(fit_calibration(mixed.margins, mixed.right))
    assert scores == pytest.approx(mixed.right.mean(), abs=0.01)
    assert scores[0] < scores[-1]


def test_the_points_of_a_plot_hold_every_answer_once() -> None:
    mixed = make_mixed(500)
    points = reliability_points(sigmoid(mixed.margins), mixed.right)
    assert sum(point.count for point in points) == 500
    assert sum(point.right for point in points) == int(mixed.right.sum())
    assert [point.score for point in points] == sorted(p.score for p in points)
    assert reliability_points(np.array([1.0]), np.array([True]))[0].count == 1


def test_the_cost_of_a_threshold_is_counted_by_hand() -> None:
    mixed = Mixed(
        np.array([4.0, 3.0, 2.0, 1.0]),
        np.array([1.0, 0.0, 0.4, 0.0]),
        np.array([True, False, True, False]),
    )
    cost = cost_of(mixed, 2.5)
    assert (cost.answered, cost.right, cost.refused) == (50, 50, 50)
    assert cost.f1 == pytest.approx(100 * (1 + 0 + 0 + 1) / 4)
    nothing = cost_of(mixed, 9.0)
    assert (nothing.answered, nothing.right, nothing.refused) == (0, None, 100)


@pytest.mark.parametrize("others", [0, 1])
def test_with_a_tolerance_the_lowest_threshold_that_is_good_enough(others: int) -> None:
    every = [make_mixed(400), make_mixed(150)][: 1 + others]

    def f1(threshold: float) -> float:
        return float(np.mean([cost_of(mixed, threshold).f1 for mixed in every]))

    best, lower = (best_threshold(*every, tolerance=points) for points in (0.0, 2.0))
    assert lower < best
    assert f1(best) - 2.0 <= f1(lower) < f1(best)
    margins = np.unique(np.concatenate([mixed.margins for mixed in every]))
    below = margins[margins < lower]
    assert len(below)
    assert all(f1(float(margin)) < f1(best) - 2.0 for margin in below)


def test_the_choices_go_from_everything_to_nothing_and_hold_those_wanted() -> None:
    mixed = make_mixed(400)
    best = best_threshold(mixed)
    offered = choices(mixed, [best, -1.25])
    thresholds = [choice.threshold for choice in offered]
    assert thresholds == sorted(set(thresholds))
    assert {best, -1.25} <= set(thresholds)
    assert len(offered) <= 15
    assert (offered[0].answered, offered[-1].answered) == (100, 0)
    assert max(choice.f1 for choice in offered) == cost_of(mixed, best).f1
    answered = [choice.answered for choice in offered]
    assert answered == sorted(answered, reverse=True)


def test_of_a_perfect_separation_scores_stay_modest() -> None:
    """As sure as twenty of each kind allow (Platt 1999)."""
    right = np.arange(40) < 20
    fitted = fit_calibration(np.where(right, 1.0, -1.0), right)
    assert fitted.score(1.0) == pytest.approx(21 / 22, abs=0.002)
    assert fitted.score(-1.0) == pytest.approx(1 / 22, abs=0.002)
