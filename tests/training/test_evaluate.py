"""A folder is measured: alone, among other passages, on other names."""

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from answers.reader import RankedSpan, ReaderConfig
from answers.training import calibrate, evaluate
from answers.training.features import SHIPPED, base_config
from answers.training.outcomes import Outcome

from .conftest import DEMO


def test_evaluation_prints_one_object_and_records_it(
    folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), str(DEMO), "--limit", "12", "--record"]
    evaluate.main(arguments)
    evaluate.main([*arguments, "--fp32", str(trained)])
    int8, fp32 = map(json.loads, capsys.readouterr().out.splitlines())
    assert int8["model"] == "tiny-int8"
    assert fp32["model"] == trained.name
    assert int8["questions"] == fp32["questions"] == 12
    recorded = ReaderConfig.load(folder).metrics["scores"]["questions.json"]
    assert recorded["int8"]["f1"] == int8["f1"]
    assert recorded["fp32"]["f1"] == fp32["f1"]


def test_failures_go_into_the_card_word_for_word(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untrained model is wrong nearly always."""
    arguments = [str(folder), str(DEMO), "--limit", "20", "--failures", "3"]
    evaluate.main([*arguments, "--record"])
    printed = json.loads(capsys.readouterr().out)["failures"]
    assert printed["questions"] == 20
    assert 3 < printed["wrong"] <= 20
    scores = [one["score"] for one in printed["examples"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    recorded = ReaderConfig.load(folder).metrics["failures"]["questions.json"]
    assert recorded["int8"] == printed
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    assert "## Known failures" in text
    for one in printed["examples"]:
        assert f"| {one['question']} | " in text
        assert " ".join(one["said"].split()).replace("|", "\\|") in text


def test_a_choice_is_fixed_and_leaves_unanswerable_questions_out() -> None:
    chosen = evaluate.choose(DEMO, limit=10)
    assert chosen == evaluate.choose(DEMO, limit=10)
    assert len(chosen) == 10
    everything = evaluate.choose(DEMO)
    assert all(example.is_answerable for example in everything)
    assert [one for one in everything if one in chosen] == chosen


def test_a_question_that_is_not_read_is_not_answered() -> None:
    """Not even where the one that is read with the lowest margin is."""
    config = base_config()
    example = evaluate.choose(DEMO)[0]
    surer = RankedSpan(0, 0, 1, "x", config.no_answer_threshold + 5, 0.9, 0)
    read = [Outcome(example, surer), Outcome(replace(example, id="other"), None)]
    assert evaluate.measure(read, config, 1.0)["answered"] == 50.0
    assert evaluate.measure_renamed(read, read, config)["refused"] == 50.0


def test_reading_among_others_costs_what_their_margins_say(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main([str(folder), str(DEMO), "--limit", "8", "--record"])
    evaluate.main(
        [str(folder), str(DEMO), "--limit", "8", "--passages", "4", "--record"]
    )
    alone, among = map(json.loads, capsys.readouterr().out.splitlines())
    assert alone["questions"] == among["questions"] == 8
    recorded = ReaderConfig.load(folder).metrics["scores"]["questions.json"]
    assert recorded["int8, 4 passages"]["f1"] == among["f1"]
    assert "INT8, 4 passages" in (folder / "CARD.md").read_text(encoding="utf-8")


def test_the_crowd_is_on_the_subject_and_leaves_the_own_passage_out() -> None:
    crowd = evaluate.nearest(DEMO, 4)
    example = next(
        one for one in evaluate.choose(DEMO) if "Pont du Gard" in one.passage
    )
    others = crowd(example)
    assert len(others) == len(set(others)) == 3
    assert example.passage not in {one.text for one in others}


def test_questions_about_other_names_are_counted_and_told_in_the_card(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate.main([str(folder), str(DEMO)])
    evaluate.main([str(folder), str(DEMO), "--renamed", "--record"])
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    known = ReaderConfig.load(folder).metrics["renamed"][DEMO.name]["int8"]
    assert known.items() <= printed.items()
    assert known["questions"] > 5
    assert 0 <= known["mean_score"] <= 100
    told = " ".join((folder / "CARD.md").read_text(encoding="utf-8").split())
    assert (
        f"{known['questions']} questions of questions.json asked of their own" in told
    )
    calibrate.main([str(folder), str(DEMO)])
    assert "renamed" not in ReaderConfig.load(folder).metrics


def test_what_is_refused_is_below_the_threshold() -> None:
    """Of two questions one is refused before, both are with another name."""
    config = base_config()

    def said(*margins: float) -> list[Outcome]:
        example = evaluate.choose(DEMO)[0]
        span = RankedSpan(0, 0, 1, "x", 0.0, 0.0, 0)
        return [Outcome(example, replace(span, margin=m)) for m in margins]

    found = evaluate.measure_renamed(said(2.0, -1.0), said(-3.0, -0.5), config)
    assert found["questions"] == 2
    assert (found["refused_before"], found["refused"]) == (50.0, 100.0)
    assert found["mean_score"] < 50 < found["mean_score_before"]


def test_other_names_are_not_asked_among_other_passages() -> None:
    for option in ("--passages", "--failures"):
        with pytest.raises(SystemExit):
            evaluate.main([str(SHIPPED), str(DEMO), "--renamed", option, "3"])


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        (evaluate, "--limit", "-1"),
        (evaluate, "--limit", "0"),
        (calibrate, "--answerable", "80"),
    ],
)
def test_numbers_out_of_bounds_are_refused(
    command: ModuleType,
    option: str,
    value: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command.arguments().parse_args([str(SHIPPED), str(DEMO), option, value])
    assert option in capsys.readouterr().err
