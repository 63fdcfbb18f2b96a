"""The full-text index of all current passages, and the triggers that keep it.

One FTS5 table holds the words of all current passages; triggers keep it in step with
`answers_passage` inside whatever transaction changes a passage, so that no code path
(admin, import, cascade, raw SQL) can forget it. The library is a column of the index
itself: a search is narrowed inside FTS5, never by filtering its hits (a huge full-text
table filtered by a column outside the index is a hundred times slower).
"""

import time
from collections.abc import Callable

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import DEFAULT_DB_ALIAS

TOKENIZER = "porter unicode61 remove_diacritics 2"
INDEX = f"""
CREATE VIRTUAL TABLE passage_words USING fts5(
    library_id, title, text, section,
    content='answers_passage', content_rowid='id',
    tokenize='{TOKENIZER}'
)"""
# All that the index holds, each once: stems of words.
TERMS = "CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passage_words, row)"
# An FTS5 table with outside content forgets a row only when it is told the old values.
TRIGGERS = {
    "passage_words_in": """
AFTER INSERT ON answers_passage WHEN new.archived_at IS NULL BEGIN
    INSERT INTO passage_words(rowid, library_id, title, text, section)
    VALUES (new.id, new.library_id, new.title, new.text, new.section);
END""",
    "passage_words_out": """
AFTER DELETE ON answers_passage WHEN old.archived_at IS NULL BEGIN
    INSERT INTO passage_words(passage_words, rowid, library_id, title, text, section)
    VALUES ('delete', old.id, old.library_id, old.title, old.text, old.section);
END""",
    "passage_words_moved": """
AFTER UPDATE OF library_id, title, section, archived_at ON answers_passage BEGIN
    INSERT INTO passage_words(passage_words, rowid, library_id, title, text, section)
    SELECT 'delete', old.id, old.library_id, old.title, old.text, old.section
    WHERE old.archived_at IS NULL;
    INSERT INTO passage_words(rowid, library_id, title, text, section)
    SELECT new.id, new.library_id, new.title, new.text, new.section
    WHERE new.archived_at IS NULL;
END""",
    # The last line of defence of the promise that every saved answer rests on.
    "passage_never_changes": """
BEFORE UPDATE OF text ON answers_passage WHEN new.text IS NOT old.text BEGIN
    SELECT RAISE(ABORT, 'a saved passage never changes');
END""",
}
FILL = """
INSERT INTO passage_words(rowid, library_id, title, text, section)
SELECT id, library_id, title, text, section
FROM answers_passage WHERE archived_at IS NULL"""
SECTIONS = "SELECT 1 FROM pragma_table_info('answers_passage') WHERE name = 'section'"
MERGE = "INSERT INTO {table}({table}, rank) VALUES ('merge', %s)"
PAGES_MERGED = 500  # a step; about 2 MB, some hundred milliseconds
PAUSE_SECONDS = 0.1  # between steps: who waits for the lock looks again as often
STEPS_AT_MOST = 10_000


def install_index(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the index and its triggers where they are missing, and fill the index."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(SECTIONS)
        if not cursor.fetchall():
            return  # migrated back, to nothing or to the first version
        cursor.execute("SELECT name FROM sqlite_master")
        present = {name for (name,) in cursor.fetchall()}
        if "passage_terms" not in present:
            cursor.execute(TERMS)
        if present >= {"passage_words", *TRIGGERS}:
            return
        if "passage_words" not in present:
            cursor.execute(INDEX)
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
        cursor.execute("INSERT INTO passage_words(passage_words) VALUES ('delete-all')")
        cursor.execute(FILL)


def tidy_index(
    table: str = "passage_words",
    *,
    using: str = DEFAULT_DB_ALIAS,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Merge the index, which grows in pieces, into one.

    That makes it quick after a large import, and takes the words of what was deleted
    out of it: until then a piece says them, and another one that they are gone. Each
    step is a short transaction of its own, so nobody waits long for the write lock.
    """
    pages = -PAGES_MERGED  # the first step says: all pieces, even of unlike sizes
    for _ in range(STEPS_AT_MOST):
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            before = _changes(cursor)
            cursor.execute(MERGE.format(table=table), [pages])
            if _changes(cursor) - before < 2:  # FTS5's way to say that all is merged
                break
        if stopping():
            break
        pages = PAGES_MERGED
        time.sleep(PAUSE_SECONDS)


def _changes(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])
