"""`manage.py fetch_model`: from the catalogue to a model that serves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.test import Client
from pytest_django import Settings

from answers import fetching, runtime
from answers.fetching import Entry
from answers.models import Answer, Passage, Question
from answers.reader import ReaderConfig
from tests.commands.conftest import Run
from tests.consumers.sockets import in_database, new_question, opened
from tests.fetched import OMZ, entry_for, entry_of
from tests.reader.omz_model import save_omz

QUESTION = "How long should tea be brewed?"
ANSWER = "three"


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What somebody carried here from Open Model Zoo."""
    return save_omz(tmp_path_factory.mktemp("brought"))


@pytest.fixture(scope="module")
def catalogue(brought: Path) -> dict[str, Entry]:
    return {OMZ: entry_of(brought)}


@pytest.fixture
def weights(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder of models, and nothing loaded yet."""
    settings.WEIGHTS_DIR = tmp_path / "weights"
    settings.MODEL_CACHE = tmp_path / "cache"
    return tmp_path / "weights"


@pytest.fixture
def served(
    run: Run,
    weights: Path,
    brought: Path,
    catalogue: dict[str, Entry],
    settings: Settings,
) -> Iterator[ReaderConfig]:
    """QAWEB_MODEL=omz-small-int8, after `fetch_model --from`."""
    fetch(run, catalogue, "--from", brought)
    settings.MODEL = OMZ
    runtime.reset()
    yield ReaderConfig.load(weights / OMZ)
    runtime.reset()


def fetch(run: Run, catalogue: dict[str, Entry], *arguments: Any) -> str:
    return run("fetch_model", OMZ, *arguments, catalogue=catalogue)


# -- works -------------------------------------------------------------------------


def test_a_model_is_fetched_tried_out_and_explained(
    run: Run, weights: Path, brought: Path, catalogue: dict[str, Entry]
) -> None:
    said = fetch(run, catalogue, "--from", brought)
    assert f"{OMZ} is installed in {weights / OMZ}." in said
    assert "it works here" in said
    assert f"QAWEB_MODEL={OMZ} make run" in said
    assert "Not calibrated" in said


def test_a_second_run_finds_it_intact_and_does_nothing(
    run: Run, weights: Path, brought: Path, catalogue: dict[str, Entry]
) -> None:
    fetch(run, catalogue, "--from", brought)
    before = (weights / OMZ).stat().st_ino
    assert "installed already, and intact" in fetch(run, catalogue)
    assert (weights / OMZ).stat().st_ino == before
    fetch(run, catalogue, "--from", brought, "--force")
    assert (weights / OMZ).stat().st_ino != before


def test_the_list_gives_what_a_machine_with_internet_needs(run: Run) -> None:
    shown = run("fetch_model", "--list")
    for file in fetching.load_catalogue()[OMZ].files:
        assert file.sha384 in shown
        assert all(url in shown for url in file.urls)
    assert "Apache-2.0" in shown


def test_the_command_line_asks_with_it(
    run: Run, served: ReaderConfig, passage: Passage
) -> None:
    answer = json.loads(run("ask", QUESTION, "--json"))
    assert answer["model"] == f"{OMZ}@{served.model_hash}"
    best = answer["answers"][0]
    assert best["text"] == ANSWER
    assert passage.text[best["start"] : best["end"]] == best["text"]


@pytest.mark.django_db(transaction=True)
async def test_a_question_over_the_websocket_is_answered_and_names_the_model(
    served: ReaderConfig, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library, question=QUESTION)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        final = await socket.until("answers", id=message["id"], final=True)
    assert f"<mark>{ANSWER}</mark>" in final["html"]

    question = await in_database(Question.objects.get, pk=message["id"])
    assert (question.model_name, question.model_hash) == (OMZ, served.model_hash)
    answers: list[Answer] = await in_database(list, question.answers.all())
    assert answers[0].text == ANSWER
    for answer in answers:
        assert passage.text[answer.start : answer.end] == answer.text


# -- refusals ----------------------------------------------------------------------


def test_an_unknown_name_is_refused_with_the_choices(run: Run, weights: Path) -> None:
    with pytest.raises(CommandError, match=f"no model 'bert'. There is: {OMZ}"):
        run("fetch_model", "bert")
    with pytest.raises(CommandError, match=f"Which model. There is: {OMZ}"):
        run("fetch_model")


def test_a_folder_of_another_model_is_left_alone(
    run: Run, weights: Path, brought: Path, catalogue: dict[str, Entry]
) -> None:
    (weights / OMZ).mkdir(parents=True)
    (weights / OMZ / "mine").write_bytes(b"")
    with pytest.raises(CommandError, match="is there already"):
        fetch(run, catalogue, "--from", brought)
    assert [path.name for path in (weights / OMZ).iterdir()] == ["mine"]


def test_ctrl_c_says_how_to_go_on(
    run: Run,
    weights: Path,
    catalogue: dict[str, Entry],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "fetch", interrupted)
    with pytest.raises(CommandError, match="run the same command again") as stopped:
        fetch(run, catalogue)
    assert stopped.value.returncode == 130


def test_a_model_that_cannot_run_here_is_said(
    run: Run, weights: Path, tmp_path: Path, brought: Path
) -> None:
    """Published files that are none of OpenVINO's, so that only loading shows it."""
    (tmp_path / "model.xml").write_text("<net/>")
    (tmp_path / "model.bin").write_bytes(b"")
    real = entry_of(brought)
    (vocabulary,) = brought.rglob("vocab.txt")
    (tmp_path / "vocab.txt").write_bytes(vocabulary.read_bytes())
    names = [file.name for file in real.files]
    entry = entry_for({name: (tmp_path / name).read_bytes() for name in names})
    with pytest.raises(CommandError, match="this machine cannot run them"):
        fetch(run, {OMZ: entry}, "--from", tmp_path)
