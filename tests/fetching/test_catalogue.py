"""The catalogue that is shipped: sizes, digests, addresses, and a reader of each."""

import hashlib
import json
from pathlib import Path

from answers.fetching import load_catalogue
from answers.reader import ReaderConfig
from tests.fetched import OMZ


def test_the_catalogue_gives_sizes_digests_and_addresses_over_https() -> None:
    files = {file.name: file for file in load_catalogue()[OMZ].files}
    assert {name: file.size for name, file in files.items()} == {
        "vocab.txt": 231_508,
        "model.xml": 1_161_367,
        "model.bin": 41_207_550,
    }
    for entry in load_catalogue().values():
        for file in entry.files:
            assert len(bytes.fromhex(file.sha384)) == 48
            assert file.urls
            assert all(url.startswith("https://") for url in file.urls)


def test_its_vocabulary_is_the_one_of_the_shipped_model() -> None:
    """Which is the one proof that can be had here that the figures are right."""
    shipped = Path(__file__).parents[2] / "answers/weights/minilm-l6-squad-int8"
    content = (shipped / "vocab.txt").read_bytes()
    (file,) = (one for one in load_catalogue()[OMZ].files if one.name == "vocab.txt")
    assert file.size == len(content)
    assert file.sha384 == hashlib.sha384(content).hexdigest()


def test_every_entry_makes_a_reader_json(tmp_path: Path) -> None:
    for entry in load_catalogue().values():
        config = entry.config({file.name: "0" * 64 for file in entry.files})
        config.save(tmp_path)
        assert ReaderConfig.load(tmp_path) == config
        assert json.loads((tmp_path / "reader.json").read_text())["name"] == entry.name
