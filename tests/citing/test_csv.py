"""Tables give back what they were given, and no cell is a formula."""

import time

import pytest
import regex
from hypothesis import given

from answers import citing
from answers.spreadsheets import harmless
from tests.citing.exported import record, rows, texts

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    '"=1',
    "' =1",
    "\u200b=1",
    "\u202e=1",
    "\ufeff=1",
    "\u00a0=1",
    "＝1+1",
    "\n=1",
    "a;=cmd|' /C calc'!A0",
    'a\t"@x',
]


def table(asked: citing.Record) -> list[dict[str, str]]:
    writer = citing.WRITERS["csv"]()
    heading = citing.Heading("T", "u", asked.asked_at, asked.asked_at)
    return rows(writer.begin(heading) + writer.write(asked, first=True))


def test_numbers_stay_numbers() -> None:
    (row,) = table(record())
    assert (row["margin"], row["score"]) == ("-2.5", "0.5")


@given(texts, texts)
def test_csv_gives_back_what_it_was_given(question: str, answer: str) -> None:
    (row,) = table(record(question=question, answer=answer))
    assert row["question"] == harmless(question)
    assert row["answer"] == harmless(answer)


@pytest.mark.parametrize("text", ["3.5 °C", "a - b", "see p. 4; then rest", "x=1"])
def test_an_ordinary_cell_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "field", "question answer title library source section prefix".split()
)
def test_no_cell_is_a_formula(formula: str, field: str) -> None:
    (row,) = table(record(**{field: formula}))
    cell = row[{"title": "passage"}.get(field, field)]
    assert cell != formula
    assert cell.replace("'", "") == formula.replace("'", "")
    for cut in regex.split(r"[;\t]", cell):
        assert not regex.match(r"[\s\p{C}\p{Z}\"]*[=+\-@＝]", cut), cell


@given(texts)
def test_a_cell_never_begins_like_a_formula(text: str) -> None:
    cell = harmless(text)
    assert cell[0] not in "=+-@\t\r"
    assert cell.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text", ["\t" * 300_000, "; " * 150_000, "x" + "\t;" * 150_000]
)
def test_a_long_cell_of_blanks_takes_no_longer_than_another(text: str) -> None:
    began = time.process_time()
    harmless(text)
    assert time.process_time() - began < 5  # trying each tab anew took 20 minutes
