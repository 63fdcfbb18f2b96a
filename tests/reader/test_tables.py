"""Cells and the heads they stand under."""

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.reader.tables import head_above, heads

from .texts import texts


def read(text: str) -> list[str]:
    """The table as forms are written."""
    return [f"{head.words}: {cell.words}" for cell, head in heads(text)]


FARES = ["Adult: 2.40", "Student: 1.90", "Adult: 7", "Student: 6"]


@pytest.mark.parametrize(
    "text",
    [
        "| Ticket | Adult | Student |\n|---|---:|---|\n| One | 2.40 | 1.90 |\n"
        "| Day | 7 | 6 |",
        "|Ticket|Adult|Student|\n|---|---|---|\n|One|2.40|1.90|\n|Day|7|6|",
        "Ticket | Adult | Student\n--- | --- | ---\nOne | 2.40 | 1.90\nDay | 7 | 6",
        "Ticket | Adult | Student\nOne | 2.40 | 1.90\nDay | 7 | 6",
        "Fares\nTicket | Adult | Student\nOne | 2.40 | 1.90\nDay | 7 | 6\nFrom May.",
        "Ticket\tAdult\tStudent\r\nOne\t2.40\t1.90\r\nDay\t7\t6",
        "Ticket  Adult  Student\nOne      2.40     1.90\nDay      7        6",
        "Ticket  Adult  Student\n======================\nOne     2.40   1.90\n"
        "Day     7      6",
        "+------+-----+-------+\n| Ticket | Adult | Student |\n+=====+=====+=====+\n"
        "| One | 2.40 | 1.90 |\n+------+-----+-------+\n| Day | 7 | 6 |\n+-----+",
        # Without the corner: a line loses the blanks around it, and a bar does not.
        "| | Adult | Student |\n|---|---|---|\n| One | 2.40 | 1.90 |\n| Day | 7 | 6 |",
        "| Adult | Student\nOne | 2.40 | 1.90\nDay | 7 | 6",
        "\tAdult\tStudent\nOne\t2.40\t1.90\nDay\t7\t6",
        "      Adult  Student\nOne    2.40     1.90\nDay    7        6",
    ],
)
def test_a_cell_stands_under_the_head_of_its_column(text: str) -> None:
    assert read(text) == FARES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One line",
        "Adult | 2.40",
        "Adult | 2.40\nStudent | 1.90\nChild | 1.10",  # names and their values
        "| Ticket | Price |\n|---|---|\n| One | 2.40 |\n| Day | 7 |",
        "Anna | 12 | 2.04\nBen | 13 | 2.05\nCarl | 14 | 2.06",  # no heads
        "09:00 | Opening | Hall 1\n10:00 | Peat | Hall 2\n11:00 | Soil | Hall 1",
        "Anna | 12 years | Rome\nBen | 13 years | Bonn\nCarl | 14 years | Oslo",
        "Ticket | Adult | Student",
        "Ticket | Adult | Student\nOne | 2.40 | 1.90",  # two lines are no table yet
        "| Ticket | Adult | Student |\n|---|---|---|",
        "Ticket | Adult |  | Child\nOne | 2.40 | 1 | 2\nDay | 7 | 6 | 3",
        "Ticket | Adult | Student\n\nOne | 2.40 | 1.90\nDay | 7 | 6",
        "|\n|\n|",
        "|||\n|---|---|\n|||",
        "----\n----",
        f"Ticket | Adult | {'x' * 41}\nOne | 2.40 | 1.90\nDay | 7 | 6",
    ],
)
def test_what_has_no_heads_gets_none(text: str) -> None:
    assert read(text) == []


def test_numbers_may_be_heads_above_a_ruler() -> None:
    years = "| | 2023 | 2024 |\n|---|---|---|\n| Costs | 4 | 5 |"
    assert read(years) == ["2023: 4", "2024: 5"]
    assert read(years.replace("|---|---|---|\n", "")) == []


def test_words_below_words_are_taken_for_a_table_with_heads() -> None:
    table = "Light | Colour | Means\nPower | green | ready\nPaper | red | empty"
    assert read(table)[:2] == ["Colour: green", "Means: ready"]


def test_numbers_end_where_their_head_ends_and_words_begin_with_it() -> None:
    slip = """\
Pos  Art. no.  Description               Ordered  Shipped  Crate
----------------------------------------------------------------
1    GB-1104   Watering can 5 l, green        12       10  A
10   GB-9001   Rain barrel                     7        0  -"""
    assert read(slip) == [
        "Art. no.: GB-1104",
        "Description: Watering can 5 l, green",
        "Ordered: 12",
        "Shipped: 10",
        "Crate: A",
        "Art. no.: GB-9001",
        "Description: Rain barrel",
        "Ordered: 7",
        "Shipped: 0",
    ]


def test_a_bar_may_be_a_cell_in_columns_made_of_blanks() -> None:
    stops = (
        "Stop  S 1    S 2\nOld    7:01   9:03\nMill      |   9:11\nNew    7:20      |"
    )
    times = ["S 1: 7:01", "S 2: 9:03", "S 2: 9:11", "S 1: 7:20"]
    assert read(stops) == times
    assert read("Fares  2024\nTicket | Adult  | Child\nOne    | 2      | 1") == []
    table = "Ticket | Adult  | Child\nOne    | 2.40   | 1.90\nDay    | 7      | 6"
    assert [each.split()[-1] for each in read(f"Fares  2024\n{table}")] == [
        each.split()[-1] for each in FARES
    ]


def test_a_row_that_does_not_fit_is_left_out_alone() -> None:
    table = "Ticket | Adult | Student\nOne | 2.40 | 1.90\nDay | 7 | 6 | 5\nYear | 9 | 8"
    assert read(table) == [*FARES[:2], "Adult: 9", "Student: 8"]
    short = "Ticket | Adult | Student\nOne | 2.40 | 1.90\nDay | 7"
    assert read(short) == FARES[:3]
    gap = "Ticket | Adult | Student\nOne | 2.40 | 1.90\n | 7 | 6"
    assert read(gap) == FARES
    apart = (
        "Ticket  Adult  Student\nOne      2.40     1.90\nOnly on days after 1 May  7"
    )
    assert read(apart) == FARES[:2]


def test_an_escaped_bar_is_part_of_its_cell() -> None:
    table = "| A | B | C |\n|---|---|---|\n| a \\| b | c | d |"
    assert read(table) == ["B: c", "C: d"]


@given(part=texts, between=st.sampled_from([" | ", "\t", "   "]))
def test_cells_and_heads_are_pieces_of_the_text_in_its_order(
    part: str, between: str
) -> None:
    rows = ["ABC", "x12", ["y", part, "3"], ["z", "4", part]]
    names, *body = (between.join(row) for row in rows)
    text = "\n".join([part, "", names, "-----", *body])
    found = list(heads(text))
    assert [cell.words for cell, _ in found][:2] == ["1", "2"]
    for cell, head in found:
        assert text[cell.start : cell.end] == cell.words == cell.words.strip() != ""
        assert text[head.start : head.end] == head.words
        assert head.end < cell.start
    starts = [cell.start for cell, _ in found]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    "text",
    [
        "-" * 200_000 + "x",
        "- " * 100_000 + "x",
        "| " * 100_000,
        "a | " * 50_000,
        "a  " * 60_000 + "\n" + "a  " * 6_000,
        "a\t" * 100_000 + "\n" + "1\t" * 100_000,
        "a | b | c\n" * 20_000,
        "a | b | c\n---|---|---\n" + "1 | 2 | 3\n" * 20_000,
        "a  b  c\n" + "1  2  3\n" * 20_000,
        "a  b  c\n" + ("1  " * 1000 + "\n") * 60,
        ("a  " * 40 + "\n") * 1_600,
        "a | b | c\n" + "(" * 200_000 + " | 2 | 3\n" * 2,
    ],
)
def test_a_long_text_takes_no_noticeable_time(text: str) -> None:
    begun = thread_time()
    for _ in heads(text):
        pass
    assert thread_time() - begun < 3


@pytest.mark.parametrize(
    ("before", "after", "above"),
    [
        ("A | B\n---|---\n1 | 2\n", "3 | 4\n5 | 6", "A | B\n---|---"),
        ("| A | B |\n|---|---|\n| 1 | 2 |", "| 3 | 4 |", "| A | B |\n|---|---|"),
        ("Fares\nTicket\tEuro\nOne\t2.40", "Day\t7", "Ticket\tEuro"),
        ("Fares\n\n  Ticket  Euro\n  One     2.40", "  Day     7", "  Ticket  Euro"),
        ("        Adult  Student\nOne      2.40     1.90", "Day      7        6", None),
        ("A | B\n---|---\n1 | 2\n3 | 4", "5 | 6 | 7", ""),
        ("A | B\n---|---\n1 | 2", "And so it goes.\n5 | 6", ""),
        ("A | B\n---|---\n1 | 2", "3\t4", ""),
        ("A | B\n---|---\n1 | 2\nAnd so it goes.", "3 | 4", ""),
        ("A | B\n---|---\n1 | 2\n\nAnd so it goes.", "3 | 4", ""),
        ("Anna | 12\nBen | 13", "Carl | 14", ""),
        ("A | B", "1 | 2", ""),
        ("A | B\n---|---", "1 | 2", "A | B\n---|---"),
        ("", "1 | 2", ""),
        ("A | B\n---|---\n1 | 2", "", ""),
    ],
)
def test_what_goes_on_with_a_table_is_told_its_heads(
    before: str, after: str, above: str | None
) -> None:
    if above is None:
        above = before.split("\n")[0]
    assert head_above(before, after) == above


@given(before=texts, after=texts)
def test_the_heads_of_any_texts_are_lines_of_the_first(before: str, after: str) -> None:
    above = head_above(f"a | b\n---|---\n{before} | 1", f"2 | {after}")
    assert above in ("", "a | b\n---|---") or above in f"{before} | 1"
