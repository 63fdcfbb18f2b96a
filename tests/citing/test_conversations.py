"""A conversation as a file: each quote with its place, of what one may still see."""

import json
from datetime import UTC, datetime
from typing import Any

from answers import citing
from answers.models import Passage, User
from tests.citing.exported import export, rows, whole
from tests.factories import (
    make_answer,
    make_conversation,
    make_library,
    make_passage,
    make_question,
)


def test_json_cites_every_quote(talk: Any, alice: User, passage: Passage) -> None:
    file = json.loads(export(talk, alice, "json"))
    assert file["title"] == talk.title
    (question,) = file["questions"]
    assert question["question"] == "How long should tea be brewed?"
    assert question["model"] == {"name": "test-reader", "hash": "0123456789ab"}
    first, second = question["answers"]
    assert first["citation"] == {
        "passage": "How to make tea",
        "library": "Tea and bread",
        "source": "",
        "page": None,
        "section": "",
        "saved_at": passage.created_at.isoformat(),
        "replaced": False,
        "sha256": passage.text_sha256,
        "url": whole(f"{passage.get_absolute_url()}?answer={_pk(talk, 1)}#mark"),
    }
    selector = first["selector"]
    around = selector["prefix"] + selector["exact"] + selector["suffix"]
    assert selector["type"] == "TextQuoteSelector"
    assert selector["exact"] == "three minutes"
    assert around in passage.text
    at = second["offsets"]["code_points"]
    assert passage.text[at["start"] : at["end"]] == second["text"] == "two spoons"


def _pk(talk: Any, rank: int) -> int:
    return int(talk.questions.get().answers.get(rank=rank).pk)


def test_the_place_in_the_file_is_cited(alice: User) -> None:
    library = make_library(owner=alice)
    source = library.sources.create(name="tea, “green”.pdf", format=".pdf", sha256="0")
    passage = make_passage(library, source=source, page=4, section="Pots › Small")
    conversation = make_conversation(alice, library)
    make_answer(make_question(conversation, status="answered"), passage)
    cited = json.loads(export(conversation, alice, "json"))["questions"][0]["answers"]
    assert cited[0]["citation"]["source"] == "tea, “green”.pdf"
    assert cited[0]["citation"]["page"] == 4
    assert "page 4, Pots › Small" in export(conversation, alice, "markdown")
    (row,) = rows(export(conversation, alice, "csv"))
    assert (row["source"], row["page"]) == ("tea, “green”.pdf", "4")


def test_an_older_version_is_said_to_be_replaced(
    talk: Any, alice: User, passage: Passage
) -> None:
    passage.replace(title=passage.title, text="Tea, four minutes.", by=alice)
    answer = json.loads(export(talk, alice, "json"))["questions"][0]["answers"][0]
    assert answer["citation"]["replaced"] is True
    assert answer["text"] == "three minutes"


def test_nearest_quotes_are_not_called_answers(talk: Any, alice: User) -> None:
    talk.questions.update(status="no_answer")
    (question,) = json.loads(export(talk, alice, "json"))["questions"]
    assert question["answers"] == []
    assert len(question["nearest"]) == 2
    assert "Nearest quotes" in export(talk, alice, "markdown")


def test_questions_come_in_order_across_batches(alice: User, passage: Passage) -> None:
    conversation = make_conversation(alice, passage.library)
    same = datetime(2026, 1, 2, tzinfo=UTC)
    for number in range(45):
        make_question(conversation, f"Question {number:02}", asked_at=same)
    file = json.loads(export(conversation, alice, "json"))
    ids = [question["id"] for question in file["questions"]]
    assert len(ids) == 45
    assert ids == sorted(ids)


def test_a_batch_takes_the_same_queries_whatever_it_holds(
    talk: Any, alice: User, passage: Passage, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        read = citing.batch_after(talk.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]
    other = make_passage(passage.library, "Coffee, four minutes.")
    for number in range(5):
        question = make_question(talk, f"{number}", status="answered")
        make_answer(question, other, "four minutes")
    with django_assert_num_queries(5):
        read = citing.batch_after(talk.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]


def test_an_empty_conversation_is_a_whole_file(alice: User, passage: Passage) -> None:
    conversation = make_conversation(alice, passage.library)
    assert json.loads(export(conversation, alice, "json"))["questions"] == []
    assert rows(export(conversation, alice, "csv")) == []
    assert export(conversation, alice, "markdown").startswith("# How long")


def test_quotes_of_a_lost_library_are_left_out(
    talk: Any, mallory: User, alice: User
) -> None:
    talk.user = mallory
    talk.save()
    for name in citing.WRITERS:
        exported = export(talk, mallory, name)
        assert "How long should tea be brewed?" in exported
        assert "three minutes" not in exported
        assert "How to make tea" not in exported
