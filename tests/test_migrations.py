"""A database of the first version becomes one of today without losing anything."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

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
