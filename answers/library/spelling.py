"""Words that no passage holds, and what was probably meant by them.

A misspelt word ("warrenty") is near a word of the index; one that a text breaks at the
end of a line ("for-", "tune") stands there as two. Only words without any hit are
looked into, so that what was spelt well is never drowned.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing

from django.db.backends.utils import CursorWrapper

from answers.library.index import TOKENIZER
from answers.library.words import any_of, both, phrase

WORDS_MENDED = 3  # of a question: each costs a look through a letter of the index
NEAREST = 3  # words of the index that are taken for one
SHORTEST = 5  # letters; shorter words are near too many
# Letters of a stem. In a shorter one letters may only have changed places: "truck" is
# as near to "track" as a slip of the pen.
MIDDLING = 6
LONG = 8  # of these, two may be wrong
PARTS = 2  # letters that a line breaks off, at least
# What the index cut off, since it holds no words but their stems.
ENDINGS = ("", "e", "s", "ed", "y", "ing", "es")
HELD = """
SELECT value FROM json_each(%s) WHERE EXISTS
(SELECT 1 FROM passage_words WHERE passage_words MATCH json_extract(value, '$[1]'))"""
SCRATCH = f"""
CREATE VIRTUAL TABLE typed USING fts5(word, tokenize='{TOKENIZER}');
CREATE VIRTUAL TABLE terms USING fts5vocab(typed, instance)"""
TERMS = """
SELECT term FROM passage_terms
WHERE term >= %s AND term < %s AND length(term) BETWEEN %s AND %s"""


def meant(
    cursor: CursorWrapper, scope: str, words: Iterable[str]
) -> dict[str, list[str]]:
    """Return, for words that no passage in the scope holds, phrases that some do."""
    asked = [w for w in dict.fromkeys(words) if len(w) >= SHORTEST and w.isalpha()]
    there = _held(cursor, scope, [phrase([word]) for word in asked])
    missing = [word for word in asked if phrase([word]) not in there][:WORDS_MENDED]
    found = {word: _meant(cursor, scope, word) for word in missing}
    return {word: phrases for word, phrases in found.items() if phrases}


def _meant(cursor: CursorWrapper, scope: str, word: str) -> list[str]:
    cuts = range(PARTS, len(word) - PARTS + 1)
    broken = [phrase([word[:cut], word[cut:]]) for cut in cuts]
    if there := _held(cursor, scope, broken):
        return there
    near = _near(cursor, word)
    for distance in sorted(near):
        if there := _held(cursor, scope, _phrases(near[distance])):
            return there[:NEAREST]
    return []


def _held(cursor: CursorWrapper, scope: str, phrases: Sequence[str]) -> list[str]:
    """Return those of the phrases that a passage in the scope holds."""
    asked = [[each, both(scope, any_of([each]))] for each in phrases]
    cursor.execute(HELD, [json.dumps(asked)])
    return [json.loads(row)[0] for (row,) in cursor.fetchall()]


def _near(cursor: CursorWrapper, word: str) -> dict[int, list[str]]:
    """Return the stems of the index that are spelt almost so, by how far they are."""
    (stem,) = _stems([word])
    if len(stem) < SHORTEST:
        return {}
    most = 2 if len(stem) >= LONG else 1
    sizes = len(stem) - most, len(stem) + most
    cursor.execute(TERMS, [stem[0], chr(ord(stem[0]) + 1), *sizes])
    near: dict[int, list[str]] = {}
    for (term,) in cursor.fetchall():
        if len(stem) < MIDDLING and sorted(stem) != sorted(term):
            continue
        # A wrong letter makes a difference of two in what letters there are, at most.
        if len(set(stem) ^ set(term)) <= 2 * most and term.isalpha():
            near.setdefault(distance(stem, term), []).append(term)
    return {far: terms for far, terms in near.items() if 0 < far <= most}


def distance(one: str, other: str) -> int:
    """Return how many letters are wrong; two that changed places count as one."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, second in enumerate(other, 1):
            best = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != second))
            if i > 1 < j and one[i - 2 : i] == second + other[j - 2]:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def _phrases(stems: Sequence[str]) -> list[str]:
    """Return what finds these stems: FTS5 would cut a stem once more."""
    words = [f"{stem}{ending}" for stem in stems for ending in ENDINGS]
    found: dict[str, str] = {}
    for word, stem in zip(words, _stems(words), strict=True):
        found.setdefault(stem, word)
    return [phrase([found[stem]]) for stem in stems if stem in found]


def _stems(words: Sequence[str]) -> list[str]:
    """Return what the index holds of each word; "" for what it holds in pieces."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.executescript(SCRATCH)
        rows = enumerate(words)
        scratch.executemany("INSERT INTO typed(rowid, word) VALUES (?, ?)", rows)
        pieces: list[list[str]] = [[] for _ in words]
        for number, term in scratch.execute("SELECT doc, term FROM terms"):
            pieces[number].append(term)
    return [found[0] if len(found) == 1 else "" for found in pieces]
