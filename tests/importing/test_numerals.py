"""Numbers of lists, in the letters that they are counted with."""

import pytest

from answers.importing.numerals import is_raised, numeral, raised


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (3, "decimal", "3"),
        (3, "lowerLetter", "c"),
        (26, "upperLetter", "Z"),
        (27, "lowerLetter", "27"),
        (0, "lowerLetter", "0"),
        (1994, "upperRoman", "MCMXCIV"),
        (4, "lowerRoman", "iv"),
        (4000, "lowerRoman", "4000"),
        (-1, "upperRoman", "-1"),
    ],
)
def test_a_number_is_written_as_its_list_counts(
    number: int, kind: str, expected: str
) -> None:
    assert numeral(number, kind) == expected


@pytest.mark.parametrize("text", ["st", "", "[1]", "1,2", "12345", "²"])
def test_only_numbers_are_raised(text: str) -> None:
    assert not is_raised(text)


def test_exponents_have_signs() -> None:
    assert is_raised("-12")
    assert raised("-12") == raised("−12") == "⁻¹²"
