"""Selections of a browser, in UTF-16 units of text nodes, made code points."""

import time
from dataclasses import dataclass

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from answers.reviewing import Refused
from answers.reviewing.selecting import (
    LONGEST_SEGMENT,
    Mark,
    Place,
    Segment,
    Selected,
    resolve,
    segments,
)

FAMILY = "👨‍👩‍👧‍👦"
TROUBLE = (
    "a b\n e\u0301 o\u0323\u0302 👩🏽‍🔬 🇸🇹🇩🇪🇫 ✌️ 1️⃣ שָׁלוֹם क्षि 한 각 "
    "\u1100\u1161 \u0600 \u00a0\u200b\u200d\u2028\ufeff \U00020000 "
)
characters = st.sampled_from([*TROUBLE, "\u0301", " ", "\n", "🇩", "\u200d", "x"])
texts = st.lists(characters, min_size=1, max_size=60).map("".join)


@dataclass
class Browser:
    """A page that holds a passage, and what a browser makes of a selection in it."""

    text: str
    shown: list[Segment]

    def units(self) -> int:
        return sum(len(utf16(segment.text)) // 2 for segment in self.shown)

    def place(self, unit: int, *, late: bool) -> Place:
        """Where the unit lies; on a border of segments at the end of the one before,
        or `late` at the beginning of the one after: browsers do either.
        """
        for segment in self.shown:
            length = len(utf16(segment.text)) // 2
            if unit < length or (unit == length and not late):
                return Place(segment.number, unit)
            unit -= length
        last = self.shown[-1]
        return Place(last.number, len(utf16(last.text)) // 2)

    def quoted(self, start: int, end: int) -> str:
        """What `Range.toString()` gives, as it arrives: no half of a pair survives."""
        units = utf16(self.text)[2 * start : 2 * end]
        return units.decode("utf-16-le", "replace")

    def select(self, start: int, end: int, *, late: bool = True) -> Selected:
        return resolve(
            self.text,
            self.place(start, late=late),
            self.place(end, late=not late),
            self.quoted(start, end),
        )


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def browser(text: str, *marks: tuple[int, int]) -> Browser:
    named = [Mark(*mark, name=str(number)) for number, mark in enumerate(marks)]
    return Browser(text, segments(text, named))


def select(text: str, quote: str, *marks: tuple[int, int]) -> Selected:
    """Select the first place where the text holds the quote, as a browser would."""
    begin = text.index(quote)
    start = len(utf16(text[:begin])) // 2
    return browser(text, *marks).select(start, start + len(utf16(quote)) // 2)


def borders(text: str) -> set[int]:
    return {0, *(grapheme.end() for grapheme in regex.finditer(r"\X", text))}


# -- segments ------------------------------------------------------------------------


def test_segments_begin_and_end_with_the_marks() -> None:
    shown = segments("one two three", [Mark(4, 7, "1"), Mark(6, 13, "2")])
    assert [(one.number, one.text, one.marks) for one in shown] == [
        (0, "one ", ()),
        (4, "tw", ("1",)),
        (6, "o", ("1", "2")),
        (7, " three", ("2",)),
    ]


def test_a_long_text_is_cut_after_words() -> None:
    shown = segments("word " * 5000)
    assert "".join(one.text for one in shown) == "word " * 5000
    assert all(len(one.text) <= LONGEST_SEGMENT for one in shown)
    assert all(one.text.endswith("word ") for one in shown)


def test_an_emoji_is_not_torn_by_a_cut() -> None:
    shown = segments(f"x{FAMILY}y" * 900)
    assert len(shown) > 1
    assert all(borders(f"x{FAMILY}y" * 900) >= {one.number} for one in shown)


@given(texts, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=5))
def test_segments_joined_are_the_text(text: str, places: list[tuple[int, int]]) -> None:
    marks = [
        Mark(start, min(start + length, len(text)), str(start))
        for start, length in places
        if start < len(text)
    ]
    shown = segments(text * 100, marks)
    assert "".join(one.text for one in shown) == text * 100
    at = 0
    for one in shown:
        assert one.number == at
        assert 0 < len(one.text) <= LONGEST_SEGMENT
        assert set(one.marks) == {
            mark.name for mark in marks if mark.start <= at < mark.end
        }
        at += len(one.text)


def test_no_text_has_no_segments() -> None:
    assert segments("") == []


# -- what was selected ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("Tea for three minutes.", "three minutes", (8, 21)),
        ("Tea for three minutes.", " three minutes", (8, 21)),
        ("Tea for three minutes.\n", "minutes.\n", (14, 22)),
        (f"The {FAMILY} eats.", f"{FAMILY} eats", (4, 16)),
        (f"The {FAMILY} eats.", "👨", (4, 11)),  # a part of it: all of it
        ("Ana\u0308is", "a\u0308", (2, 4)),
        ("Ana\u0308is", "Ana", (0, 4)),  # the mark that goes with the letter
        ("Ana\u0308is", "\u0308i", (2, 5)),
        ("🇸🇹🇩🇪🇫🇷", "🇹🇩", (0, 4)),
        ("שלום עולם", "עולם", (5, 9)),
        ("💩💩 red", "red", (3, 6)),
    ],
)
def test_what_was_selected_in_code_points(
    text: str, quote: str, expected: tuple[int, int]
) -> None:
    for marks in ((), ((0, 3),), ((1, 2), (2, 4))):
        found = select(text, quote, *marks)
        assert (found.start, found.end) == expected
        assert found.text == text[slice(*expected)]


def test_the_second_of_two_equal_texts_is_the_second() -> None:
    page = browser("💩 red, then red, then red again", (2, 5))
    assert page.select(13, 16) == Selected(12, 15, "red")


@given(texts, st.data())
def test_any_selection_of_a_browser_is_found(text: str, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    pairs = zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
    page = browser(text, *(pair for pair in pairs if pair[0] < pair[1]))
    start = data.draw(st.integers(0, page.units() - 1))
    end = data.draw(st.integers(start + 1, page.units()))
    late = data.draw(st.booleans())
    low = len(utf16(text)[: 2 * start].decode("utf-16-le", "ignore"))
    high = len(text) - len(utf16(text)[2 * end :].decode("utf-16-le", "ignore"))
    low = max(at for at in borders(text) if at <= low)
    high = min(at for at in borders(text) if at >= high)
    if not text[low:high].strip():
        with pytest.raises(Refused, match="blanks"):
            page.select(start, end, late=late)
        return

    found = page.select(start, end, late=late)

    assert found.text == text[found.start : found.end]
    assert low <= found.start < found.end <= high
    assert {found.start, found.end} <= borders(text)
    assert not text[low : found.start].strip()
    assert not text[found.end : high].strip()
    graphemes = regex.findall(r"\X", found.text)
    assert graphemes[0].strip()
    assert graphemes[-1].strip()


@given(texts, st.data())
def test_another_quote_is_refused(text: str, data: st.DataObject) -> None:
    page = browser(text)
    start = data.draw(st.integers(0, page.units() - 1))
    end = data.draw(st.integers(start + 1, page.units()))
    said = page.quoted(start, end)
    for wrong in (said + "x", said[1:], "", said + said):
        with pytest.raises(Refused, match="not what the passage says"):
            resolve(
                text, page.place(start, late=True), page.place(end, late=False), wrong
            )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (Place(0, 3), Place(0, 3)),
        (Place(0, 5), Place(0, 3)),
        (Place(-4, 1), Place(0, 3)),
        (Place(0, -1), Place(0, 3)),
        (Place(0, 0), Place(0, 99)),
        (Place(0, 0), Place(99, 0)),
        (Place(99, 0), Place(99, 1)),
        (Place(0, 0), Place(0, 10**12)),
    ],
)
def test_places_that_are_not_there_are_refused(start: Place, end: Place) -> None:
    with pytest.raises(Refused, match="not what the passage says"):
        resolve("Tea for three.", start, end, "Tea")


def test_blanks_alone_are_refused() -> None:
    with pytest.raises(Refused, match="blanks"):
        select("one \n\n two", " \n\n ")


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "\n" * 500_000 + "x" + "\n" * 500_000,
        "e" + "\u0301" * 1_000_000,
        "🇩" * 1_000_001,
        ("🇩" * 999 + "\u200d") * 1000,
        ("क\u094d" * 500_000),
        FAMILY * 140_000,
    ],
    ids=["words", "line-feeds", "accents", "flags", "joined-flags", "conjunct", "ZWJ"],
)
def test_a_million_characters_take_no_time(text: str) -> None:
    began = time.process_time()
    page = browser(text)
    units = page.units()
    resolve(text, Place(0, 0), Place(0, units), text)
    middle = len(utf16(text[: len(text) // 2 + 1])) // 2
    page.select(middle - 4, middle + 4)
    assert time.process_time() - began < 3  # seconds; 0.3 where nothing else runs
