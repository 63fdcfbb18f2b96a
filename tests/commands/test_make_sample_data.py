"""`manage.py make_sample_data`: much of everything, nothing where people are."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection, transaction

from answers import recalling
from answers.management.commands.make_sample_data import database
from answers.models import (
    Answer,
    Feedback,
    Library,
    Question,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
)
from tests.commands.conftest import Run
from tests.factories import make_user

SMALL = ("--questions", 300, "--libraries", 3, "--days", 20)


@pytest.mark.django_db
def test_what_it_makes_is_whole(run: Run) -> None:
    assert run("make_sample_data", *SMALL) == "300 questions\n"

    assert Question.objects.count() == 300
    assert Question.objects.filter(libraries=None).count() == 0
    for answer in Answer.objects.select_related("passage")[:50]:
        assert answer.is_exact
    for model in (Feedback, Review, ReviewEvent):
        assert model.objects.exists(), model
    items = ReviewItem.objects.select_related("answer__passage", "question")
    assert items.exists()
    for item in items:
        assert item.answer
        assert item.answer.question_id == item.question_id
        assert item.library_id == item.answer.passage.library_id
        assert item.words_key == item.question.words_key
    assert set(Question.objects.values_list("status", flat=True)) == {
        "answered",
        "no_answer",
        "cancelled",
        "failed",
    }
    connection.check_constraints()


@pytest.mark.django_db
def test_what_was_asked_can_be_found_again(run: Run) -> None:
    run("make_sample_data", *SMALL)
    question = Question.objects.select_related("conversation__user").first()
    assert question
    found = recalling.find(question.conversation.user, question.text)
    assert question.text in {one.question.text for one in found if one.question}


@pytest.mark.django_db
def test_the_same_seed_makes_the_same(run: Run) -> None:
    made = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            run("make_sample_data", *SMALL, "--seed", seed)
            rows = Question.objects.order_by("pk").values_list("pk", "text", "took_ms")
            made.append(list(rows))
            transaction.set_rollback(True)
    assert made[0] == made[1] != made[2]


@pytest.mark.django_db
def test_it_keeps_away_from_what_people_have(run: Run) -> None:
    make_user("alice")
    with pytest.raises(CommandError, match="There are people in this database"):
        run("make_sample_data", *SMALL)
    assert not Library.objects.exists()
    run("make_sample_data", *SMALL, "--anyway")
    assert User.objects.filter(username="alice").exists()
    with pytest.raises(CommandError, match="sample data in this database already"):
        run("make_sample_data", *SMALL, "--anyway")


@pytest.mark.django_db
def test_less_than_nothing_cannot_be_made(run: Run) -> None:
    with pytest.raises(CommandError, match="At least 1"):
        run("make_sample_data", "--questions", 0)


@pytest.mark.django_db(transaction=True)
def test_a_file_of_its_own_leaves_the_database_alone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sample.sqlite3"
    run("make_sample_data", *SMALL, "--database-file", file)
    assert not User.objects.exists()
    with database(file):
        assert Question.objects.count() == 300
        assert User.objects.get(username="sample-admin").is_superuser
    with pytest.raises(CommandError, match="There are people"):
        run("make_sample_data", *SMALL, "--database-file", file)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["make_sample_data", "measure_pages"])
def test_a_file_that_is_no_database_is_one_sentence(
    run: Run, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Tea needs three minutes. " * 200)
    with pytest.raises(CommandError) as raised:
        run(command, "--database-file", file)
    assert str(raised.value) == f"{file}: file is not a database."


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_made_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "missing" / "sample.sqlite3"
    with pytest.raises(CommandError) as raised:
        run("make_sample_data", "--database-file", file)
    assert str(raised.value) == f"{file}: unable to open database file."


@pytest.mark.django_db(transaction=True)
def test_pages_are_measured_on_no_file_that_is_not_there(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "sample.sqlite3"
    with pytest.raises(CommandError, match="There is no file "):
        run("measure_pages", "--database-file", file)
    assert not file.exists()
    file.touch()
    with pytest.raises(CommandError, match="The database is not set up yet"):
        run("measure_pages", "--database-file", file)
