"""Passage text can do nothing to a terminal; progress is told to people and to logs."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.management import terminal
from answers.management.terminal import UNSAFE, Progress, safe


def test_ordinary_text_of_any_script_stays_as_it_is() -> None:
    text = "Ça va ? 東京 שלום 👩🏽‍🔬 naïve"
    assert safe(text) == text


def test_lines_become_one() -> None:
    assert safe("one\ntwo\t three\n\nfour") == "one two three four"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),  # would clear the screen
        ("\x9b2J", r"\x9b2J"),  # the same in one character
        ("a\rb", r"a\x0db"),  # would overwrite the line
        ("\x07", r"\x07"),
        ("exe\u202egpj", r"exe\u202egpj"),  # would be read as exejpg
        ("\u2066x\u2069", r"\u2066x\u2069"),
    ],
)
def test_control_characters_are_spelled_out(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_nothing_unsafe_is_ever_left(text: str) -> None:
    assert UNSAFE.search(safe(text)) is None


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "BAR_SECONDS", 0)
    stream = Terminal()
    with Progress("Reading", 4, stream) as progress:
        for _ in range(2):
            progress.step()
    assert "█" * 12 + "░" * 12 + " Reading 2/4" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_log_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "LINE_SECONDS", 0)
    stream = StringIO()
    with Progress("Reading", 2, stream) as progress:
        progress.step()
        progress.step()
    assert stream.getvalue().splitlines() == [
        "Reading 1/2, 0 s left",
        "Reading 2/2, 0 s left",
    ]


def test_what_is_done_at_once_is_not_told() -> None:
    stream = StringIO()
    with terminal.Progress("Reading", 2, stream) as progress:
        progress.step()
    assert stream.getvalue() == ""
