"""What an export of reviewed questions says, and what it leaves out."""

import csv
import io
import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from answers import squad
from answers.models import (
    Library,
    Passage,
    ReviewItem,
    User,
)
from answers.reviewing import (
    Correction,
    give,
    withdraw,
)
from answers.reviewing.examples import Tally
from answers.reviewing.files import FORMATS
from tests.factories import (
    TEA,
    make_answer,
    make_answered,
    make_library,
    make_passage,
    make_review,
)
from tests.reviewed_files import (
    HARD,
    brought,
    cleo,
    counted,
    examples,
    exported,
    reviewed,
)

__all__ = ["cleo", "reviewed"]  # fixtures
pytestmark = pytest.mark.django_db


def test_each_verdict_says_what_it_can(reviewed: Library) -> None:
    found = {
        one.question.split()[0] + (" 2" if "Ti tle" in one.title else ""): [
            gold.text for gold in one.golds
        ]
        for one in examples(exported(reviewed))
        if one.question not in {"elsewhere?", "decided?"}
    }
    assert found == {
        "right": ["three minutes"],
        "wrong_span": ["Tea", "should", TEA[22:35]],
        "no_answer": [],
        "right 2": ["👩‍👩‍👧"],
        "wrong_span 2": [HARD[4:11], HARD[18:23], "«fin»"],
        "no_answer 2": [],
    }
    tally = counted(reviewed)
    assert (tally.questions, tally.unanswerable, tally.left_out) == (9, 2, 4)


def test_who_decides_a_conflict_has_the_last_word(reviewed: Library) -> None:
    (one,) = [e for e in examples(exported(reviewed)) if e.question == "decided?"]
    assert [gold.text for gold in one.golds] == [TEA[5:9]]


def test_a_question_with_golds_in_two_passages_has_two_stable_ids(
    reviewed: Library,
) -> None:
    item = ReviewItem.objects.get(question__text="elsewhere?")
    mark = Passage.objects.get(text=HARD).text_sha256[:8]
    known = {e.id for e in examples(exported(reviewed)) if e.question == "elsewhere?"}
    assert known == {str(item.question_id), f"{item.question_id}-{mark}"}


def test_no_id_grows_longer_than_what_can_be_brought_in_again(
    library: Library, reviewed: Library, alice: User
) -> None:
    item = ReviewItem.objects.get(question__text="elsewhere?")
    ReviewItem.objects.filter(pk=item.pk).update(external_id="x" * 200)
    data = exported(reviewed)
    assert sorted(len(e.id) for e in examples(data))[-2:] == [200, 200]
    back, _ = brought(data, alice, as_reviewed=True)
    assert exported(back) == data
    again, _ = brought(data, alice)
    for one in again.review_items.filter(external_id__startswith="xxx"):
        give(one, "no_answer", by=alice)
    items = ReviewItem.objects.filter(library__in=[back, again])
    both = b"".join(FORMATS["squad2"].pieces(items, user=None, tally=Tally()))
    assert sorted(len(e.id) for e in examples(both))[-4:] == [200] * 4
    assert exported(brought(both, alice, as_reviewed=True)[0]) == both


def test_a_withdrawn_review_is_not_exported(reviewed: Library, alice: User) -> None:
    before = len(examples(exported(reviewed)))
    withdraw(ReviewItem.objects.get(question__text="elsewhere?"), by=alice)
    assert len(examples(exported(reviewed))) == before - 2


def test_a_span_that_its_passage_does_not_hold_is_never_written(
    library: Library, alice: User
) -> None:
    review = make_review(make_answered(alice, library, make_passage(library)), by=alice)
    review.spans.update(text="four minutes!")
    tally = counted(library)
    assert (tally.questions, tally.lost_spans, tally.left_out) == (0, 1, 1)
    assert examples(exported(library)) == []


def test_a_passage_that_went_out_of_reach_is_not_written(
    library: Library, alice: User, cleo: User
) -> None:
    tea, bread = make_passage(library), make_passage(library, "Bread", title="Secret")
    answer = make_answered(alice, library, tea)
    make_answer(answer.question, bread, "Bread", rank=2)
    spans = [Correction(tea.pk, 0, 3), Correction(bread.pk, 0, 5)]
    give(answer.question.review_item, "wrong", by=alice, spans=spans)
    Passage.objects.filter(pk=bread.pk).update(library=make_library("Private"))
    for name in FORMATS:
        assert "Secret" not in exported(library, name, user=cleo).decode()
    assert [e.passage for e in examples(exported(library, user=cleo))] == [tea.text]


def test_the_same_question_of_two_libraries_stands_once(
    reviewed: Library, alice: User
) -> None:
    first = exported(reviewed)
    for _ in range(2):
        brought(first, alice, as_reviewed=True)
    items = ReviewItem.objects.filter(library__title="Brought")
    tally = Tally()
    pieces = FORMATS["squad2"].pieces(items, user=None, tally=tally)
    assert b"".join(pieces) == first
    assert tally.twins == 9


def test_one_id_that_was_judged_in_two_ways_becomes_two(
    library: Library, alice: User
) -> None:
    make_review(make_answered(alice, library, make_passage(library)), by=alice)
    data = exported(library)
    (known,) = [one.id for one in examples(data)]
    for verdict in ("right", "no_answer"):
        shelf, _ = brought(data, alice)
        give(shelf.review_items.get(), verdict, by=alice)
    items = ReviewItem.objects.filter(library__title="Brought")
    both = b"".join(FORMATS["squad2"].pieces(items, user=None, tally=Tally()))
    assert {one.id for one in examples(both)} == {known, f"{known}-2"}
    back, _ = brought(both, alice, as_reviewed=True)
    assert exported(back) == both


def test_a_text_of_two_libraries_stands_under_one_title(alice: User) -> None:
    for title in ("Zebra", "Ant"):
        shelf = Library.create_for(alice, "Both")
        answer = make_answered(alice, shelf, make_passage(shelf, title=title))
        make_review(answer, by=alice)
    items = ReviewItem.objects.filter(library__title="Both")
    both = b"".join(FORMATS["squad2"].pieces(items, user=None, tally=Tally()))
    ((article),) = squad.parse(json.loads(both))
    assert (article.title, len(article.paragraphs)) == ("Ant", 1)
    back, _ = brought(both, alice, as_reviewed=True)
    assert exported(back) == both


def test_nothing_reviewed_is_a_whole_file(library: Library) -> None:
    assert exported(library) == b'{"version":"v2.0","data":[\n]}\n'


def test_an_export_takes_as_many_queries_for_many_questions(
    library: Library, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    passage = make_passage(library)
    for number in range(30):
        make_review(
            make_answered(alice, library, passage, question=f"{number}?"), by=alice
        )
    for name in FORMATS:
        with django_assert_max_num_queries(7):
            exported(library, name)


def test_an_export_that_nobody_waits_for_leaves_nothing_open(reviewed: Library) -> None:
    items = ReviewItem.objects.filter(library=reviewed)
    pieces = FORMATS["squad2"].pieces(items, user=None, tally=Tally())
    next(pieces), next(pieces)
    del pieces  # what is left open is a warning, and a failure here


# -- CSV -----------------------------------------------------------------------------


def table(shelf: Library, **options: Any) -> list[dict[str, str]]:
    text = exported(shelf, "csv", **options).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_the_table_has_a_row_for_each_question(reviewed: Library) -> None:
    rows = table(reviewed)
    assert len(rows) == 12
    (row,) = [row for row in rows if row["question"] == "elsewhere?"]
    item = ReviewItem.objects.get(question__text="elsewhere?")
    assert item.settled_at is not None
    assert row["id"] == str(item.question_id)
    assert (row["verdict"], row["answer"]) == ("wrong", "three minutes")
    assert json.loads(row["answers"]) == [
        {"text": "Tea", "start": 0, "end": 3},
        {"text": "Die", "start": 0, "end": 3, "passage": "Ti tle_1"},
    ]
    assert (row["passage"], row["context"]) == ("How to make tea", TEA)
    assert (row["library"], row["reviewers"]) == ("Tea and bread", "alice")
    assert row["settled_at"] == item.settled_at.isoformat()
    assert (row["model"], row["score"]) == ("test-reader", "0.8")


def test_the_table_names_those_whose_word_counts(reviewed: Library) -> None:
    (row,) = [row for row in table(reviewed) if row["question"] == "decided?"]
    assert row["reviewers"] == "cleo"


def test_an_imported_question_has_no_score(reviewed: Library, alice: User) -> None:
    shelf, _ = brought(exported(reviewed), alice, as_reviewed=True)
    assert {(row["model"], row["score"]) for row in table(shelf)} == {("", "")}


@pytest.mark.parametrize("formula", ["=1+1", " @SUM(A1)", "\t-2", "x;=HYPERLINK(1)"])
def test_no_cell_of_the_table_is_a_formula(alice: User, formula: str) -> None:
    shelf = Library.create_for(alice, formula)
    passage = make_passage(shelf, formula, title=formula)
    answer = make_answered(alice, shelf, passage, question=formula, quote=formula)
    make_review(answer, by=alice, note=formula)
    (row,) = table(shelf)
    for cell in row.values():
        assert cell[:1] not in {"=", "@", "-", "\t"}
        assert ";=" not in cell
    assert row["note"] != formula
