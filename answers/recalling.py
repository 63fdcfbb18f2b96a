"""Finding what one has asked before: titles, questions and quotes as a full-text index.

The table `recalled` holds a row for the title of each conversation, one for each
question, and one for the quotes of a question and library together with the question,
so that words of both find it. `recalled_words` is its FTS5 index. Triggers keep both in
step inside whatever transaction changes anything, as those of answers/library/index.py
do.

Whose row it is, and of which library, are columns of the index: a search is narrowed
inside FTS5. What belongs to the person whatever happens (titles, questions, quotes of
pasted texts) stands on the shelf "own"; a quote on that of its library, so that losing
the library means losing the quote. A question from a file that says there is no answer
stands on the shelf of its library, too: those who review it find it there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import regex
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import DEFAULT_DB_ALIAS
from django.urls import reverse

from answers.library import content_words, stems_of
from answers.models import Conversation, Library, Question, User

BEGINNING = 3  # letters from which on the last word may be unfinished
WORDS_USED = 16  # of what was typed; more narrow nothing down
CHARACTERS_USED = 300
ROWS_READ = 200  # a question has a row or a few
# Words that stand in more rows tell little apart, and ranking so many takes long.
RANKED_AT_MOST = 5_000
FOUND_AT_MOST = 50
MARK, UNMARK = "\x02", "\x03"  # around a hit; in a text they mark wrongly at worst
HIT = regex.compile(f"{MARK}([^{UNMARK}]*){UNMARK}")
SNIPPET_WORDS = 24

TABLE = """
CREATE TABLE recalled(
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    shelf TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    question TEXT,
    title TEXT NOT NULL,
    asked TEXT NOT NULL,
    quotes TEXT NOT NULL
)"""
INDEXES = {
    "recalled_by_conversation": "ON recalled(conversation)",
    "recalled_by_question": "ON recalled(question)",
}
WORDS = """
CREATE VIRTUAL TABLE recalled_words USING fts5(
    person, shelf, title, asked, quotes, conversation UNINDEXED, question UNINDEXED,
    content='recalled', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)"""
TITLES = """
INSERT INTO recalled(person, shelf, conversation, question, title, asked, quotes)
SELECT user_id, 'own', id, NULL, title, '', '' FROM answers_conversation"""
QUESTIONS = """
INSERT INTO recalled(person, shelf, conversation, question, title, asked, quotes)
SELECT c.user_id, 'own', c.id, q.id, '', q.text, ''
FROM answers_question q JOIN answers_conversation c ON c.id = q.conversation_id"""
QUOTES = """
INSERT INTO recalled(person, shelf, conversation, question, title, asked, quotes)
SELECT c.user_id, iif(l.conversation_id IS NULL, l.id, 'own') AS place,
       c.id, q.id, '', q.text, group_concat(a.text, ' · ')
FROM answers_answer a
JOIN answers_passage p ON p.id = a.passage_id
JOIN answers_library l ON l.id = p.library_id
JOIN answers_question q ON q.id = a.question_id
JOIN answers_conversation c ON c.id = q.conversation_id
{where}
GROUP BY q.id, place"""
UNANSWERED = """
INSERT INTO recalled(person, shelf, conversation, question, title, asked, quotes)
SELECT c.user_id, i.library_id, c.id, q.id, '', q.text, ''
FROM answers_reviewitem i
JOIN answers_question q ON q.id = i.question_id
JOIN answers_conversation c ON c.id = q.conversation_id
WHERE i.answer_id IS NULL"""
NO_LONGER_UNANSWERED = """
DELETE FROM recalled
WHERE question = old.question_id AND shelf <> 'own' AND quotes = ''"""
# Each question is written anew as a whole: there are few rows, and no case to forget.
QUOTES_ANEW = f"""
    DELETE FROM recalled WHERE quotes <> '' AND question IN ({{which}});
    {QUOTES.format(where="WHERE a.question_id IN ({which})")};"""  # noqa: S608
OF_NEW, OF_OLD = "SELECT new.question_id", "SELECT old.question_id"
OF_PASSAGE = "SELECT question_id FROM answers_answer WHERE passage_id = new.id"
TRIGGERS = {
    "recalled_in": """
AFTER INSERT ON recalled BEGIN
    INSERT INTO recalled_words(rowid, person, shelf, title, asked, quotes)
    VALUES (new.id, new.person, new.shelf, new.title, new.asked, new.quotes);
END""",
    "recalled_out": """
AFTER DELETE ON recalled BEGIN
    INSERT INTO recalled_words(
        recalled_words, rowid, person, shelf, title, asked, quotes)
    VALUES ('delete', old.id, old.person, old.shelf, old.title, old.asked, old.quotes);
END""",
    "recalled_changed": """
AFTER UPDATE ON recalled BEGIN
    INSERT INTO recalled_words(
        recalled_words, rowid, person, shelf, title, asked, quotes)
    VALUES ('delete', old.id, old.person, old.shelf, old.title, old.asked, old.quotes);
    INSERT INTO recalled_words(rowid, person, shelf, title, asked, quotes)
    VALUES (new.id, new.person, new.shelf, new.title, new.asked, new.quotes);
END""",
    "recalled_conversation_in": f"""
AFTER INSERT ON answers_conversation BEGIN
    {TITLES} WHERE id = new.id;
END""",
    "recalled_conversation_out": """
AFTER DELETE ON answers_conversation BEGIN
    DELETE FROM recalled WHERE conversation = old.id;
END""",
    "recalled_conversation_renamed": """
AFTER UPDATE OF title ON answers_conversation WHEN new.title <> old.title BEGIN
    UPDATE recalled SET title = new.title
    WHERE conversation = new.id AND question IS NULL;
END""",
    "recalled_conversation_handed_on": """
AFTER UPDATE OF user_id ON answers_conversation WHEN new.user_id <> old.user_id BEGIN
    UPDATE recalled SET person = new.user_id WHERE conversation = new.id;
END""",
    "recalled_question_in": f"""
AFTER INSERT ON answers_question BEGIN
    {QUESTIONS} WHERE q.id = new.id;
END""",
    "recalled_question_out": """
AFTER DELETE ON answers_question BEGIN
    DELETE FROM recalled WHERE question = old.id;
END""",
    "recalled_question_changed": f"""
AFTER UPDATE OF text, conversation_id ON answers_question
WHEN new.text <> old.text OR new.conversation_id <> old.conversation_id BEGIN
    DELETE FROM recalled WHERE question = new.id;
    {QUESTIONS} WHERE q.id = new.id;
    {QUOTES.format(where="WHERE a.question_id = new.id")};
    {UNANSWERED} AND q.id = new.id;
END""",  # noqa: S608
    "recalled_answer_in": f"""
AFTER INSERT ON answers_answer BEGIN
    {QUOTES_ANEW.format(which=OF_NEW)}
END""",
    "recalled_answer_out": f"""
AFTER DELETE ON answers_answer
WHEN EXISTS (SELECT 1 FROM recalled WHERE question = old.question_id) BEGIN
    {QUOTES_ANEW.format(which=OF_OLD)}
END""",  # noqa: S608
    "recalled_answer_changed": f"""
AFTER UPDATE OF text, passage_id ON answers_answer BEGIN
    {QUOTES_ANEW.format(which=OF_NEW)}
END""",
    "recalled_passage_moved": f"""
AFTER UPDATE OF library_id ON answers_passage
WHEN new.library_id <> old.library_id BEGIN
    {QUOTES_ANEW.format(which=OF_PASSAGE)}
END""",
    "recalled_item_in": f"""
AFTER INSERT ON answers_reviewitem WHEN new.answer_id IS NULL BEGIN
    {UNANSWERED} AND i.id = new.id;
END""",
    "recalled_item_out": f"""
AFTER DELETE ON answers_reviewitem WHEN old.answer_id IS NULL BEGIN
    {NO_LONGER_UNANSWERED};
END""",
    "recalled_item_changed": f"""
AFTER UPDATE OF answer_id, library_id, question_id ON answers_reviewitem
WHEN old.answer_id IS NULL OR new.answer_id IS NULL BEGIN
    {NO_LONGER_UNANSWERED};
    {UNANSWERED} AND i.id = new.id;
END""",
}
HITS = f"""
SELECT conversation, question,
       highlight(recalled_words, 2, '{MARK}', '{UNMARK}'),
       highlight(recalled_words, 3, '{MARK}', '{UNMARK}'),
       snippet(recalled_words, 4, '{MARK}', '{UNMARK}', '…', {SNIPPET_WORDS})
FROM recalled_words WHERE recalled_words MATCH %s"""  # noqa: S608  constants all
# The order is FTS5's own, so that marks are only set in what is returned. The weights
# are those of person, shelf, title, asked and quotes.
BEST_FIRST = f"""{HITS} AND rank MATCH 'bm25(0.0, 0.0, 2.0, 2.0, 1.0)'
ORDER BY rank LIMIT {ROWS_READ}"""
NEWEST_FIRST = f"{HITS} ORDER BY rowid DESC LIMIT {ROWS_READ}"
ARE_MANY = f"""
SELECT count(*) > {RANKED_AT_MOST} FROM (
    SELECT 1 FROM recalled_words WHERE recalled_words MATCH %s
    LIMIT {RANKED_AT_MOST + 1})"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, hit or not; the template escapes each on its own."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A question, or a conversation by its title, that holds the words."""

    conversation: Conversation
    question: Question | None
    title: list[Piece]
    asked: list[Piece]
    quotes: list[Piece]  # around the hits in the quotes; empty where there is none

    @property
    def shown(self) -> list[Piece]:
        """The question, or the title where there is none."""
        return self.asked if self.question else self.title

    def get_absolute_url(self) -> str:
        """The address that finds the question on whatever page it stands."""
        if self.question:
            return reverse("question", args=[self.question.pk])
        return self.conversation.get_absolute_url()


def delete(conversation: Conversation) -> None:
    """Delete the conversation, and first what is recalled of it.

    Else each answer that goes would write the quotes of its question anew.
    """
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "DELETE FROM recalled WHERE conversation = %s", [conversation.pk]
        )
        conversation.delete()


Row = tuple[int, str | None, str, str, str]


def find(user: User, words: str) -> list[Found]:
    """Return what the person has asked or been answered with all of the words.

    Best first, FOUND_AT_MOST at most; newest first, where the words are everywhere.
    The last word may be the beginning of one.
    """
    found = next(filter(None, map(_rows, _matches(user, words))), [])
    best: dict[tuple[int, str | None], Row] = {}
    for row in found:
        key = row[0], row[1]
        # A question without a quote may come before the same with one.
        if key not in best or (MARK in row[4] and MARK not in best[key][4]):
            best[key] = row
    # A title says what the first question says: it counts where no question does.
    by_question = {conversation for conversation, question in best if question}
    rows = [row for row in best.values() if row[1] or row[0] not in by_question]
    return _found(user, rows[:FOUND_AT_MOST])


def _rows(match: str) -> list[Row]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(ARE_MANY, [match])
        order = NEWEST_FIRST if cursor.fetchone()[0] else BEST_FIRST
        cursor.execute(order, [match])
        return list(cursor.fetchall())


def _matches(user: User, typed: str) -> Iterator[str]:
    """Yield what to ask FTS5, one after another until something is found.

    Each word is quoted, so that none is an operator.
    """
    words = list(dict.fromkeys(content_words(typed[:CHARACTERS_USED])))[:WORDS_USED]
    if not words:
        return
    shelves = ["own", *Library.objects.visible_to(user).values_list("pk", flat=True)]
    any_shelf = " OR ".join(f'"{shelf}"' for shelf in shelves)
    *before, last = (f'"{word}"' for word in words)
    lasts = [last]
    if len(words[-1]) >= BEGINNING:
        lasts = [f"{last}*"]
        if stems := " OR ".join(f'"{stem}"' for stem in stems_of(words[-1])):
            lasts.append(f"({stems})")
    for one in lasts:
        yield (
            f'(person: "{user.pk}") AND (shelf: ({any_shelf})) '
            f"AND ({{title asked quotes}}: ({' AND '.join([*before, one])}))"
        )


def _found(user: User, rows: Sequence[Row]) -> list[Found]:
    """Two queries, whatever was found."""
    keys = {UUID(question) for _, question, *_ in rows if question}
    mine = Conversation.objects.visible_to(user)
    conversations = mine.in_bulk({conversation for conversation, *_ in rows})
    questions = Question.objects.filter(conversation__in=mine).in_bulk(keys)
    found = []
    for conversation_id, question_id, title, asked, quotes in rows:
        conversation = conversations.get(conversation_id)
        question = questions.get(UUID(question_id)) if question_id else None
        if conversation is None or (question_id and question is None):
            continue  # deleted since it was found
        shown = pieces(quotes) if MARK in quotes else []
        found.append(Found(conversation, question, pieces(title), pieces(asked), shown))
    return found


def pieces(marked: str) -> list[Piece]:
    """Return the text cut where hits begin and end, without the marks."""
    cut = HIT.split(marked)  # text, hit, text, …, text
    stray = str.maketrans("", "", MARK + UNMARK)
    shown = (Piece(text.translate(stray), n % 2 == 1) for n, text in enumerate(cut))
    return [piece for piece in shown if piece.text]


# -- Upkeep --------------------------------------------------------------------


def install_index(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the index and its triggers where they are missing, and fill the index."""
    if not _can_be_filled(using):
        return
    wanted = {name: f"CREATE TRIGGER {name} {body}" for name, body in TRIGGERS.items()}
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master")
        present = dict(cursor.fetchall())
        tables = {"recalled": TABLE.strip(), "recalled_words": WORDS.strip()}
        if (tables | wanted).items() <= present.items():
            return
        _drop(cursor)
        for table in tables.values():
            cursor.execute(table)
        for name, place in INDEXES.items():
            cursor.execute(f"CREATE INDEX {name} {place}")
        cursor.execute(wanted["recalled_in"])
        for rows in (TITLES, QUESTIONS, QUOTES.format(where=""), UNANSWERED):
            cursor.execute(rows)
        for name in wanted.keys() - {"recalled_in"}:
            cursor.execute(wanted[name])


def _can_be_filled(using: str) -> bool:
    """Whether the tables are those of today, not migrated back to an earlier state."""
    introspection = connections[using].introspection
    with connections[using].cursor() as cursor:
        tables = introspection.table_names(cursor)
        if not {"answers_library", "answers_reviewitem"} <= set(tables):
            return False
        columns = introspection.get_table_description(cursor, "answers_library")
        return "conversation_id" in {column.name for column in columns}


def remove_triggers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Before a migration: SQLite renames no table while a trigger names a missing one.

    `install_index` brings them back, and fills the index anew.
    """
    with connections[using].cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _drop(cursor: CursorWrapper) -> None:
    for name in TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    for table in ("recalled_words", "recalled"):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
