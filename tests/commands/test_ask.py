"""`manage.py ask`: the same answers in a terminal."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from answers import runtime
from answers.models import Library, Passage, Question, User
from tests.commands.conftest import Run
from tests.factories import (
    TEA,
    make_answered,
    make_conversation,
    make_library,
    make_member,
    make_passage,
    make_review,
)
from tests.stub_reader import StubReader

QUESTION = "How long should tea be brewed?"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.txt"
    path.write_text(TEA, encoding="utf-8")
    return path


def test_a_question_to_the_only_library_shows_quotes_with_offsets(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    shown = run("ask", QUESTION)

    assert "1. Tea should be brewed for ⟦three minutes⟧." in shown
    assert "How to make tea [25, 38)  score 0.90  margin +4.00" in shown
    assert "stub@0123456789ab" in shown
    assert "\x1b" not in shown


def test_passages_are_read_with_their_titles(
    stub: StubReader, run: Run, passage: Passage, tea: Path
) -> None:
    run("ask", QUESTION)
    run("ask", QUESTION, passage=str(tea))
    assert [list(one.titles) for one in stub.readings] == [["How to make tea"], ["tea"]]


def test_json_is_one_object_with_the_promised_keys(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    answer = json.loads(run("ask", QUESTION, "--json"))

    assert list(answer) == ["question", "model", "took_ms", "answers"]
    assert answer["question"] == QUESTION
    assert answer["model"] == "stub@0123456789ab"
    assert isinstance(answer["took_ms"], int)
    assert answer["answers"] == [
        {
            "text": "three minutes",
            "start": 25,
            "end": 38,
            "score": 0.9,
            "margin": 4.0,
            "passage": "How to make tea",
            "not_in_passage": [],
        }
    ]
    assert passage.text[25:38] == "three minutes"


def test_names_that_neither_text_nor_title_has_are_told(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    question = "How long should Green tea be brewed in Lisbon, says How to make Teas?"
    assert "   Not in this passage: Lisbon\n" in run("ask", question)
    (answer,) = json.loads(run("ask", question, "--json"))["answers"]
    assert answer["not_in_passage"] == ["Lisbon"]
    assert "Not in this passage" not in run("ask", QUESTION)


def test_json_without_an_answer_holds_the_nearest(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    stub.quotes = {"two spoons": -1.5}
    answer = json.loads(run("ask", QUESTION, "--json"))

    assert answer["answers"] == []
    assert [item["text"] for item in answer["nearest"]] == ["two spoons"]


def test_no_answer_is_said_before_the_nearest(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    stub.quotes = {"two spoons": -1.5}
    shown = run("ask", QUESTION)

    assert shown.startswith("No answer in these passages.\nThe nearest:\n")
    assert "⟦two spoons⟧" in shown


def test_a_library_is_named_whatever_its_case(
    stub: StubReader, run: Run, passage: Passage, public_library: Library
) -> None:
    assert "⟦three minutes⟧" in run("ask", QUESTION, library=["TEA and bread"])


def test_several_libraries_can_be_named(
    stub: StubReader, run: Run, passage: Passage, public_library: Library
) -> None:
    make_passage(public_library, "Mate: three minutes.", title="Mate")
    make_passage(make_library("Third"), "Third: three minutes.", title="Third")
    names = ["Tea and bread", "Open shelf", "open shelf"]
    said = run("ask", QUESTION, library=names)
    assert "How to make tea" in said
    assert said.count("Mate [") == 1
    assert "Third" not in said


def test_what_was_pasted_into_conversations_is_no_library(
    stub: StubReader, run: Run, alice: User, passage: Passage
) -> None:
    conversation = make_conversation(alice, passage.library)
    make_library("Pasted text", conversation=conversation)
    assert "⟦three minutes⟧" in run("ask", QUESTION)  # the only one there is
    with pytest.raises(CommandError, match="no library called"):
        run("ask", QUESTION, library=["Pasted text"])


def test_top_cuts_the_list(stub: StubReader, run: Run, passage: Passage) -> None:
    stub.quotes = {"three minutes": 4.0, "two spoons": 3.0, "80 °C": 2.0}
    answer = json.loads(run("ask", QUESTION, "--json", top=2))
    assert [item["text"] for item in answer["answers"]] == [
        "three minutes",
        "two spoons",
    ]


def test_a_file_is_read_instead_of_a_library(
    stub: StubReader, run: Run, tea: Path
) -> None:
    answer = json.loads(run("ask", QUESTION, "--json", passage=tea))
    assert answer["answers"][0]["passage"] == "tea.txt"


def test_standard_input_is_read(
    stub: StubReader, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(TEA.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    shown = run("ask", QUESTION, passage="-")
    assert "standard input [25, 38)" in shown


def test_offsets_count_in_the_text_with_plain_line_ends(
    stub: StubReader, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "windows.txt"
    path.write_bytes(b"One\r\nTwo\r\nthree minutes")
    answer = json.loads(run("ask", QUESTION, "--json", passage=path))
    assert answer["answers"][0]["start"] == len("One\nTwo\n")


def test_colour_marks_the_quote(stub: StubReader, run: Run, passage: Passage) -> None:
    shown = run("ask", QUESTION, force_color=True)
    assert "\x1b[7mthree minutes\x1b[27m" in shown


def test_no_passage_can_write_control_characters(
    stub: StubReader, run: Run, library: Library
) -> None:
    make_passage(
        library, "\x1b[2J\u202ethree minutes\x9b", title="\x1b]0;owned\x07 title"
    )
    for shown in (run("ask", QUESTION), run("ask", QUESTION, "--json")):
        assert not set(shown) & set("\x1b\x9b\x07\u202e")


def test_asking_here_saves_nothing(
    stub: StubReader, run: Run, passage: Passage
) -> None:
    run("ask", QUESTION)
    assert not Question.objects.exists()


# -- refusals ----------------------------------------------------------------------


def test_several_libraries_need_a_name_and_are_listed(
    stub: StubReader, run: Run, library: Library, public_library: Library
) -> None:
    with pytest.raises(CommandError, match="Which library") as refused:
        run("ask", QUESTION)
    assert "Tea and bread" in str(refused.value)
    assert "Open shelf" in str(refused.value)


def test_an_unknown_library_is_refused_with_the_choices(
    stub: StubReader, run: Run, library: Library
) -> None:
    with pytest.raises(CommandError, match="no library called “Beer”") as refused:
        run("ask", QUESTION, library=["Beer"])
    assert "Tea and bread" in str(refused.value)


def test_two_libraries_of_one_name_are_refused(
    stub: StubReader, run: Run, library: Library
) -> None:
    make_library(library.title)
    with pytest.raises(CommandError, match="2 libraries are called"):
        run("ask", QUESTION, library=[library.title])


@pytest.mark.django_db
def test_without_any_library_the_remedy_is_named(stub: StubReader, run: Run) -> None:
    with pytest.raises(CommandError, match=r"manage\.py prepare"):
        run("ask", QUESTION)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there is no text"),
        (b" \n ", "there is no text"),
        (b"a\0b", "NUL"),
        (b"caf\xe9", "not UTF-8: byte 0xe9 at position 3"),
        ("x".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_damaged_text_is_refused_with_a_sentence(
    stub: StubReader, run: Run, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=f"bad.txt: .*{message}"):
        run("ask", QUESTION, passage=path)


def test_a_missing_file_is_named(stub: StubReader, run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.txt: No such file"):
        run("ask", QUESTION, passage=tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("question", "message"),
    [("\ud83d", "half of a surrogate pair"), ("a\0", "NUL"), ("a" * 1001, "1,001")],
)
def test_a_question_that_cannot_be_asked_is_refused(
    stub: StubReader, run: Run, tea: Path, question: str, message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("ask", question, passage=tea)


def test_top_below_one_is_refused(stub: StubReader, run: Run, tea: Path) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run("ask", QUESTION, passage=tea, top=0)


def test_a_missing_model_is_one_sentence(
    run: Run, tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.reset()
    monkeypatch.setattr(settings, "WEIGHTS_DIR", tmp_path)
    with pytest.raises(CommandError, match="cannot be used"):
        run("ask", QUESTION, passage=tea)


# -- the shipped model, in a process of its own ---------------------------------------


def test_standard_output_is_pure_json_in_a_process_of_its_own(tea: Path) -> None:
    command = [
        sys.executable,
        "manage.py",
        "ask",
        QUESTION,
        "--json",
        "--passage",
        str(tea),
    ]
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    best = answer["answers"][0]
    assert best["text"] == "three minutes"
    assert TEA[best["start"] : best["end"]] == best["text"]


def test_an_empty_question_is_refused_by_the_reader_itself(tea: Path) -> None:
    command = [sys.executable, "manage.py", "ask", "  ", "--passage", str(tea)]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("CommandError: ")
    assert "Traceback" not in done.stderr


# -- What reviewers have confirmed ----------------------------------------------


@pytest.fixture
def confirmed(alice: User, rita: User, passage: Passage) -> None:
    make_member(passage.library, rita, "reviewer")
    answer = make_answered(alice, passage.library, passage)
    make_review(answer, "wrong_span", by=rita, spans=[(21, 38)])


@pytest.mark.usefixtures("confirmed")
def test_what_is_confirmed_is_said_without_reading(run: Run) -> None:
    runtime.reset()  # no reader was made
    shown = run("ask", QUESTION.lower())

    assert "1. Tea should be brewed ⟦for three minutes⟧." in shown
    assert "How to make tea [21, 38)  confirmed by rita" in shown
    assert "nothing was read (--read-anyway)" in shown
    assert "score" not in shown


@pytest.mark.usefixtures("confirmed")
def test_what_is_confirmed_has_no_numbers_in_json(run: Run) -> None:
    answer = json.loads(run("ask", QUESTION, "--json"))

    assert list(answer) == ["question", "model", "took_ms", "answers"]
    assert answer["model"] is None
    assert answer["answers"] == [
        {
            "text": "for three minutes",
            "start": 21,
            "end": 38,
            "score": None,
            "margin": None,
            "passage": "How to make tea",
            "not_in_passage": [],
            "confirmed_by": "rita",
        }
    ]


@pytest.mark.usefixtures("confirmed")
def test_what_is_confirmed_can_be_read_anyway(stub: StubReader, run: Run) -> None:
    assert "score 0.90" in run("ask", QUESTION, "--read-anyway")


@pytest.mark.usefixtures("confirmed")
def test_a_file_is_read_whatever_is_confirmed(
    stub: StubReader, run: Run, tea: Path
) -> None:
    assert "score 0.90" in run("ask", QUESTION, passage=str(tea))
