"""Each format in the registry makes passages of its files."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from answers import importing, squad
from answers.importing import FORMATS, UnreadableFile
from answers.library import NewPassage

DEMO = settings.BASE_DIR / "answers" / "demo"


def read(path: Path, limit: int = 1000) -> list[NewPassage]:
    return list(importing.read(path, limit=limit))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_plain_text_is_named_like_its_file(tmp_path: Path) -> None:
    file = write(tmp_path / "Rye bread.txt", "\nRye is dark.\n")
    assert read(file) == [NewPassage("Rye bread", "Rye is dark.")]


def test_a_suffix_in_capitals_is_the_same_format(tmp_path: Path) -> None:
    assert read(write(tmp_path / "A.TXT", "x")) == [NewPassage("A", "x")]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "bom.txt"
    file.write_bytes(b"\xef\xbb\xbfText")
    assert read(file) == [NewPassage("bom", "Text")]


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("# Tea\n\nHot.\n\n# More\n", "Tea", "Hot.\n\n# More"),
        ("\n\n#  Tea #\r\nHot.", "Tea", "Hot."),
        ("# C#\n\nA language.", "C", "A language."),
        ("Hot.\n\n# Tea\n", "file", "Hot.\n\n# Tea"),
        ("## Second level\nText", "file", "## Second level\nText"),
        ("#hashtag\nText", "file", "#hashtag\nText"),
        ("# \nText", "file", "# \nText"),
    ],
)
def test_a_first_heading_names_markdown(
    tmp_path: Path, text: str, title: str, rest: str
) -> None:
    file = tmp_path / "file.md"
    file.write_bytes(text.encode())
    assert read(file) == [NewPassage(title, rest)]


def test_each_paragraph_of_squad_is_a_passage(tmp_path: Path) -> None:
    paragraphs = [{"context": " One \n", "qas": []}, {"context": "Two", "qas": []}]
    data = {"data": [{"title": "A_b", "paragraphs": paragraphs}]}
    file = write(tmp_path / "s.json", json.dumps(data))
    assert read(file) == [NewPassage("A b", " One \n"), NewPassage("A b (2)", "Two")]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_says_what_is_wrong_with_other_bytes(
    tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile):
        read(file)


def test_the_demo_passages_are_the_contexts_of_its_questions() -> None:
    """Else an answer of the demo library could not be compared with its gold."""
    texts = {
        passage.text
        for file in sorted((DEMO / "passages").glob("*.md"))
        for passage in importing.read(file, limit=settings.PASSAGE_CHARACTERS)
    }
    articles = squad.load(DEMO / "questions.json")
    contexts = {item.text for article in articles for item in article.paragraphs}
    assert len(texts) >= 40
    assert contexts <= texts
