"""Offsets in each unit recover the quote."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from answers import citing
from tests.citing.exported import texts


@st.composite
def places(draw: Any) -> tuple[str, int, int]:
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@given(places())
def test_each_unit_recovers_the_quote(place: tuple[str, int, int]) -> None:
    text, start, end = place
    quote = text[start:end]
    at = citing.offsets_of(text, start, end)
    assert text[at.code_points.start : at.code_points.end] == quote
    utf16 = text.encode("utf-16-le")
    units = utf16[2 * at.utf16_units.start : 2 * at.utf16_units.end]
    assert units.decode("utf-16-le") == quote
    utf8 = text.encode()[at.utf8_bytes.start : at.utf8_bytes.end]
    assert utf8.decode() == quote


def test_the_three_units_differ_behind_an_emoji() -> None:
    at = citing.offsets_of("💩 é tea", 4, 7)
    assert (at.code_points.start, at.code_points.end) == (4, 7)
    assert (at.utf16_units.start, at.utf16_units.end) == (5, 8)
    assert (at.utf8_bytes.start, at.utf8_bytes.end) == (8, 11)
