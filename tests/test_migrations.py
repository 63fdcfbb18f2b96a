"""A database of the first version becomes one of today without losing anything."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from answers import library
from answers.models import Library

FIRST = ("answers", "0001_initial")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def first_version() -> Iterator[Any]:
    """The models as they were in the first version, in a database of that version."""
    # By the command, which takes triggers away beforehand and brings them back.
    call_command("migrate", *FIRST, verbosity=0)
    yield MigrationExecutor(connection).loader.project_state(FIRST).apps
    call_command("migrate", verbosity=0)


def migrate_to_the_newest() -> Any:
    call_command("migrate", verbosity=0)
    connection.check_constraints()
    executor = MigrationExecutor(connection)
    return executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps


def test_questions_keep_the_library_that_their_conversation_asked(
    first_version: Any,
) -> None:
    old = first_version.get_model
    user = old("answers", "User").objects.create(username="alice")
    demo = old("answers", "Library").objects.create(title="Demo library")
    demo.is_public = True
    demo.save()
    passage = old("answers", "Passage").objects.create(
        library=demo, title="Tea", text="Three minutes.", text_sha256="0" * 64
    )
    conversation = old("answers", "Conversation").objects.create(
        user=user, library=demo, title="How long?"
    )
    question = old("answers", "Question").objects.create(
        conversation=conversation, text="How long?"
    )
    old("answers", "Answer").objects.create(
        question=question,
        passage=passage,
        rank=1,
        start=0,
        end=13,
        text="Three minutes",
        margin=3.0,
        score=0.5,
    )

    new = migrate_to_the_newest().get_model

    asked = new("answers", "Question").objects.get()
    assert [library.title for library in asked.libraries.all()] == ["Demo library"]
    assert asked.answers.get().passage.text == "Three minutes."
    assert new("answers", "Library").objects.get().for_visitors


def test_old_verdicts_become_items_with_reviews_and_golds(first_version: Any) -> None:
    old = first_version.get_model
    user = old("answers", "User").objects.create(username="alice")
    rita = old("answers", "User").objects.create(username="rita")
    library = old("answers", "Library").objects.create(title="Tea")
    passage = old("answers", "Passage").objects.create(
        library=library, title="Tea", text="Three minutes.", text_sha256="0" * 64
    )
    conversation = old("answers", "Conversation").objects.create(
        user=user, library=library, title="How long?"
    )
    given = timezone.now()
    for text, verdict in (("Right?", "right"), ("Wrong?", "wrong"), ("Waits?", "")):
        question = old("answers", "Question").objects.create(
            conversation=conversation,
            text=text,
            status="answered",
            finished_at=given,
            model_hash="abc",
        )
        answer = old("answers", "Answer").objects.create(
            question=question,
            passage=passage,
            rank=1,
            start=0,
            end=13,
            text="Three minutes",
            margin=3.0,
            score=0.9,
        )
        old("answers", "Feedback").objects.create(
            answer=answer, user=user, helpful=False
        )
        old("answers", "Review").objects.create(
            answer=answer,
            verdict=verdict,
            note="Look." if verdict else "",
            reviewer=rita if verdict else None,
            reviewed_at=given if verdict else None,
        )

    new = migrate_to_the_newest().get_model

    items = {
        item.question.text: item for item in new("answers", "ReviewItem").objects.all()
    }
    assert {text: item.state for text, item in items.items()} == {
        "Right?": "reviewed",
        "Wrong?": "reviewed",
        "Waits?": "waiting",
    }
    right = items["Right?"]
    assert (right.verdict, right.settled_at) == ("right", given)
    assert (right.library.title, right.model_hash) == ("Tea", "abc")
    assert (right.unhelpful, round(right.doubt, 6)) == (1, 0.1)
    assert right.words_key == right.question.words_key != ""
    reviews = new("answers", "Review").objects.order_by("pk")
    said = [(r.item.question.text, r.verdict, r.note) for r in reviews]
    assert said == [("Right?", "right", "Look."), ("Wrong?", "wrong", "Look.")]
    assert {review.reviewer.username for review in reviews} == {"rita"}
    gold = new("answers", "CorrectSpan").objects.get()
    assert (gold.review.item, gold.start, gold.end) == (right, 0, 13)
    assert gold.text == gold.passage.text[gold.start : gold.end]


def test_passages_of_an_older_version_are_found_by_what_they_stand_under() -> None:
    old_index = ("answers", "0008_review_desk")
    call_command("migrate", *old_index, verbosity=0)
    with connection.cursor() as cursor:  # as that version made it
        cursor.execute("DROP TABLE passage_words")
        cursor.execute("CREATE VIRTUAL TABLE passage_words USING fts5(title, text)")
    old = MigrationExecutor(connection).loader.project_state(old_index).apps.get_model
    shelf = old("answers", "Library").objects.create(title="Manuals")
    with connection.cursor() as cursor:
        for trigger in ("in", "out", "moved"):
            cursor.execute(f"DROP TRIGGER passage_words_{trigger}")
    old("answers", "Passage").objects.create(
        library=shelf, title="Weight", text="Nine kilos.", section="Ostra 220 › Weight"
    )

    migrate_to_the_newest()

    (library_,) = Library.objects.all()
    assert [p.text for p in library.search([library_], "ostra", 5)] == ["Nine kilos."]
    assert [hit.passage.title for hit in library.find(library_, "ostra")] == ["Weight"]
