"""SQuAD files of others, and those that qaweb made itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from answers.importing import UnreadableFile
from answers.library import NewPassage, Origin
from answers.models import text_hash
from tests.importing.making import read, words


def squad(folder: Path, data: Any, encoding: str = "utf-8") -> list[NewPassage]:
    file = folder / "articles.json"
    file.write_text(json.dumps(data), encoding=encoding)
    return read(file)


def test_each_paragraph_is_a_passage(tmp_path: Path) -> None:
    paragraphs = [{"context": " One \n", "qas": []}, {"context": "Two", "qas": []}]
    data = {"data": [{"title": "A_b", "paragraphs": paragraphs}]}
    expected = [NewPassage("A b", " One \n"), NewPassage("A b (2)", "Two")]
    assert squad(tmp_path, data) == expected
    assert squad(tmp_path, data, "utf-16") == expected


def test_paragraphs_are_never_cut(tmp_path: Path) -> None:
    text = words(2000)
    data = {"data": [{"paragraphs": [{"context": text, "qas": []}]}]}
    assert squad(tmp_path, data) == [NewPassage("articles", text)]


def test_an_export_comes_back_as_it_was(tmp_path: Path) -> None:
    paragraphs = [
        {
            "context": "\n One  ",
            "title": "under_score (2)",
            "section": "A › B",
            "page": 3,
            "tags": ["x", "y z"],
            "source": "a.pdf",
            "qas": [],
        },
        {"context": "Two", "section": "", "page": None, "tags": [], "qas": []},
    ]
    data = {
        "version": "v2.0",
        "qaweb": {"export": 1},
        "data": [{"title": "Old_title", "paragraphs": paragraphs}],
    }
    was = Origin("a.pdf", sha256=text_hash("a.pdf"))
    assert squad(tmp_path, data) == [
        NewPassage("under_score (2)", "\n One  ", 3, "A › B", ("x", "y z"), was),
        NewPassage("Old_title", "Two", origin=Origin()),
    ]


@pytest.mark.parametrize(
    ("about", "was"),
    [
        ({"source": 3, "source_order": "x", "archived": 1}, Origin()),
        ({"source_order": 7, "archived": True}, Origin(order=7, archived=True)),
        ({"source_order": -1}, Origin()),
        (
            {"source": "b.md", "source_number": 0, "source_order": 2},
            Origin("b.md", ".md", "ab" * 32, 9, 2),
        ),
        (
            {"source": "b.md", "source_number": 1},
            Origin("b.md", sha256=text_hash("b.md")),
        ),
        (
            {"source": "b.md", "source_number": 99},
            Origin("b.md", sha256=text_hash("b.md")),
        ),
        (
            {"source": f" {'x' * 300}\ud83d"},
            Origin("x" * 255, sha256=text_hash("x" * 255)),
        ),
    ],
)
def test_where_a_passage_stood_before_comes_back_or_what_of_it_makes_sense(
    tmp_path: Path, about: dict[str, Any], was: Origin
) -> None:
    files = [
        {"name": "b.md", "format": ".md", "sha256": "ab" * 32, "size": 9},
        {"sha256": "../../etc", "size": True, "format": None},
    ]
    data = {
        "qaweb": {"export": 1, "sources": files},
        "data": [{"title": "T", "paragraphs": [{"context": "x", "qas": []} | about]}],
    }
    assert squad(tmp_path, data) == [NewPassage("T", "x", origin=was)]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"qas": None},
        {"qas": [{"question": "Who?"}]},
        {"qas": [{"id": "1", "question": "Who?"}, {"id": "1", "question": "Who?"}]},
        {"qas": [{"id": "1", "answers": [{"text": "One", "answer_start": 500}]}]},
        {"qas": [{"id": "1", "answers": {"text": ["One"], "answer_start": [0]}}]},
    ],
)
def test_texts_come_in_whatever_is_wrong_with_their_questions(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    paragraphs = [{"context": "One"} | asked, {"context": "Two"} | asked]
    data = {"data": [{"title": None, "paragraphs": paragraphs}]}
    assert [item.text for item in squad(tmp_path, data)] == ["One", "Two"]


def test_lines_of_json_are_called_so(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"text": "x"}\n{"text": "y"}\n', "utf-8")
    with pytest.raises(UnreadableFile, match=r"lines of JSON.* end in \.jsonl"):
        read(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ([], "not a SQuAD file.*jsonl"),
        ({"text": "x"}, "not a SQuAD file"),
        ({"data": [{"title": "A", "paragraphs": [{}]}]}, "context"),
        ({"data": [{"paragraphs": [{"context": "\ud83d", "qas": []}]}]}, "surrogate"),
        ({"data": [{"paragraphs": [{"context": "a\0b", "qas": []}]}]}, "NUL"),
    ],
)
def test_other_json_says_where_it_differs(tmp_path: Path, data: Any, what: str) -> None:
    with pytest.raises(UnreadableFile, match=what):
        squad(tmp_path, data)


@pytest.mark.parametrize(
    "text", ["{", '{"data": [', "[" * 100_000, "1" * 5000, "no json"]
)
def test_what_is_no_json_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="not JSON"):
        read(tmp_path / "a.json")
