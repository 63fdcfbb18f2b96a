"""Plain text, and the encodings that any text may have."""

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import importing
from answers.importing import UnreadableFile, plain
from answers.importing.decoding import CHUNK
from answers.library import NewPassage
from tests.importing.making import LIMIT, read, words

FRENCH = "Une crème brûlée, c’est déjà très bon. Où est la forêt ? "
GERMAN = "Größe und Übermut tun selten gut. Die Straße ist naß. "
RUSSIAN = "Привет, как дела? Сегодня хорошая погода, и мы идём гулять в парк. "
CZECH = "Žluťoučký kůň úpěl ďábelské ódy, řekla včera paní učitelka. "
JAPANESE = "日本語のテキストです。今日は天気がいいので、公園へ行きました。"


def put(folder: Path, data: bytes | str, name: str = "Rye bread.txt") -> Path:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def test_plain_text_is_named_like_its_file(tmp_path: Path) -> None:
    file = put(tmp_path, "\nRye is dark.\n")
    assert read(file) == [NewPassage("Rye bread", "Rye is dark.")]


def test_short_paragraphs_stay_together_as_they_are_written(tmp_path: Path) -> None:
    text = "One.\n\nTwo 🙂 e\u0301.\n \n\nשלום, three."
    assert read(put(tmp_path, text)) == [NewPassage("Rye bread", text)]


def test_what_a_terminal_does_is_not_read(tmp_path: Path) -> None:
    manual = "\x1b[1mNAME\x1b[22m\n  man \x1b[38;5;4m-k\x1b[0m\n\nS\bSE\bEE\bE _\bl_\bs"
    (found,) = read(put(tmp_path, manual))
    assert found == NewPassage("NAME", "man -k\n\nSEE ls", section="Rye bread › NAME")


def sections(folder: Path, text: str) -> list[tuple[str, str]]:
    return [(item.section or item.title, item.text) for item in read(put(folder, text))]


def test_underlined_lines_and_lines_in_capitals_are_headings(tmp_path: Path) -> None:
    text = """\
On baking.

Rye
===

Dark it is.

Dough
-----
Sour.

++++++++
 In tins
++++++++

Brown.

STORING
Keep it dry.

IN A BOX

Or so.
"""
    assert sections(tmp_path, text) == [
        ("Rye bread", "On baking."),
        ("Rye bread › Rye", "Dark it is."),
        ("Rye bread › Rye › Dough", "Sour."),
        ("Rye bread › Rye › Dough › In tins", "Brown."),
        ("Rye bread › Rye › STORING", "Keep it dry."),
        ("Rye bread › Rye › IN A BOX", "Or so."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Name  Phone\n-----------\nAnna  12",  # a table
        "Name | Phone\n---- | -----\nAnna | 12",
        "Sums\n====================================\nText",  # a ruler
        "12\n--\n13",
        "====\nText\n",
        "THERE IS NO WARRANTY FOR THE PROGRAM, TO THE EXTENT\nPERMITTED BY LAW.\n\nx",
        "BEWARE OF THE DOG.\n\nIt bites.",
        "USA\nCanada",
        "GB-110-4411\nA can",
        "- ALSO THIS\nText",
        "One line\n\nAND LAST",  # nothing under it
        "THE TIME MACHINE\n\nBY H. G. WELLS\nI said",
        "東京都庁\n新宿",
        "\n\n".join("ROMEO\nO that I were!" for _ in range(3)),  # a speaker
    ],
)
def test_no_word_is_lost_to_what_may_be_no_heading(tmp_path: Path, text: str) -> None:
    told = " ".join(f"{item.title} {item.text}" for item in read(put(tmp_path, text)))
    assert set(text.split()) <= set(told.split())
    if "MACHINE" not in text:
        assert sections(tmp_path, text) == [("Rye bread", text.strip())]


def test_long_texts_are_cut_between_paragraphs(tmp_path: Path) -> None:
    text = "\n\n".join(words(100, f"w{letter}") for letter in "abcdefg")
    found = read(put(tmp_path, text))
    assert [len(item.text.split()) for item in found] == [300, 300, 100]
    assert [item.title for item in found] == [
        "Rye bread",
        "Rye bread (2)",
        "Rye bread (3)",
    ]
    assert "\n\n".join(item.text for item in found) == text


def test_lines_end_alike_after_import(tmp_path: Path) -> None:
    assert read(put(tmp_path, "a\r\nb\r\n\r\nc"))[0].text == "a\nb\n\nc"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_unicode_is_read_in_every_spelling(tmp_path: Path, encoding: str) -> None:
    text = "Grüße, 🙂 and plain words"
    data = text.encode(encoding)
    assert read(put(tmp_path, data)) == [NewPassage("Rye bread", text)]


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        (FRENCH, "cp1252", "Windows-1252"),
        (GERMAN, "latin-1", "Windows-1252"),
        ("He said “hello” – don’t go. It costs 5 €. ", "cp1252", "Windows-1252"),
        (RUSSIAN, "cp1251", "Windows-1251"),
        (CZECH, "cp1250", "Windows-1250"),
        (JAPANESE, "shift_jis", "CP932"),
    ],
)
@pytest.mark.parametrize("times", [1, 30])
def test_other_encodings_are_guessed_and_the_guess_is_told(
    tmp_path: Path, text: str, encoding: str, shown: str, times: int
) -> None:
    data = (text * times).encode(encoding)
    opened = importing.read(put(tmp_path, data), limit=LIMIT)
    found = " ".join(item.text for item in opened)
    assert "".join(found.split()) == "".join((text * times).split())
    assert len(opened.notes) == 1
    assert f"read as {shown}" in opened.notes[0]


def test_of_unicode_nothing_is_noted(tmp_path: Path) -> None:
    opened = importing.read(put(tmp_path, GERMAN), limit=LIMIT)
    assert list(opened)
    assert opened.notes == []


def test_a_letter_far_behind_tells_the_encoding(tmp_path: Path) -> None:
    data = (words(30_000) + "\n\n").encode() + GERMAN.encode("cp1252")
    assert read(put(tmp_path, data))[-1].text.endswith("naß.")


def test_damaged_utf8_is_not_guessed_at(tmp_path: Path) -> None:
    data = GERMAN.encode() * 50 + b"\xff" + GERMAN.encode() * 50
    with pytest.raises(UnreadableFile, match="UTF-8, but damaged at byte"):
        read(put(tmp_path, data))


@pytest.mark.parametrize("data", [b"a\0b", b"x" * 100_000 + b"\0"])
def test_nul_is_no_text(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"not text|NUL"):
        read(put(tmp_path, data))


def test_noise_is_no_text(tmp_path: Path) -> None:
    data = bytes(range(1, 256)) * 40
    with pytest.raises(UnreadableFile, match="not text"):
        read(put(tmp_path, data, "noise.md"))


@given(
    st.lists(st.sampled_from(["word ", "e\u0301🙂 ", "\n", "\n\n", "  \n \n\n", "x. "]))
)
def test_paragraphs_join_to_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    found = list(plain.paragraphs(StringIO(text)))
    joined = "".join(item.gap + item.text for item in found)
    assert joined.strip() == text.strip()
    assert all("\n\n" not in item.text for item in found)


def test_paragraphs_are_found_across_the_borders_of_what_is_read_at_once() -> None:
    for blank in range(4):
        filler = "x" * (CHUNK - blank)
        found = list(plain.paragraphs(StringIO(f"{filler}\n\n\nafter")))
        assert [item.text for item in found] == [filler, "after"]


def test_a_text_without_any_blank_line_is_not_held_whole() -> None:
    text = "word " * (plain.MOST_HELD // 2)
    found = list(plain.paragraphs(StringIO(text)))
    assert max(len(item.text) for item in found) <= plain.MOST_HELD + CHUNK
    assert "".join(item.gap + item.text for item in found) == text.strip()
