"""The folders that are shipped: their cards, and how large they are."""

import pytest

from answers.reader import ReaderConfig
from answers.training.card import card
from answers.training.features import SHIPPED

LIMITS = {"minilm-l6-squad-int8": 25_000_000, "nano": 14_000_000}


@pytest.mark.parametrize("name", LIMITS)
def test_a_shipped_card_is_the_one_its_reader_json_gives(name: str) -> None:
    folder = SHIPPED.parent / name
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    assert text == card(ReaderConfig.load(folder))
    assert "CC BY-SA 4.0" in text


@pytest.mark.parametrize("name", LIMITS)
def test_a_shipped_folder_is_no_larger_than_said(name: str) -> None:
    size = sum(path.stat().st_size for path in (SHIPPED.parent / name).iterdir())
    assert size < LIMITS[name]
