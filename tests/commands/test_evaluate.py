"""`manage.py evaluate`: measures what serves, and keeps nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from answers.models import Library
from tests.commands.conftest import Run
from tests.factories import TEA, make_library
from tests.stub_reader import StubReader

BREAD = "Bread needs two spoons of salt and a slow rest."


def qa(number: int, question: str, *golds: str, passage: str = TEA) -> dict[str, Any]:
    answers = [{"text": gold, "answer_start": passage.index(gold)} for gold in golds]
    return {"id": f"q{number}", "question": question, "answers": answers}


def write(path: Path, *qas: dict[str, Any]) -> Path:
    bread = qa(9, "How much salt is in bread?", "two spoons", passage=BREAD)
    paragraphs = [
        {"context": TEA, "qas": list(qas)},
        {"context": BREAD, "qas": [bread]},
    ]
    data = {
        "version": "v2.0",
        "data": [{"title": "Hot_drinks", "paragraphs": paragraphs}],
    }
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two questions: the stub answers the first and not the second."""
    return write(
        tmp_path / "squad.json", qa(1, "How long should tea brew?", "three minutes")
    )


@pytest.fixture
def file_v2(tmp_path: Path) -> Path:
    impossible = qa(2, "Who sells tea?") | {"is_impossible": True}
    return write(
        tmp_path / "v2.json",
        qa(1, "How long should tea brew?", "minutes"),
        impossible,
    )


def test_json_is_one_object_with_the_promised_keys(
    stub: StubReader, run: Run, file: Path
) -> None:
    result = json.loads(run("evaluate", file, "--json"))

    assert result.pop("questions_per_second") > 0
    assert result == {
        "exact_match": 50.0,
        "f1": 50.0,
        "questions": 2,
        "model": "stub@0123456789ab",
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("library", [True, False])
def test_passages_are_read_with_their_titles(
    stub: StubReader, run: Run, file: Path, library: bool
) -> None:
    run("evaluate", file, library=library)
    assert {title for one in stub.readings for title in one.titles} == {"Hot drinks"}


def test_people_get_the_same_numbers(stub: StubReader, run: Run, file: Path) -> None:
    told = run("evaluate", file)
    assert "exact match       50.00\nF1                50.00\n" in told
    assert "questions         2\n" in told
    assert "stub@0123456789ab" in told


def test_limit_takes_the_first_questions(
    stub: StubReader, run: Run, file: Path
) -> None:
    result = json.loads(run("evaluate", file, "--json", limit=1))
    assert (result["questions"], result["exact_match"]) == (1, 100.0)


def test_a_question_that_the_reader_refuses_counts_as_wrong(
    stub: StubReader, run: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / "long.json", qa(1, "why " * 21, "three minutes"))
    result = json.loads(run("evaluate", file, "--json"))
    assert (result["questions"], result["refused"]) == (2, 1)
    assert result["exact_match"] == 0.0
    assert "1 (too long)" in run("evaluate", file)


def test_refusing_to_read_is_not_saying_that_there_is_no_answer(
    stub: StubReader, run: Run, tmp_path: Path
) -> None:
    impossible = qa(1, "why " * 21) | {"is_impossible": True}
    result = json.loads(
        run("evaluate", write(tmp_path / "v2.json", impossible), "--json")
    )
    assert result["refused"] == 1
    assert result["no_answer_accuracy"] == 0.0


def test_the_best_span_counts_whatever_the_threshold(
    stub: StubReader, run: Run, file: Path
) -> None:
    stub.quotes = {"three minutes": -2.0}
    assert json.loads(run("evaluate", file, "--json"))["exact_match"] == 50.0


def test_questions_without_an_answer_are_counted_beside(
    stub: StubReader, run: Run, file_v2: Path
) -> None:
    stub.quotes = {"three minutes": -2.0, "two spoons of salt": 1.0}
    result = json.loads(run("evaluate", file_v2, "--json"))

    assert result["questions"] == 2
    assert result["questions_without_answer"] == 1
    assert result["no_answer_accuracy"] == 100.0
    assert result["answered"] == 50.0
    assert result["exact_match"] == 0.0
    assert result["f1"] == pytest.approx((200 / 3 + 200 / 3) / 2)
    assert "no answer         100.00 % right of 1" in run("evaluate", file_v2)


@pytest.mark.django_db(transaction=True)
def test_a_library_of_all_passages_is_asked_and_not_kept(
    stub: StubReader, run: Run, file: Path
) -> None:
    stub.quotes = {"three minutes": 2.0}
    result = json.loads(run("evaluate", file, "--json", library=True))

    assert result["right_passage_read"] == 100.0
    assert result["exact_match"] == 50.0
    assert not Library.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_leads_back_to_the_real_database(
    stub: StubReader, run: Run, tmp_path: Path
) -> None:
    make_library("The real one")
    data = {"data": [{"paragraphs": [{"context": "a\0", "qas": [qa(1, "?")]}]}]}
    path = tmp_path / "nul.json"
    path.write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(CommandError, match="NUL"):
        run("evaluate", path, library=True)
    assert Library.objects.get().title == "The real one"


@pytest.mark.django_db(transaction=True)
def test_a_passage_that_is_not_found_is_told(
    stub: StubReader, run: Run, file: Path, settings: Settings
) -> None:
    settings.PASSAGES_READ = 1
    told = run("evaluate", file, library=True)
    assert "right passage     100.00 % among those read" in told

    file = write(file, qa(1, "How much salt is in bread?", "three minutes"))
    told = run("evaluate", file, library=True)
    assert "right passage     50.00 % among those read" in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a SQuAD file.*not JSON"),
        ("[]", "not a SQuAD file"),
        ('{"data": []}', "no questions"),
    ],
)
def test_another_file_is_refused_with_a_sentence(
    run: Run, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match=message):
        run("evaluate", path)


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.json: No such file"):
        run("evaluate", tmp_path / "none.json")


def test_a_limit_below_one_is_refused(run: Run, file: Path) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run("evaluate", file, limit=0)
