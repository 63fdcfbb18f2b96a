"""What reviewers settled is trained on and measured with, as it was exported."""

import importlib
import json
import shlex
import shutil
from pathlib import Path

import pytest

from answers import squad
from answers.models import Library, User
from answers.reader import Reader, ReaderConfig
from answers.reviewing import Correction, give, squad_in
from answers.training import evaluate
from answers.training.features import SHIPPED
from answers.training.finetune import main
from tests.commands.conftest import Run, run, stub
from tests.factories import make_answered, make_passage
from tests.stub_reader import StubReader

from .conftest import DEMO, PASSAGE, QUESTION

__all__ = ["run", "stub"]  # fixtures of the commands
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(library: Library, alice: User, run: Run, tmp_path: Path) -> Path:
    """The export of a library of which forty demo questions were reviewed.

    Some of them have no answer, and one was asked here and is wrong, but for a span
    that was marked over an emoji.
    """
    articles = squad.load(DEMO)
    ready = squad_in.prepare(articles, name="demo")
    answerable = [one for one in ready.questions if one.golds][:30]
    others = [one for one in ready.questions if not one.golds][:9]
    assert len(others) == 9
    ready.questions = [*answerable, *others]
    squad_in.bring(library, ready, by=alice, name="demo", as_reviewed=True)
    passage = make_passage(library, "Tea 🫖🏳️‍🌈 takes three minutes.")
    answer = make_answered(alice, library, passage, question="What takes three?")
    spans = [Correction(passage.pk, 0, passage.text.index(" takes"))]
    give(answer.question.review_item, "wrong_span", by=alice, spans=spans)
    target = tmp_path / "reviews.json"
    run("export_reviews", "--output", target)
    return target


def test_a_model_is_trained_on_the_export_as_it_is(
    exported: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["--epochs", "1", "--batch-tokens", "2048", "--max-length", "256"]
    main([str(tiny_checkpoint), str(out), "--data", str(exported), *arguments])
    record = json.loads((out / "train.json").read_text(encoding="utf-8"))
    (counts,) = record["counts"]
    assert record["options"]["sources"][0]["path"] == "reviews.json"
    assert record["step"] >= 2
    assert (counts["questions"], counts["skipped"]) == (40, 0)
    assert counts["without_answer"] >= 9  # windows
    assert (out / "model.safetensors").exists()


def test_a_model_is_measured_on_the_export_as_it_is(
    exported: Path, tiny_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main([str(SHIPPED), str(exported), "--fp32", str(tiny_checkpoint)])
    assert json.loads(capsys.readouterr().out)["questions"] == 31


def test_the_next_model_is_made_as_the_readme_says(
    library: Library,
    alice: User,
    run: Run,
    alike: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Command by command, from a tiny model in the place of the shipped one."""
    ready = squad_in.prepare(squad.load(DEMO), name="demo")
    squad_in.bring(library, ready, by=alice, name="demo", as_reviewed=True)
    shutil.copytree(alike, tmp_path / "answers" / "weights" / SHIPPED.name)
    monkeypatch.chdir(tmp_path)
    for command in next_model():
        match command:
            case ["manage.py", *arguments]:
                run(*arguments)
            case ["-m", module, *arguments]:
                importlib.import_module(module).main(arguments)
            case _:
                pytest.fail(f"unknown: {command}")
    told = capsys.readouterr().out
    assert '"quantisation"' in told
    assert '"training"' not in told  # pages of it, which the card tells
    made = tmp_path / "answers" / "weights" / "ours"
    config = ReaderConfig.load(made)
    config.verify(made, *config.sha256)
    assert config.similarity_weight > 0
    assert config.metrics["embeddings"]["teacher"] == SHIPPED.name
    # Ten are asked for; in so small a file not all questions share a word with ten.
    assert config.metrics["no_answer"]["among"]["passages"] in (9, 10)
    assert config.metrics["calibration"]["files"].keys() == {"dev.json"}
    trained = json.loads((tmp_path / "build/next/train.json").read_text("utf-8"))
    assert trained["step"] >= 2
    reader = Reader.load(made)
    try:
        assert reader.read(QUESTION, [PASSAGE]).spans
    finally:
        reader.close()


def next_model() -> list[list[str]]:
    """The commands in README's "The next model", without the interpreter."""
    told = (ROOT / "README.md").read_text("utf-8").partition("**The next model**")[2]
    block = told.partition("\n\n")[2].partition("\n\n")[0].replace("\\\n", " ")
    commands = [shlex.split(line) for line in block.splitlines()]
    assert all(command[0] == ".venv/bin/python" for command in commands)
    assert len(commands) >= 6
    return [command[1:] for command in commands]


def test_the_serving_model_is_measured_on_the_export_as_it_is(
    exported: Path, run: Run, stub: StubReader
) -> None:
    stub.quotes = {"Tea 🫖🏳️‍🌈": 2.0}
    result = json.loads(run("evaluate", exported, "--json"))
    assert result["questions"] == 31
    assert result["questions_without_answer"] == 9
    assert result["no_answer_accuracy"] == 100.0
    assert result["exact_match"] == pytest.approx(100 / 31)
