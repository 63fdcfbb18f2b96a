"""Two versions of a text, word by word."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.comparing import KEPT_AROUND, Stretch, compare

TEXTS = st.text(alphabet="ab \n.é👩🏽‍🔬日本", max_size=60)
LONG = 100_000  # code points: the longest passage


def shown(old: str, new: str, **options: tuple[int, int]) -> list[str]:
    signs = {"same": "", "removed": "-", "added": "+"}
    return [
        f"{signs[s.kind]}{'[' if s.marked else ''}{s.text}"
        for s in compare(old, new, **options)
    ]


def old_of(stretches: list[Stretch]) -> str:
    return "".join(s.text for s in stretches if s.kind != "added")


def new_of(stretches: list[Stretch]) -> str:
    return "".join(s.text for s in stretches if s.kind != "removed")


def test_a_changed_word_stands_between_what_is_the_same() -> None:
    assert shown("Brew for three minutes.", "Brew for four minutes.") == [
        "Brew for ",
        "-three",
        "+four",
        " minutes.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("a", "a", ["a"]),
        ("", "new", ["+new"]),
        ("old", "", ["-old"]),
        ("one two", "two", ["-one ", "two"]),
        ("one", "one two", ["one", "+ two"]),
        ("a b c d", "a x y d", ["a ", "-b c", "+x y", " d"]),
        ("don't stop", "don’t stop", ["don", "-'", "+’", "t stop"]),
        ("東京は雨", "東京は晴", ["東京は", "-雨", "+晴"]),
        ("שלוש דקות", "ארבע דקות", ["-שלוש", "+ארבע", " דקות"]),
        ("a👩🏽‍🔬", "a👩🏽‍🚀", ["a", "-👩🏽‍🔬", "+👩🏽‍🚀"]),
        ("cafe\u0301", "cafe", ["-cafe\u0301", "+cafe"]),
    ],
)
def test_the_smallest_readable_change(old: str, new: str, expected: list[str]) -> None:
    assert shown(old, new) == expected


def test_words_that_moved_are_found_around_what_stayed() -> None:
    old = "The cat sat. The dog ran. The end."
    new = "The dog ran. The cat sat. The end."
    stretches = compare(old, new)
    assert {"The ", "."} & {s.text for s in stretches if s.kind == "same"}
    assert (old_of(stretches), new_of(stretches)) == (old, new)


def test_the_mark_of_an_answer_is_cut_out() -> None:
    start = len("Brew for ")
    assert shown(
        "Brew for three minutes.", "Brew for four minutes.", marked=(start, start + 13)
    ) == ["Brew for ", "-[three", "+four", "[ minutes", "."]


@given(TEXTS, TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_nothing_is_lost_and_nothing_is_made_up(
    old: str, new: str, start: int, length: int
) -> None:
    start, end = min(start, len(old)), min(start + length, len(old))
    stretches = compare(old, new, marked=(start, end))
    assert (old_of(stretches), new_of(stretches)) == (old, new)
    assert "".join(s.text for s in stretches if s.marked) == old[start:end]
    assert all(s.text for s in stretches)


def test_long_unchanged_stretches_are_folded_around_the_change() -> None:
    words = " ".join(f"word{n}" for n in range(300))
    stretches = compare(f"{words} old {words}", f"{words} new {words}")
    folded = [s for s in stretches if s.folded]
    assert [s.kind for s in folded] == ["same", "same"]
    assert stretches[0].folded
    assert stretches[-1].folded
    near = [s.text for s in stretches if s.kind == "same" and not s.folded]
    assert all(KEPT_AROUND / 2 < len(text) < KEPT_AROUND * 2 for text in near)
    assert old_of(stretches) == f"{words} old {words}"


def test_a_mark_is_never_folded_away() -> None:
    text = " ".join(f"word{n}" for n in range(300))
    start = text.index("word150")
    stretches = compare(text, f"{text} more", marked=(start, start + 7))
    assert [(s.text, s.folded) for s in stretches if s.marked] == [("word150", False)]


def hard(kind: str) -> tuple[str, str]:
    chance = random.Random(4)
    many = [f"{chance.randrange(5000):x}" for _ in range(LONG // 5)]
    few = [chance.choice("abc") for _ in range(LONG // 2)]
    chain = [f"w{n // 2 if n % 2 else n // 2 + 2}" for n in range(LONG // 7)]
    junk = [f"{word} j{n}" for n, word in enumerate(chain)]
    other = [f"{word} k{n}" for n, word in enumerate(chain)]
    return {
        "every second word": (" ".join(many), " x ".join(many[::2])),
        "shuffled": (" ".join(many), " ".join(chance.sample(many, len(many)))),
        "few words": (" ".join(few), " ".join(few[::-1])),
        "anchors one by one": (" ".join(junk), " ".join(other)),
        "no words": ("." * LONG, ", " * (LONG // 2)),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["every second word", "shuffled", "few words", "anchors one by one", "no words"],
)
def test_the_longest_texts_take_no_time(kind: str) -> None:
    old, new = hard(kind)
    began = time.process_time()
    stretches = compare(old[:LONG], new[:LONG])
    assert time.process_time() - began < 5  # about 0.5 s; runners are slow
    assert (old_of(stretches), new_of(stretches)) == (old[:LONG], new[:LONG])
