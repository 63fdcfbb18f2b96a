"""No two neighbouring products of 8-bit weights overflow 16 bits; no bit is wasted."""

import numpy as np
import numpy.typing as npt
import pytest

from answers.reader.engine import core
from answers.training.features import SHIPPED
from answers.training.graph import nodes_of, source
from answers.training.saturation import rounded

Floats = npt.NDArray[np.float32]
ACTIVATION, INT16 = 255, (-32_768, 32_767)


def drawn(rows: int = 64, inputs: int = 384, *, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, inputs)).astype(np.float32)


def worst(whole: npt.NDArray[np.int8]) -> tuple[int, int]:
    """The least and the most that the products of two neighbours come to."""
    wide = whole.astype(int)
    first, second = wide[:, ::2], wide[:, 1::2]
    products = [
        one * first + other * second
        for one in (0, ACTIVATION)
        for other in (0, ACTIVATION)
    ]
    return int(np.min(products)), int(np.max(products))


@pytest.mark.parametrize("seed", range(5))
def test_no_two_neighbours_overflow(seed: int) -> None:
    least, most = worst(rounded(drawn(seed=seed))[0])
    assert INT16[0] <= least < 0 < most <= INT16[1]


def test_neighbours_alike_leave_each_half_the_range() -> None:
    whole, _ = rounded(np.full((2, 4), 0.3, np.float32))
    assert (whole == 64).all()
    assert worst(whole)[1] <= INT16[1]


def test_one_large_weight_has_the_whole_range() -> None:
    weights = np.zeros((1, 6), np.float32)
    weights[0, 3] = -2.5
    whole, scale = rounded(weights)
    assert whole.tolist() == [[0, 0, 0, -127, 0, 0]]
    assert scale[0, 0] * 127 == pytest.approx(2.5)


def test_neighbours_of_two_signs_have_the_whole_range_each() -> None:
    whole, _ = rounded(np.array([[1.0, -1.0]], np.float32))
    assert whole.tolist() == [[127, -127]]


def test_each_row_has_a_scale_of_its_own_and_is_rounded_to_the_nearest() -> None:
    weights = drawn() * np.linspace(0.01, 10, 64, dtype=np.float32)[:, None]
    whole, scale = rounded(weights)
    assert scale.shape == (64, 1)
    assert (np.abs(whole * scale - weights) <= scale * 0.5001).all()
    half = 2 * np.abs(weights).max(axis=1, keepdims=True) / 127  # of the overflow fix
    assert (scale < half).all()
    assert (scale / half).mean() < 0.75


def test_a_row_without_weights_and_an_odd_number_of_inputs() -> None:
    weights = drawn(rows=3, inputs=7)
    weights[1] = 0
    whole, scale = rounded(weights)
    assert whole.shape == (3, 7)
    assert not whole[1].any()
    assert np.isfinite(scale).all()
    assert np.abs(whole).max() <= 127


@pytest.mark.parametrize("name", ["minilm-l6-squad-int8", "nano"])
def test_no_two_neighbours_of_a_shipped_model_overflow(name: str) -> None:
    nodes = nodes_of(core().read_model(SHIPPED.parent / name / "model.xml"))
    products = [node for at, node in nodes.items() if at.endswith("linear/MatMul")]
    assert len(products) > 4 * 6
    for node in products:
        least, most = worst(source(source(source(node, 1), 0), 0).get_data())
        assert INT16[0] <= least < 0 < most <= INT16[1], node
