"""What the card of a model tells of how it was made."""

import json
from dataclasses import replace
from pathlib import Path

from answers.reader import ReaderConfig
from answers.training import evaluate, quantise, recipe
from answers.training.card import card
from answers.training.features import SHIPPED
from answers.training.trainer import RECORD


def test_the_card_tells_data_licences_and_recipe(made: Path) -> None:
    text = (made / "CARD.md").read_text(encoding="utf-8")
    config = ReaderConfig.load(made)
    for part in (config.model_hash, "Apache-2.0", "fine-tuned further", "Known limits"):
        assert part in text
    assert str(made.parent) not in text + (made / "reader.json").read_text()


STUDENT = {
    "sources": [{"path": "a.json"}, {"path": "records.json", "taught": False}],
    "minutes": 60,
    "dropout": 0.1,
    "crops": 0.5,
    "joined": 0.25,
    "masks": 0.08,
    "mask_runs": 3.0,
    "mlm": 0.5,
    "rivals": 3,
    "renamed": 0.25,
    "shared_norm": 0.5,
    "precision": "bfloat16",
    "end_factor": 0.3,
    "swa": 0.5,
    "teaching": {
        "teachers": ["a", "b"],
        "share": 0.8,
        "share_negatives": 0.0,
        "temperature": 2.0,
        "states": 4.0,
    },
}
SMALLER = {
    "num_hidden_layers": 4,
    "hidden_size": 288,
    "num_attention_heads": 12,
    "intermediate_size": 1152,
}


def test_the_card_of_a_student_tells_how_it_was_made(tmp_path: Path) -> None:
    config = ReaderConfig.load(SHIPPED)
    training = config.metrics["training"]
    *_, (last, run) = recipe.fine_tunings(recipe.lineage(training))
    options = {**run["options"], **STUDENT}
    smaller = {"from": "a", "from_record": training, "made_smaller": SMALLER}
    smaller["layers"] = [0, 1, 2, 4]
    student = {
        **run,
        "device": "cpu",
        "options": options,
        "seconds": 600,
        "from_record": smaller,
    }
    (tmp_path / RECORD).write_text(json.dumps(student), encoding="utf-8")
    metrics = {**config.metrics, "training": quantise.training_record(tmp_path)}
    text = " ".join(card(replace(config, metrics=metrics)).split())
    assert "made smaller: 4 layers (0, 1, 2, 4, from 0), 288 hidden, 12 heads" in text
    assert "60 minutes planned, broken off after 10" in text
    assert "dropout 0.1 of a window's features" in text
    assert "without an answer, 3 to a question that has any, 25% of them for" in text
    assert "another name in the question, the choice among its passages" in text
    assert "its passages a loss of its own, 0.5 x, 50% cropped" in text
    assert "50% cropped to a random part, to 25% another passage without" in text
    assert "the answer added, 8% of the words hidden (3 in" in text
    assert "hidden (3 in a row on average) and guessed, the loss" in text
    assert "guessed, the loss of that 0.5 x; taught by a" in text
    assert "taught by a and b, 80% of the loss (0% where there is no answer)," in text
    assert "at temperature 2, beside it" in text
    assert "broken off after 10, on cpu in bfloat16: " in text
    assert "warm-up and linear decay to 30% of it, weight decay" in text
    assert "layers' states, 4 x; records.json by the labels alone; the mean" in text
    assert "alone; the mean of the weights over the last" in text
    assert "beside it the distance of the layers' states, 4 x" in text
    assert "Checkpoint `minilm-l6-squad-first`" in text
    assert f"Run {last + 1}: fine-tuned further (60 minutes planned" in text
    assert f"for run {last + 1}: " in text
    assert f"Run {last + 2}:" not in text


def test_the_card_tells_how_weights_were_kept_from_overflow(made: Path) -> None:
    config = ReaderConfig.load(made)
    text = " ".join(card(config).split())
    assert "no two neighbours of one sign come to more than 128, against the" in text
    quantised = {**config.metrics["quantisation"], "overflow_fix": True}
    del quantised["most_of_two_weights"]  # as models were quantised before
    metrics = {**config.metrics, "quantisation": quantised}
    text = " ".join(card(replace(config, metrics=metrics)).split())
    assert "Weights use 7 of the 8 bits, against the 16-bit overflow" in text


def test_the_card_calls_no_file_measuring_only_that_was_used_otherwise() -> None:
    rows = [row.split(" | ") for row in card(ReaderConfig.load(SHIPPED)).splitlines()]
    measured = {
        row[0].strip("| "): row[3]
        for row in rows
        if len(row) > 4 and row[3].startswith("measuring")
    }
    assert measured == {
        "mlqa_en.json": "measuring",
        "new_wiki.json": "measuring only",
        "questions.json": "measuring",
    }


def test_the_card_tells_of_a_calibration_that_was_kept() -> None:
    config = ReaderConfig.load(SHIPPED)
    fitted = {**config.metrics["calibration"], "fitted_with": "0123456789ab"}
    metrics = {**config.metrics, "calibration": fitted}
    text = " ".join(card(replace(config, metrics=metrics)).split())
    assert "the same weights, rounded otherwise, gave (model 0123456789ab)" in text


def test_a_failure_cannot_break_the_table_of_the_card(folder: Path) -> None:
    wrong = {"question": "a | b\n# c?", "said": "x\\|y", "wanted": "z", "score": 0.5}
    values = {"questions": 9, "wrong": 1, "examples": [wrong]}
    evaluate.record(folder, "q.json", "int8, 4 passages", values, kind="failures")
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    assert r"| a \| b # c? | x\\\|y | z | 50% |" in text
    assert "each read in 4 passages" in text
