"""What the database itself sees to, whichever code path changes a row."""

from django.db import connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS

LOG = "answers_reviewevent"
TRIGGERS = {
    "review_events_stay_as_they_are": f"""
BEFORE UPDATE ON {LOG} BEGIN
    SELECT RAISE(ABORT, 'the log of reviews is never changed');
END""",
    "review_events_stay": f"""
BEFORE DELETE ON {LOG} BEGIN
    SELECT RAISE(ABORT, 'the log of reviews is never deleted');
END""",
    # Else those who review the old library would go on reading what has moved to a
    # private one.
    "review_items_follow_their_passage": """
AFTER UPDATE OF library_id ON answers_passage
WHEN new.library_id <> old.library_id BEGIN
    UPDATE answers_reviewitem SET library_id = new.library_id
    WHERE answer_id IN (SELECT id FROM answers_answer WHERE passage_id = new.id)
       OR answer_id IS NULL AND question_id IN (
           SELECT id FROM answers_question WHERE passage_id = new.id);
END""",
}


def install_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the triggers where they are missing."""
    connection = connections[using]
    if LOG not in connection.introspection.table_names():
        return  # migrated back to before them
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def remove_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Take them away for the time of a migration, which remakes tables they name."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
