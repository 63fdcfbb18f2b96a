"""`manage.py models`: what is installed, how good, how fast, and what serves."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from answers import fetching, installed, runtime
from answers.fetching import PART
from answers.management.preparing import model_name
from answers.reader import ModelError
from tests.commands.conftest import Run
from tests.fetched import OMZ, entry_of
from tests.reader.makers import shipped_folder
from tests.reader.models import make_table, save_dynamic
from tests.reader.omz_model import save_omz

pytestmark = pytest.mark.django_db
TINY = "tiny"
MEASURED = {
    "parameters": 1_500_000,
    "scores": {
        "wiki.json": {
            "int8": {"exact_match": 60.0, "f1": 70.0, "questions": 1200},
            "fp32": {"exact_match": 61.0, "f1": 71.0, "questions": 1200},
        },
        "other.json": {
            "fp32": {"exact_match": 50.0, "f1": 51.0, "questions": 10},
        },
    },
    "no_answer": {
        "f1_at_threshold": 65.4,
        "answerable_answered": 80.0,
        "unanswerable_refused": 75.0,
        "threshold": 1.0,
    },
}


@pytest.fixture
def weights(settings: Settings, tmp_path: Path) -> Path:
    """A folder with one small model, which serves."""
    settings.WEIGHTS_DIR = tmp_path / "weights"
    settings.MODEL_CACHE = tmp_path / "cache"
    settings.MODEL = TINY
    folder = tmp_path / "weights" / TINY
    folder.mkdir(parents=True)
    save_dynamic(folder, make_table(), name=TINY, metrics=MEASURED)
    return tmp_path / "weights"


def as_json(run: Run, *arguments: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run("models", "--json", *arguments))
    return shown


# -- works -------------------------------------------------------------------------


def test_a_model_is_shown_with_size_scores_and_what_serves(
    run: Run, weights: Path
) -> None:
    shown = run("models", "--no-speed")
    assert f"{TINY}  ← serves (QAWEB_MODEL)" in shown
    assert "MB, 1.5 million parameters" in shown
    assert "F1 70.0, exact match 60.0 (wiki.json, 1,200 questions)" in shown
    assert "other.json" not in shown  # FP32 is not what serves
    assert "F1 65.4; answers 80 % of what has an answer, refuses 75 %" in shown
    assert "a second" not in shown
    assert f"python manage.py fetch_model {OMZ}" in shown
    assert "F1 91.4, exact match 84.4 (SQuAD v1.1 dev, published by Open" in shown


def test_json_holds_the_same(run: Run, weights: Path) -> None:
    shown = as_json(run, "--no-speed")
    assert shown["serves"] == TINY
    (model,) = shown["installed"]
    files = [weights / TINY / name for name in ("model.xml", "model.bin", "vocab.txt")]
    assert model == {
        "name": TINY,
        "serves": True,
        "bytes": sum(path.stat().st_size for path in files),
        "parameters": 1_500_000,
        "hash": model["hash"],
        "scores": [
            {
                "file": "wiki.json",
                "exact_match": 60.0,
                "f1": 70.0,
                "questions": 1200,
                "published_by": None,
            }
        ],
        "no_answer": {
            "f1_at_threshold": 65.4,
            "answerable_answered": 80.0,
            "unanswerable_refused": 75.0,
        },
        "windows_per_second": None,
        "adjusted": None,
        "problem": None,
    }
    assert len(model["hash"]) == 12
    assert [entry["name"] for entry in shown["offered"]] == [OMZ]


def test_the_speed_of_each_model_is_measured(
    run: Run, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = save_omz(weights.parent / "brought")
    fetching.fetch(entry_of(brought), weights, source=brought)
    monkeypatch.setattr(installed, "SECONDS", 0.05)
    models = as_json(run)["installed"]
    assert [model["name"] for model in models] == [OMZ, TINY]
    assert all(model["windows_per_second"] > 0 for model in models)
    assert "windows of 170 tokens a second" in run("models")


def test_an_installed_model_is_not_offered_again(run: Run, weights: Path) -> None:
    brought = save_omz(weights.parent / "brought")
    fetching.fetch(entry_of(brought), weights, source=brought)
    shown = run("models", "--no-speed")
    assert "To fetch" not in shown
    assert "not measured: the score says nothing of this model" in shown


def test_the_shipped_model_is_listed_with_its_measured_scores() -> None:
    model = installed.find(shipped_folder().parent, shipped_folder().name)
    assert model.problem is None
    assert "new_wiki.json" in {score.file for score in model.scores}
    assert model.no_answer is not None
    assert (model.parameters or 0) > 20_000_000


def test_what_the_list_names_is_what_serves(run: Run, weights: Path) -> None:
    runtime.reset()
    try:
        (model,) = as_json(run, "--no-speed")["installed"]
        assert model_name() == f"{model['name']}@{model['hash']}"
    finally:
        runtime.reset()


# -- what is broken ----------------------------------------------------------------


def damage(folder: Path) -> None:
    with (folder / "model.bin").open("ab") as file:
        file.write(b"!")


def no_reader_json(folder: Path) -> None:
    (folder / "reader.json").unlink()


def no_model(folder: Path) -> None:
    (folder / "model.xml").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damage, "model.bin is damaged"),
        (no_reader_json, "reader.json cannot be read"),
        (no_model, "model.xml cannot be read"),
    ],
)
def test_a_broken_folder_is_listed_with_its_reason(
    run: Run, weights: Path, spoil: Any, reason: str
) -> None:
    shutil.copytree(weights / TINY, weights / "broken")
    spoil(weights / "broken")
    broken, sound = as_json(run, "--no-speed")["installed"]
    assert reason in broken["problem"]
    assert sound["problem"] is None
    assert reason in run("models", "--no-speed")
    model = installed.find(weights, "broken")
    assert reason in str(installed.why_unusable(model))


def test_a_model_that_cannot_be_compiled_is_found_by_measuring(
    run: Run, weights: Path
) -> None:
    save_dynamic(weights / TINY, make_table(1000), name=TINY)
    assert as_json(run, "--no-speed")["installed"][0]["problem"] is None
    (model,) = as_json(run)["installed"]
    assert "1000 tokens, the tokenizer has 30522" in model["problem"]
    assert model["windows_per_second"] is None


def test_a_broken_off_download_says_how_to_go_on(run: Run, weights: Path) -> None:
    (weights / f"{OMZ}{PART}").mkdir()
    shown = run("models", "--no-speed")
    assert f"python manage.py fetch_model {OMZ} goes on with it" in shown
    assert "To fetch" in shown


def test_a_model_whose_making_broke_off_is_not_fetched(run: Run, weights: Path) -> None:
    (weights / f"ours{PART}").mkdir()
    shown = " ".join(run("models", "--no-speed").split())
    assert "fetch_model ours" not in shown
    assert "The making of a model broke off here" in shown


def test_nothing_serves_when_the_folder_is_not_there(
    run: Run, weights: Path, settings: Settings
) -> None:
    settings.MODEL = "nowhere"
    shown = run("models", "--no-speed")
    assert "QAWEB_MODEL=nowhere: there is no such folder" in shown
    with pytest.raises(ModelError, match="is not there"):
        installed.find(weights, "nowhere")


def test_no_weights_at_all_are_an_empty_list(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    settings.WEIGHTS_DIR = tmp_path / "nothing"
    assert as_json(run, "--no-speed")["installed"] == []
