"""Long texts are cut where they pause, and lose nothing but the pause."""

from hypothesis import given
from hypothesis import strategies as st

from answers.importing.parts import in_parts
from answers.library import NewPassage


def cut(text: str, limit: int) -> list[str]:
    return [part.text for part in in_parts(NewPassage("T", text), limit=limit)]


def test_a_text_within_the_limit_is_one_part() -> None:
    assert cut("12345", 5) == ["12345"]


def test_parts_are_numbered_from_the_second() -> None:
    parts = in_parts(NewPassage("Tea", "one\n\ntwo\n\nsix"), limit=5)
    assert [part.title for part in parts] == ["Tea", "Tea (2)", "Tea (3)"]


def test_paragraphs_come_before_lines_sentences_and_words() -> None:
    assert cut("A b. C.\n\nD e.\nF g.", 14) == ["A b. C.", "D e.\nF g."]
    assert cut("A b. C.\nD e. F g.", 14) == ["A b. C.", "D e. F g."]
    assert cut("Ab c. De f. Gh i. J", 14) == ["Ab c. De f.", "Gh i. J"]
    assert cut("abc def ghi jkl", 12) == ["abc def ghi", "jkl"]


def test_a_text_without_pauses_is_cut_between_graphemes() -> None:
    family = "👩‍👩‍👧"
    assert cut(family * 3, 12) == [family * 2, family]


def test_a_pause_right_at_the_limit_counts() -> None:
    assert cut("abcde fghij", 5) == ["abcde", "fghij"]


@given(st.text(alphabet="ab .\né\u0301👩🏽\u200d", max_size=200), st.integers(2, 40))
def test_no_part_is_too_long_and_no_letter_is_lost(text: str, limit: int) -> None:
    parts = cut(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
