"""Marked: "¶" where a line ends on purpose, "§" where a blank line follows as well."""

from time import thread_time

import pytest
from hypothesis import given

from answers.reader.lines import line_ends

from .texts import texts


def marked(text: str) -> str:
    for end, blank in reversed(list(line_ends(text))):
        text = text[:end] + ("§" if blank else "¶") + text[end:]
    return text


def unmarked(text: str) -> str:
    return text.replace("¶", "").replace("§", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "One line",
        "One line\n\n",
        "Payroll¶\nJakob Thiele¶\nPhone: 4423",
        "Payroll§\n\nJakob Thiele§\n \t\n\n  Phone",
        "- Monday¶\n- Tuesday¶\n- Wednesday",
        "Name | Since¶\nAmira Khoury | 2016",
        "| Name | Since |¶\n|---|---|\n| Amira | 2016 |¶\n| Leo | 2009 |",
        "Title¶\n=====\nText",
        "Payroll¶  \t\n Phone",
        "Payroll¶\r\nJakob§\r\n\r\nPhone",
        "Payroll¶\rJakob§\r\rPhone",
        "Payroll¶\u2028Jakob§\u2029\u2029Phone",
        "\n\nPayroll¶\nJakob",
        "**Aqua jogging**¶\nWednesday",
        "(as above)¶\nWednesday",
        "東京¶\n大阪",
        "2024-10-02 03:10:07 INFO [worker] Backup finished, 42 files¶\n"
        "2024-10-02 03:11:07 INFO [worker-xxxxxx] Login of user jk, attempts 7¶\n"
        "2024-10-02 03:12:07 INFO [worker-x] Connection closed after 95 s",
        "[14:02] Mia: The key of the storage room is in the drawer of Peter's desk¶\n"
        "[14:05] Jonas: Thanks! And the code of the alarm, since I am here alone",
        "[1] A. Berg and C. Dahl: On the tides of the northern seas, Bergen 1987¶\n"
        "[2] E. Falk: Tides, Oslo 1991",
        "Oct  2 03:14:07 nas01 sshd[2211]: Accepted publickey for backup from 10.0.0.7¶"
        "\nOct  2 03:14:09 nas01 systemd[1]: Started Session 41 of user backup",
    ],
)
def test_lines_of_lists_tables_and_titles_end_on_purpose(text: str) -> None:
    assert marked(unmarked(text)) == text


def test_a_line_of_prose_may_begin_with_a_time() -> None:
    text = (
        "The ferry to the island of Hallvik leaves from the northern pier at\n"
        "10:30 and takes two hours, unless the sea is rough; then it leaves at\n"
        "noon or not at all"
    )
    assert marked(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "It ends.",
        "Does it?",
        "It does!",
        "First;",
        "Phone:",
        "And so on…",
        "He said “so.”",
        "(It ends.)",
        "**Note:**",
        "終わり。",
        "終わり。」",
        "項目；",
        "انتهى؟",
        "أولا؛",
        "समाप्त।",
    ],
)
def test_punctuation_says_already_that_something_ends(line: str) -> None:
    assert marked(f"{line}\nNext") == f"{line}\nNext"
    assert marked(f"{line}\n\nNext") == f"{line}\n\nNext"


@pytest.mark.parametrize(
    "line", ["tea,", "茶、", "tea –", "com-", "tea (", "“", "(a,)"]
)
def test_after_these_the_line_goes_on(line: str) -> None:
    assert marked(f"{line}\nNext") == f"{line}\nNext"


PROSE = """\
Developers that use the GNU GPL protect your rights with two steps
by asserting copyright on the software, and offering you this License
giving you legal permission to copy, distribute and modify it under
The Same Terms as before, which is what the authors of the software
intend§

Next paragraph"""


def test_prose_that_an_editor_wrapped_goes_on() -> None:
    assert marked(unmarked(PROSE)) == PROSE


@pytest.mark.parametrize("indent", ["  ", "\t", "      "])
def test_so_does_prose_that_is_indented_as_a_whole(indent: str) -> None:
    lines = [indent + line if line else "" for line in PROSE.split("\n")]
    assert marked(unmarked("\n".join(lines))) == "\n".join(lines)
    begun_late = "\n".join(lines).lstrip()  # a passage is stripped
    assert marked(unmarked(begun_late)) == begun_late


def test_an_item_s_second_line_goes_on_and_the_next_item_does_not() -> None:
    text = """\
- Passwords need twelve characters now, as has been the rule
  Elsewhere for a long time and as the administrators wanted¶
- Backups are kept for sixty days instead of thirty, as said
Before in the minutes"""
    assert marked(unmarked(text)) == text


@pytest.mark.parametrize(
    "begin",
    ["- ", "* ", "• ", "1. ", "12) ", "(a) ", "iv) ", "| ", "# ", "> ", "Due: "],
)
def test_what_begins_with_a_marker_is_a_new_line(begin: str) -> None:
    line = "All that the members of the council have agreed on"
    assert marked(f"{line}\n{begin}Next thing") == f"{line}¶\n{begin}Next thing"
    assert marked(f"{line}\nNext thing") == f"{line}\nNext thing"


def test_a_line_that_had_room_for_the_next_word_ends_on_purpose() -> None:
    line = "All that the members of the council have agreed on"
    longer = f"{line} in the last year"
    assert marked(f"{line}\nThen\n{longer}") == f"{line}¶\nThen¶\n{longer}"
    assert marked(f"{line}\nthen\n{longer}") == f"{line}\nthen¶\n{longer}"


def test_where_most_lines_begin_small_a_line_with_room_goes_on_too() -> None:
    text = """\
copyright notice that is included in or attached to the work
(an example is provided in the appendix below) and everything that
is made of it whether in source form or in object form, as far as
it goes"""
    assert marked(text) == text


def test_in_wrapped_prose_a_new_item_is_a_new_line() -> None:
    text = """\
copyright notice that is included in or attached to the work as
it was given to you with all that belongs to it at that time¶
- Everything that was made of it whether in source form or in
object form¶
- as far as it goes"""
    assert marked(unmarked(text)) == text


def test_longer_than_any_editor_s_line_is_a_paragraph_of_its_own() -> None:
    line = "words " * 25 + "end"
    assert marked(f"{line}\nnext\n{line}") == f"{line}¶\nnext¶\n{line}"


@given(text=texts)
def test_ends_rise_and_stand_between_text_and_a_break(text: str) -> None:
    ends = [end for end, _ in line_ends(text)]
    assert ends == sorted(set(ends))
    for end in ends:
        assert not text[end - 1].isspace()
        assert text[end].isspace()
        assert text[end:].strip()


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 1_000_000,
        " \n" * 500_000,
        "a" + " " * 1_000_000 + "\nb",
        "a" + ")" * 1_000_000 + "\nb",
        "A a" * 330_000 + "\n" + "B-" * 500_000,
        ("x" * 60 + "\n") * 16_000,
        "| a | b |\n" * 100_000,
    ],
)
def test_a_megabyte_takes_no_noticeable_time(text: str) -> None:
    begun = thread_time()
    for _ in line_ends(text):
        pass
    assert thread_time() - begun < 3
