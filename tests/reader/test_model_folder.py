"""The whole reader on tiny real OpenVINO models in whole model folders."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from answers.reader import ModelError, Reader, ReaderConfig
from answers.reader.config import file_digest
from answers.reader.tokens import Tokenizer

from .models import make_table, save_dynamic, save_static

BREAD = "Bread is older than writing. The Egyptians used yeast."
TEA = "Tea was first drunk in China. Monks brought it to Japan."
LONG = "filler " * 800


def save_liking(tokenizer: Tokenizer, folder: Path, static: bool) -> ReaderConfig:
    (china,) = tokenizer.encode("china").ids
    (japan,) = tokenizer.encode("japan").ids
    table = make_table(**{f"id_{china}": (4.0, 4.0), f"id_{japan}": (3.0, 3.0)})
    return (save_static if static else save_dynamic)(folder, table)


@pytest.mark.parametrize("static", [False, True], ids=["dynamic", "open model zoo"])
def test_a_model_folder_answers(
    tokenizer: Tokenizer, tmp_path: Path, static: bool
) -> None:
    config = save_liking(tokenizer, tmp_path, static)
    reader = Reader.load(tmp_path, threads=1, cache_folder=tmp_path / "cache")
    try:
        reader.warm_up()
        ranking = reader.read("Where was tea drunk?", [BREAD, TEA, LONG + TEA], top=4)
        assert reader.config == config
    finally:
        reader.close()
    assert [(s.passage, s.text) for s in ranking.answers] == [
        (1, "China"),
        (2, "China"),
        (1, "Japan"),
        (2, "Japan"),
    ]


def test_a_damaged_vocabulary_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    save_liking(tokenizer, tmp_path, static=False)
    with (tmp_path / "vocab.txt").open("a") as file:
        file.write("one more\n")
    with pytest.raises(ModelError, match=r"vocab\.txt is damaged"):
        Reader.load(tmp_path)


def test_a_model_that_does_not_fit_the_vocabulary_is_refused(tmp_path: Path) -> None:
    save_dynamic(tmp_path, make_table(1000))
    with pytest.raises(ModelError, match="1000 tokens, the tokenizer has 30522"):
        Reader.load(tmp_path)


def test_a_model_of_nan_is_refused(tmp_path: Path) -> None:
    save_dynamic(tmp_path, np.full((30522, 2), np.nan, dtype=np.float32))
    with pytest.raises(ModelError, match="not finite"):
        Reader.load(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"reader\.json cannot be read"):
        Reader.load(tmp_path)


def test_every_file_that_has_a_digest_is_verified(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    config = save_liking(tokenizer, tmp_path, static=False)
    notice = tmp_path / "NOTICE"
    notice.write_text("As it was.")
    digests = {**config.sha256, "NOTICE": file_digest(notice)}
    dataclasses.replace(config, sha256=digests).save(tmp_path)
    notice.write_text("As it is.")
    with pytest.raises(ModelError, match="NOTICE is damaged"):
        Reader.load(tmp_path, threads=1)
