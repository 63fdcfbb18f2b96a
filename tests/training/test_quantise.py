"""From a checkpoint to a folder that the reader loads, measured and calibrated."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import openvino
import pytest

from answers.installed import made_up_windows
from answers.reader import RankedSpan, Reader, ReaderConfig
from answers.reader.engine import OpenVINOEngine
from answers.squad import Example, Gold
from answers.training import calibrate, evaluate, outcomes, quantise, recipe, speed
from answers.training.card import card
from answers.training.features import SHIPPED, base_config
from answers.training.finetune import finetune
from answers.training.mixture import Source
from answers.training.network import load_network
from answers.training.outcomes import Outcome
from answers.training.trainer import RECORD, Options

from .conftest import DEMO

QUESTION = "How much salt goes into the dough?"
PASSAGE = "The dough takes 10 g of salt, 500 g of flour and 350 g of water."


@pytest.fixture(scope="module")
def trained(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few steps, so that the logits have somewhat learnt to differ."""
    out = tmp_path_factory.mktemp("trained")
    options = Options(sources=(Source(DEMO, limit=60),), learning_rate=3e-3)
    finetune(tiny_checkpoint, out, options, report=lambda line: None)
    return out


@pytest.fixture(scope="module")
def made(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "tiny-int8"
    quantise.quantise(trained, out, [Source(DEMO, limit=100)], samples=10)
    return out


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(made, tmp_path / made.name))


def test_what_we_trained_is_read_with_titles_and_twice(made: Path) -> None:
    config = ReaderConfig.load(made)
    assert (config.max_title_tokens, config.rescore_tokens) == (32, 64)
    text = " ".join((made / "CARD.md").read_text().split())
    assert "at most 32 tokens of the passage's title" in text
    assert "read again with 64 tokens on either side" in text


def test_the_folder_holds_what_the_reader_loads_and_a_card(made: Path) -> None:
    names = sorted(path.name for path in made.iterdir())
    wanted = ["CARD.md", "model.bin", "model.xml", "reader.json", "vocab.txt"]
    assert names == wanted
    assert not list(made.parent.glob("*.part")) + list(made.parent.glob("*.old"))
    config = ReaderConfig.load(made)
    assert config.name == "tiny-int8"
    assert sorted(config.sha256) == ["model.bin", "model.xml", "vocab.txt"]


def test_the_reader_reads_with_it(made: Path) -> None:
    reader = Reader.load(made)
    try:
        ranking = reader.read(QUESTION, [PASSAGE])
    finally:
        reader.close()
    assert ranking.spans
    for span in ranking.spans:
        assert PASSAGE[span.start : span.end] == span.text


def test_int8_logits_are_near_those_of_fp32(made: Path, trained: Path) -> None:
    config = ReaderConfig.load(made)
    arrays = made_up_windows(30522, 40, windows=6)
    int8 = OpenVINOEngine.load(made, config, threads=1).run(arrays)
    fp32 = outcomes.TorchEngine(load_network(trained)).run(arrays)
    for ours, theirs in zip(int8, fp32, strict=True):
        apart = np.abs(ours - theirs).mean()
        assert apart < 0.1
        assert apart < 0.2 * theirs.std()  # and not because all are alike
    compared = config.metrics["quantisation"]["compared_with_fp32"]
    assert compared["mean_logit_difference"] < 0.1


def test_all_large_weights_are_8_bit_and_use_7_bits(made: Path) -> None:
    model = openvino.Core().read_model(made / "model.xml")
    constants = [op for op in model.get_ops() if op.get_type_name() == "Constant"]
    large = [op for op in constants if min(op.shape, default=0) >= 32]
    assert any(op.shape == openvino.Shape([30522, 32]) for op in large)
    for op in large:
        assert op.get_element_type() in (openvino.Type.i8, openvino.Type.u8), op
    # The overflow fix: half the range, for the products of linear layers.
    matrices = [op for op in large if 30522 not in op.shape and 512 not in op.shape]
    assert len(matrices) == 2 * 6
    for op in matrices:
        assert np.abs(op.data.astype(int)).max() <= 64


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


def test_a_question_that_is_not_read_is_not_answered() -> None:
    """Not even where the one that is read with the lowest margin is."""
    config = base_config()
    example = evaluate.choose(DEMO)[0]
    surer = RankedSpan(0, 0, 1, "x", config.no_answer_threshold + 5, 0.9, 0)
    read = [Outcome(example, surer), Outcome(replace(example, id="other"), None)]
    assert evaluate.measure(read, config, 1.0)["answered"] == 50.0
    assert evaluate.measure_renamed(read, read, config)["refused"] == 50.0


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


def test_the_crowd_is_on_the_subject_and_leaves_the_own_passage_out() -> None:
    crowd = evaluate.nearest(DEMO, 4)
    example = next(
        one for one in evaluate.choose(DEMO) if "Pont du Gard" in one.passage
    )
    others = crowd(example)
    assert len(others) == len(set(others)) == 3
    assert example.passage not in {one.text for one in others}


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


def test_a_failure_cannot_break_the_table_of_the_card(folder: Path) -> None:
    wrong = {"question": "a | b\n# c?", "said": "x\\|y", "wanted": "z", "score": 0.5}
    values = {"questions": 9, "wrong": 1, "examples": [wrong]}
    evaluate.record(folder, "q.json", "int8, 4 passages", values, kind="failures")
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    assert r"| a \| b # c? | x\\\|y | z | 50% |" in text
    assert "each read in 4 passages" in text


def test_both_engines_are_timed_in_one_run(
    folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--threads", "1", "--turns", "2", "--record"]
    speed.main([*arguments, "--fp32", str(trained)])
    speed.main(arguments)  # with the folder's own weights
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for figures in printed:
        assert figures["tokens"] == 170
        for size in ("batch_1", "batch_8"):
            assert figures[size]["int8_openvino_ms"] > 0
            assert figures[size]["fp32_pytorch_ms"] > 0
    assert ReaderConfig.load(folder).metrics["speed"] == printed[-1]
    assert "windows at once" in (folder / "CARD.md").read_text(encoding="utf-8")


def test_the_card_tells_data_licences_and_recipe(made: Path) -> None:
    text = (made / "CARD.md").read_text(encoding="utf-8")
    config = ReaderConfig.load(made)
    for part in (config.model_hash, "Apache-2.0", "fine-tuned further", "Known limits"):
        assert part in text
    assert str(made.parent) not in text + (made / "reader.json").read_text()


STUDENT = {
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
    assert "layers' states, 4 x; the mean of the weights over the last" in text
    assert "beside it the distance of the layers' states, 4 x" in text
    assert "Checkpoint `minilm-l6-squad-first`" in text
    assert f"Run {last + 1}: fine-tuned further (60 minutes planned" in text
    assert f"for run {last + 1}: " in text
    assert f"Run {last + 2}:" not in text


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


def test_too_little_data_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Give fewer --samples"):
        quantise.quantise(trained, tmp_path / "x", [Source(DEMO, limit=5)])


def test_outcomes_keep_the_order_and_score_golds(made: Path, trained: Path) -> None:
    asked = [
        Example(str(number), QUESTION, PASSAGE + " More." * number, golds)
        for number, golds in enumerate([(Gold("10 g", 16),), (), (Gold("x", 0),)] * 30)
    ]
    reader = outcomes.fp32_reader(made, trained)
    try:
        read = list(outcomes.outcomes(reader, asked))
    finally:
        reader.close()
    assert [one.example.id for one in read] == [one.id for one in asked]
    assert all(one.f1 == 0 for one in read if not one.example.is_answerable)


def test_a_passage_without_tokens_is_the_empty_prediction(
    made: Path, trained: Path
) -> None:
    reader = outcomes.fp32_reader(made, trained)
    try:
        (one,) = outcomes.outcomes(reader, [Example("1", QUESTION, "\u200b", ())])
    finally:
        reader.close()
    assert (one.text, one.margin) == ("", float("-inf"))


def test_a_choice_is_fixed_and_leaves_unanswerable_questions_out() -> None:
    chosen = evaluate.choose(DEMO, limit=10)
    assert chosen == evaluate.choose(DEMO, limit=10)
    assert len(chosen) == 10
    everything = evaluate.choose(DEMO)
    assert all(example.is_answerable for example in everything)
    assert [one for one in everything if one in chosen] == chosen
