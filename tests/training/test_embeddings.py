"""A model folder gets an output that says what a text, read alone, is about."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from answers.installed import made_up_windows
from answers.reader import Reader, ReaderConfig
from answers.reader.engine import OpenVINOEngine
from answers.training import outcomes
from answers.training.calibrate import main as calibrate
from answers.training.embedding_head import WIDTH, Head
from answers.training.embeddings import (
    RIDGE,
    fit,
    found_share,
    give_embeddings,
    main,
    pairs_of,
)
from answers.training.features import SHIPPED
from answers.training.network import CheckpointError

from .conftest import DEMO, PASSAGE, QUESTION

ARRAYS = made_up_windows(30522, 40, windows=6)


def test_the_reader_compares_with_it(alike: Path) -> None:
    config = ReaderConfig.load(alike)
    assert config.outputs["embedding"] == "embedding"
    assert config.similarity_weight > 0
    reader = Reader.load(alike)
    try:
        ranking = reader.read(QUESTION, [PASSAGE])
        reader.config = ReaderConfig.load(alike).adjusted(None)
        assert ranking.spans
        assert ranking == reader.read(QUESTION, [PASSAGE])
    finally:
        reader.close()


def test_the_fit_is_ridge_regression() -> None:
    random = np.random.default_rng(3)
    states = random.normal(size=(4000, 6)).astype(np.float32)
    matrix = random.normal(size=(6, 3)).astype(np.float32)
    head = fit(states, states @ matrix + 2)
    np.testing.assert_allclose(head.matrix, matrix, atol=5 * RIDGE / 4000)
    np.testing.assert_allclose(head.bias, 2, atol=5 * RIDGE / 4000)


def test_what_the_texts_leave_open_stays_near_to_another_head() -> None:
    random = np.random.default_rng(5)
    near = Head(*(random.normal(size=size).astype(np.float32) for size in ((9, 3), 3)))
    few = random.normal(size=(4, 9)).astype(np.float32)
    same = fit(few, near(few), near)
    np.testing.assert_allclose(same.matrix, near.matrix, atol=1e-6)
    many = random.normal(size=(5000, 9)).astype(np.float32)
    other = fit(many, many @ near.matrix * 2, near)
    np.testing.assert_allclose(other.matrix, near.matrix * 2, atol=0.02)


def test_wide_teachers_are_turned_onto_what_keeps_their_products() -> None:
    random = np.random.default_rng(4)
    low = random.normal(size=(900, 20)).astype(np.float32)
    wide = low @ np.linalg.qr(random.normal(size=(WIDTH + 40, 20)))[0].T
    made = fit(low, wide.astype(np.float32))(low)
    assert made.shape == (900, WIDTH)
    np.testing.assert_allclose(made @ made.T, low @ low.T, rtol=0.05, atol=0.5)


def test_the_share_of_the_nearest() -> None:
    questions = np.eye(4, dtype=np.float32)
    assert found_share(questions, questions) == 1
    assert found_share(questions, questions[[1, 0, 2, 3]]) == 0.5


def test_pairs_are_questions_and_the_sentences_that_answer_them() -> None:
    from answers.reader.tokens import Tokenizer

    tokenizer = Tokenizer.load(SHIPPED)
    pairs = pairs_of([DEMO], tokenizer, limit=30, seed=1)
    assert 25 < len(pairs) <= 30
    again = pairs_of([DEMO], tokenizer, limit=30, seed=1)
    told = [tokenizer.decode(ids.tolist()) for ids in pairs.questions]
    assert told == [tokenizer.decode(ids.tolist()) for ids in again.questions]
    assert len(set(told)) == len(pairs)
    assert all(0 < len(ids) <= 96 for ids in pairs.sentences)


def test_the_folder_says_what_was_done(alike: Path, made: Path, teacher: Path) -> None:
    config = ReaderConfig.load(alike)
    config.verify(alike, *config.sha256)
    assert config.model_hash != ReaderConfig.load(made).model_hash
    said = config.metrics["embeddings"]
    assert said["teacher"] == teacher.name
    assert said["data"] == ["questions.json"]
    assert 180 < said["pairs"] + said["held_out"] <= 200
    assert 0 < said["found"] <= 1
    card = " ".join((alike / "CARD.md").read_text().split())
    assert "compared with the question" in card
    assert not list(alike.parent.glob("*.part")) + list(alike.parent.glob("*.old"))


def test_another_time_it_takes_the_place_of_the_first(
    alike: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taught by itself, as a model that was trained further is by the one before."""
    folder = Path(shutil.copytree(alike, tmp_path / "again"))
    before = ReaderConfig.load(folder)
    measured = ("scores", "no_answer", "calibration", "failures", "renamed")
    metrics = {**before.metrics, **{name: {"old": 1} for name in measured}}
    replace(before, metrics=metrics).save(folder)
    monkeypatch.chdir(folder)
    main([".", "--teacher", str(alike), "--data", str(DEMO), "--weight", "3"])
    config = ReaderConfig.load(folder)
    assert config.similarity_weight == 3
    assert config.metrics.keys() == before.metrics.keys()  # what was measured is gone
    old = OpenVINOEngine.load(alike, ReaderConfig.load(alike), threads=1)
    new = OpenVINOEngine.load(folder, config, threads=1)
    found, wanted = new.embed(ARRAYS), old.embed(ARRAYS)
    np.testing.assert_allclose(found, wanted, atol=0.01 * np.abs(wanted).max())
    assert np.abs(wanted).max() > 0


def test_calibration_and_fp32_read_with_it(
    alike: Path, trained: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(alike, tmp_path / "fitted"))
    calibrate([str(folder), str(DEMO)])
    assert ReaderConfig.load(folder).similarity_weight > 0
    reader = outcomes.fp32_reader(folder, trained)
    try:
        assert reader.read(QUESTION, [PASSAGE]).spans
    finally:
        reader.close()


def test_a_teacher_with_other_words_is_refused(
    folder: Path, teacher: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(teacher, tmp_path / "other"))
    words = (other / "vocab.txt").read_text(encoding="utf-8")
    (other / "vocab.txt").write_text(words + "another\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"vocab\.txt is not that of"):
        give_embeddings(folder, other, [DEMO], limit=50)


def test_a_model_without_the_output_teaches_nothing(folder: Path, made: Path) -> None:
    with pytest.raises(CheckpointError, match="no output with the role embedding"):
        give_embeddings(folder, made, [DEMO], limit=50)


def test_too_few_questions_are_refused(folder: Path, teacher: Path) -> None:
    before = (folder / "reader.json").read_bytes()
    with pytest.raises(CheckpointError, match="40 questions with an answer are needed"):
        give_embeddings(folder, teacher, [DEMO], limit=10)
    assert (folder / "reader.json").read_bytes() == before
