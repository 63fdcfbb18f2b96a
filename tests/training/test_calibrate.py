"""Score and threshold are fitted, and written into the folder."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from answers.reader import ReaderConfig
from answers.training import calibrate, evaluate

from .conftest import DEMO


def test_calibration_is_written_into_the_folder(folder: Path) -> None:
    before = ReaderConfig.load(folder)
    fetched = {**before.metrics, "calibrated": False, "note": "Not calibrated."}
    replace(before, metrics=fetched).save(folder)
    calibrate.main([str(folder), str(DEMO)])
    after = ReaderConfig.load(folder)
    assert after.model_hash == before.model_hash
    assert after.calibration != before.calibration
    assert not {"calibrated", "note"} & after.metrics.keys()
    assert after.no_answer_threshold == after.metrics["no_answer"]["threshold"]
    assert after.metrics["scores"]["questions.json"]["int8"]["questions"] > 100
    assert "questions.json" in (folder / "CARD.md").read_text(encoding="utf-8")


def test_a_threshold_for_many_passages_says_what_it_does_there(folder: Path) -> None:
    calibrate.main([str(folder), str(DEMO)])
    alone = ReaderConfig.load(folder)
    assert "among" not in alone.metrics["no_answer"]
    calibrate.main([str(folder), str(DEMO), "--passages", "4"])
    both = ReaderConfig.load(folder)
    among = both.metrics["no_answer"]["among"]
    assert among["passages"] == 4
    assert among["threshold"] == both.no_answer_threshold
    assert both.calibration == alone.calibration
    # The best of four margins is higher than one: more gets past any threshold.
    alone_too = both.metrics["no_answer"]
    assert among["unanswerable_refused"] <= alone_too["unanswerable_refused"]
    assert "among 4 passages" in (folder / "CARD.md").read_text(encoding="utf-8")


def test_other_files_count_for_the_score_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(DEMO.read_text(encoding="utf-8"))
    halves = [tmp_path / "first.json", tmp_path / "second.json"]
    middle = len(whole["data"]) // 2
    articles = whole["data"][:middle], whole["data"][middle:]
    for half, part in zip(halves, articles, strict=True):
        half.write_text(json.dumps({"data": part}), encoding="utf-8")
    one = []
    for file in halves:
        calibrate.main([str(folder), str(file), "--passages", "3"])
        one.append(ReaderConfig.load(folder))
    counted = [config.metrics["calibration"]["questions"] for config in one]
    capsys.readouterr()
    first, second = map(str, halves)
    calibrate.main([*(str(folder), first, "--also", second), "--passages", "3"])
    both = ReaderConfig.load(folder)
    assert both.no_answer_threshold == one[0].no_answer_threshold
    assert both.metrics["no_answer"] == one[0].metrics["no_answer"]
    measured = both.metrics["calibration"]
    assert measured["files"] == {"first.json": counted[0], "second.json": counted[1]}
    assert measured["questions"] == sum(counted)
    # What both say together lies between what each of them says.
    margins = np.linspace(-10, 15, 6)
    said = np.array(
        [[c.calibration.score(m) for m in margins] for c in [one[0], both, one[1]]]
    )
    assert np.ptp(said, axis=0).max() > 0.001
    assert (said.min(0) - 0.01 <= said[1]).all()
    assert (said[1] <= said.max(0) + 0.01).all()
    for file in halves:
        assert both.metrics["scores"][file.name]["int8"]["calibration_error"] >= 0
    told = json.loads(capsys.readouterr().out)
    assert told["answerable"].keys() == {"first.json", "second.json"}
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    assert f"on them and {counted[1]:,} of second.json" in " ".join(card.split())
    rows = [line for line in card.splitlines() if "calibration |" in line]
    assert ["first.json" in row and "threshold" in row for row in rows] == [True, False]
    assert "second.json" in rows[1]


def test_two_files_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copy(DEMO, tmp_path / DEMO.name)
    before = ReaderConfig.load(folder)
    with pytest.raises(SystemExit, match="same name"):
        calibrate.main([str(folder), str(DEMO), "--also", str(other)])
    assert ReaderConfig.load(folder) == before


def test_too_few_questions_are_refused(folder: Path, tmp_path: Path) -> None:
    before = ReaderConfig.load(folder)
    whole = json.loads(DEMO.read_text(encoding="utf-8"))
    few = tmp_path / "few.json"
    article = whole["data"][0]
    paragraph = {**article["paragraphs"][0], "qas": article["paragraphs"][0]["qas"][:3]}
    few.write_text(json.dumps({"data": [{**article, "paragraphs": [paragraph]}]}))
    with pytest.raises(SystemExit, match="20 questions with an answer are needed, th"):
        calibrate.main([str(folder), str(few)])
    assert ReaderConfig.load(folder) == before


def first_paragraphs(path: Path, paragraphs: int, questions: int) -> Path:
    """A file of so many, each with the same so many questions."""
    whole = json.loads(DEMO.read_text(encoding="utf-8"))
    every = [one for article in whole["data"] for one in article["paragraphs"]]
    first = [
        {
            "context": one["context"],
            "qas": [{**one["qas"][0], "id": f"{n}-{m}"} for m in range(questions)],
        }
        for n, one in enumerate(every[:paragraphs])
    ]
    path.write_text(json.dumps({"data": [{"title": "x", "paragraphs": first}]}))
    return path


def test_a_file_without_a_second_passage_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    """A threshold that refuses nothing would be the best for it."""
    file = first_paragraphs(tmp_path / "one.json", 1, 30)
    before = ReaderConfig.load(folder)
    with pytest.raises(SystemExit, match="for 0 of its questions there is a passage"):
        calibrate.main([str(folder), str(file)])
    assert ReaderConfig.load(folder) == before


def test_as_many_passages_are_told_as_were_read(folder: Path, tmp_path: Path) -> None:
    file = first_paragraphs(tmp_path / "few.json", 4, 10)
    calibrate.main([str(folder), str(file), "--passages", "10"])
    among = ReaderConfig.load(folder).metrics["no_answer"]["among"]
    assert 1 < among["passages"] <= 4


def test_fp32_obeys_the_number_of_threads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr("torch.set_num_threads", told.append)
    with pytest.raises(SystemExit, match="missing"):
        calibrate.main([str(folder), str(DEMO), "--fp32", "missing", "--threads", "1"])
    assert told == [1]


def test_with_a_tolerance_a_lower_threshold_is_taken(folder: Path) -> None:
    calibrate.main([str(folder), str(DEMO)])
    best = ReaderConfig.load(folder)
    calibrate.main([str(folder), str(DEMO), "--tolerance", "9"])
    lower = ReaderConfig.load(folder)
    assert lower.no_answer_threshold < best.no_answer_threshold
    known, fewer = best.metrics["no_answer"], lower.metrics["no_answer"]
    assert fewer["answerable_answered"] > known["answerable_answered"]
    assert fewer["f1_at_threshold"] >= known["f1_at_threshold"] - 9
    told = " ".join((folder / "CARD.md").read_text(encoding="utf-8").split())
    assert "It is the lowest whose F1 is at most 9 points below the best." in told


def test_a_score_for_questions_with_an_answer_is_less_modest(folder: Path) -> None:
    calibrate.main([str(folder), str(DEMO)])
    modest = ReaderConfig.load(folder)
    calibrate.main([str(folder), str(DEMO), "--answerable", "0.9"])
    bold = ReaderConfig.load(folder)
    assert bold.no_answer_threshold == modest.no_answer_threshold
    assert bold.calibration.score(0.0) > modest.calibration.score(0.0)
    assert bold.metrics["calibration"]["as_if_answerable"] == 0.9
    told = " ".join((folder / "CARD.md").read_text(encoding="utf-8").split())
    assert "90% counted as answerable" in told
    assert "Reliability on questions.json" in told


def test_what_another_threshold_gave_does_not_outlive_it(folder: Path) -> None:
    """Exact match and F1 are of the best span: they stay."""
    evaluate.main([*(str(folder), str(DEMO)), "--failures", "3", "--record"])
    elsewhere = {"other.json": ReaderConfig.load(folder).metrics["scores"][DEMO.name]}
    config = ReaderConfig.load(folder)
    replace(config, metrics={**config.metrics, "scores": elsewhere}).save(folder)
    calibrate.main([str(folder), str(DEMO)])
    metrics = ReaderConfig.load(folder).metrics
    assert "failures" not in metrics
    assert "answered" in metrics["scores"][DEMO.name]["int8"]
    kept = metrics["scores"]["other.json"]["int8"]
    assert kept.keys() == {"exact_match", "f1", "questions", "questions_per_second"}
    row = next(
        line
        for line in (folder / "CARD.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| other.json | INT8")
    )
    assert [cell.strip() for cell in row.split("|")[6:8]] == ["–", "–"]


def test_nothing_can_be_fitted_to_a_file_without_answers(
    folder: Path, tmp_path: Path
) -> None:
    before = ReaderConfig.load(folder)
    qas = [{"id": "1", "question": "Who?", "is_impossible": True, "answers": []}]
    paragraphs = [{"context": "Tea brews for three minutes.", "qas": qas}]
    file = tmp_path / "none.json"
    file.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    with pytest.raises(
        SystemExit, match=r"none\.json: no question in it has an answer"
    ):
        calibrate.main([str(folder), str(file)])
    assert ReaderConfig.load(folder) == before
