"""The head is in OpenVINO's graph what it is in PyTorch, and changes nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from answers.installed import made_up_windows
from answers.reader import ReaderConfig
from answers.reader.engine import OpenVINOEngine
from answers.training.embedding_head import (
    WIDTH,
    Head,
    head_of,
    states_of,
    with_states,
)
from answers.training.features import SHIPPED
from answers.training.network import CheckpointError, Network
from answers.training.recover import load_start, recover
from tests.reader.omz_model import make_omz

from .conftest import TINY
from .networks import DEEP, IDS

ARRAYS = made_up_windows(30522, 40, windows=6)


def test_no_weight_and_no_logit_changes(made: Path, alike: Path) -> None:
    before = OpenVINOEngine.load(made, ReaderConfig.load(made), threads=1)
    after = OpenVINOEngine.load(alike, ReaderConfig.load(alike), threads=1)
    for old, new in zip(before.run(ARRAYS), after.run(ARRAYS), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-5)
    weights = recover(alike).state_dict()
    for name, tensor in recover(made).state_dict().items():
        assert torch.equal(tensor, weights[name]), name
    assert before.run(ARRAYS)[0].std() > 0


def test_the_embedding_is_the_head_behind_the_states(alike: Path) -> None:
    """In OpenVINO with 8 bits as in PyTorch without, whatever the padding."""
    engine = OpenVINOEngine.load(alike, ReaderConfig.load(alike), threads=1)
    arrays = {name: array.copy() for name, array in ARRAYS.items()}
    arrays["attention_mask"][:, 20:] = 0
    found = engine.embed(arrays)
    assert found.shape == (6, WIDTH)
    wanted = head_of(alike)(states_of(load_start(alike).eval(), arrays))
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.97
    short = {name: array[:, :20] for name, array in arrays.items()}
    np.testing.assert_allclose(engine.embed(short), found, atol=0.02)
    assert np.abs(engine.embed(ARRAYS) - found).max() > 0.02  # the mask is looked at


def test_states_are_the_means_of_the_first_and_the_last() -> None:
    network = load_start(SHIPPED).eval()
    arrays = {
        "input_ids": IDS.numpy(),
        "attention_mask": (IDS != 0).long().numpy(),
        "token_type_ids": np.zeros_like(IDS.numpy()),
    }
    found = states_of(network, arrays)
    assert found.shape == (2, 768)
    with torch.inference_mode():
        ids, mask = IDS[1:, :5], torch.ones((1, 5), dtype=torch.long)
        first, *_, last = network.states(ids, mask, torch.zeros_like(ids))
    by_hand = torch.cat([first[0].mean(0), last[0].mean(0)]).numpy()
    np.testing.assert_allclose(found[1], by_hand, atol=1e-4)


def test_a_model_without_the_output_has_no_head(made: Path) -> None:
    with pytest.raises(CheckpointError, match="no head"):
        head_of(made)


def test_no_other_maker_of_models_gets_a_head() -> None:
    """Nothing in its graph says where the states are."""
    with pytest.raises(CheckpointError, match=r"no model that .*quantise has written"):
        with_states(make_omz())


def test_a_head_fits_networks_of_its_width() -> None:
    head = Head(np.zeros((64, WIDTH), np.float32), np.zeros(WIDTH, np.float32))
    assert head.fits(Network(TINY))
    assert head.fits(Network(DEEP))
    assert not head.fits(Network(replace(TINY, hidden_size=48)))
