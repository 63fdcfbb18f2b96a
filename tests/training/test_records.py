"""Questions about records that a program writes, and prose that becomes a list."""

import random
import re
from pathlib import Path

import pytest

from answers.squad import Article, Example, Gold, Paragraph, examples, load
from answers.training.prepare import main
from answers.training.records import lists, records, schemas
from answers.training.records.layouts import LAYOUTS, Page, Records, columns, suits
from answers.training.records.listing import listed
from answers.training.records.matrices import Matrix, Name, asked_matrix, matrices
from answers.training.records.values import Values

STAFF = Records(
    title="Staff",
    label="Name",
    entities=["Anna", "Ben"],
    labels=["Room", "Phone"],
    rows=[["4", "311"], ["9", "208"]],
)
HEIGHTS = Records("Towers", "Tower", ["East", "West"], ["Height"], [["9 m"], ["7 m"]])


@pytest.fixture(scope="module")
def made() -> list[Article]:
    return records(passages=400, seed=3)


def test_every_answer_stands_where_it_is_said(made: list[Article]) -> None:
    asked = examples(made)
    golds = [(one.passage, gold) for one in asked for gold in one.golds]
    assert len(golds) > 1000
    assert all(gold.stands_in(passage) for passage, gold in golds)
    assert all(gold.text.strip() == gold.text != "" for _, gold in golds)
    assert len({one.id for one in asked}) == len(asked)


def test_some_questions_have_no_answer(made: list[Article]) -> None:
    asked = examples(made)
    share = sum(not one.golds for one in asked) / len(asked)
    assert 0.1 < share < 0.3


def test_the_same_seed_makes_the_same(made: list[Article]) -> None:
    assert records(passages=400, seed=3) == made
    assert records(passages=5, seed=4) != made[:5]


def test_what_is_asked_for_stands_beside_what_is_asked_about() -> None:
    """In each layout, so that a label is never that of another record."""
    for layout, _ in LAYOUTS:
        for told in (STAFF, HEIGHTS):
            if not suits(layout, len(told.labels)):
                continue
            page = Page("Before. ")
            layout(told, page, random.Random(1))
            for (record, column), (start, end) in page.places.items():
                assert page.text[start:end] == told.cell(record, column)
            assert len(page.places) == 2 * (1 + len(told.labels))


def test_columns_of_one_kind_are_not_left_without_labels(made: list[Article]) -> None:
    """Of "12 m, 40 m" nobody can tell which is the height."""
    texts = [paragraph.text for article in made for paragraph in article.paragraphs]
    assert any("\n\n" in text for text in texts)
    heights = re.compile(r"\d+ m, \d+ m$", re.MULTILINE)
    assert not any(heights.search(text) for text in texts)


def test_every_schema_can_be_filled_and_asked_about() -> None:
    values = Values(lists(), random.Random(0))
    for schema in schemas():
        assert len(values.several(schema.entity, 6)) >= 5
        for column in schema.columns:
            assert values.draw(column.value)
            assert column.ask
            assert all("{v}" in question for question in column.find)
            assert all(set(_gaps(question)) <= {"e", "t"} for question in column.ask)


def test_every_matrix_can_be_filled_and_asked_about() -> None:
    values = Values(lists(), random.Random(0))
    for matrix in matrices():
        names = [name for axis in (matrix.rows, matrix.heads) for name in axis]
        assert len({name.written for name in names}) == len(names)
        assert all(name.written and all(name.spoken) for name in names)
        assert not isinstance(matrix.value, str) or values.draw(matrix.value)
        assert len(matrix.ask) >= 4
        assert all(sorted(_gaps(question)) == ["h", "r"] for question in matrix.ask)
        assert all(sorted(_gaps(question)) == ["h", "v"] for question in matrix.find)


def test_a_matrix_is_asked_for_the_cell_of_a_row_and_a_head() -> None:
    matrix = Matrix(
        titles=["Fares"],
        row=["Ticket"],
        head=["Group"],
        cell=["Euro"],
        rows=[Name(f"row{n}", (f"<{n}",)) for n in range(4)],
        heads=[Name(f"head{n}", (f"{n}>",)) for n in range(4)],
        value="int:1:9",
        ask=["{r} {h}"],
        find=["{v} {h}"],
    )
    values, rng = Values({}, random.Random(4)), random.Random(4)
    found, said = 0, set()
    for _ in range(200):
        asked = asked_matrix(matrix, values, rng, "Fares\n", "Fares")
        said.add(asked.page.text.split("\n")[1])
        told = {(row.written, head.written) for row, head in asked.pairs}
        question, (record, column) = asked.question(rng)
        answer = asked.records.cell(record, column)
        if column >= 0:
            row, head = _named(question)
            assert asked.records.entities[record] == f"row{row}"
            labels, cells = asked.records.labels, asked.records.rows[record]
            above = cells[0] if labels == ["Group", "Euro"] else labels[column]
            assert above == f"head{head}"
            assert (f"row{row}", f"head{head}") in told
        else:
            found += 1
            assert answer.startswith("row")
        if missing := asked.unanswerable(rng):
            row, head = _named(missing)
            assert (f"row{row}", f"head{head}") not in told
    assert found > 5
    assert any("Group" in head for head in said)  # a line for each pair
    assert any("head1" in head for head in said)


def test_columns_of_blanks_stand_below_each_other() -> None:
    names = Records("", "Name", ["Al", "Beatrice"], ["Age"], [["9"], ["104"]])
    tables = set()
    for seed in range(60):
        page = Page()
        columns(names, page, random.Random(seed))
        tables.add(page.text)
    assert "Name      Age\nAl          9\nBeatrice  104\n" in tables
    assert "Name      Age\n-------------\nAl        9\nBeatrice  104\n" in tables
    assert all(text.count("\n") in (3, 4) for text in tables)


def _named(question: str) -> tuple[str, str]:
    named = re.fullmatch(r"<(\d) (\d)>", question)
    assert named
    return named[1], named[2]


def _gaps(question: str) -> list[str]:
    return [part.split("}")[0] for part in question.split("{")[1:]]


def test_gaps_and_numbers_are_filled_within_their_bounds() -> None:
    values = Values(
        {"wing": ["A"], "door": ["{wing}{07..07}, {3..3}"]}, random.Random(0)
    )
    assert values.draw("door") == "A07, 3"
    assert values.draw("int:7:7 kg") == "7 kg"
    assert values.draw("float:2:2") in {"2.0", "2.00"}
    assert len(values.draw("digits:3:3")) == 3
    assert values.draw("year:1990:1990") == "1990"
    with pytest.raises(ValueError, match="neither a list nor a number: 'nonsense'"):
        values.draw("nonsense")


def test_lists_name_only_lists_that_there_are() -> None:
    values = Values(lists(), random.Random(0))
    for items in lists().values():
        assert all("{" not in values.filled(item) for item in items)


# -- prose as lists ------------------------------------------------------------------

PROSE = "It was built in 1890 by A. Berg. It has two towers. The roof is of slate."


def _article(text: str, *answers: str) -> Article:
    asked = [
        Example(str(n), "What?", text, (Gold(answer, text.index(answer)),))
        for n, answer in enumerate(answers)
    ]
    return Article("Hall", (Paragraph(text, tuple(asked)),))


def test_each_sentence_becomes_a_line_and_answers_move_along() -> None:
    lines = set()
    for seed in range(200):
        (article,) = listed([_article(PROSE, "1890", "slate", "A. Berg")], seed=seed)
        (paragraph,) = article.paragraphs
        assert len(paragraph.examples) == 3
        for one in paragraph.examples:
            assert one.passage == paragraph.text
            assert one.golds[0].stands_in(paragraph.text)
        lines |= set(paragraph.text.split("\n"))
    assert {
        "- It has two towers",
        "2. It has two towers",
        "* It has two towers.",
    } <= lines


def test_an_answer_over_two_sentences_and_short_passages_are_left_out() -> None:
    (article,) = listed([_article(PROSE, "towers. The roof", "slate")], seed=1)
    assert [one.golds[0].text for one in examples([article])] == ["slate"]
    assert listed([_article("One. Two.", "Two")], seed=1) == []


def test_the_command_line_writes_both(tmp_path: Path) -> None:
    out, more = tmp_path / "records.json", tmp_path / "listed.json"
    main(["records", str(out), "--passages", "3", "--seed", "1"])
    assert [*load(out)] == records(passages=3, seed=1)
    main(["listed", str(out), str(more), "--seed", "2"])
    assert [*load(more)] == listed(load(out), seed=2)
