"""What somebody looks for in the list of passages, with the matches marked."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import regex
from django.db import connections
from django.db.utils import DEFAULT_DB_ALIAS

from answers.library.searching import BEST, meant_by, ranked
from answers.library.words import WORD, all_of, any_of, both, phrase, stems_of, within
from answers.models import Library, Passage

# "Words in a row", or a word. Phones make quotes curly by themselves.
PIECE = regex.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]?|([^\s"“”„«»]+)')
PIECES_USED = 32
BEGINNING = 3  # letters; with fewer, half of all words begin
SNIPPET_CHARACTERS = 400  # where no blanks part the words
# A snippet of 40 words. Not in one step with BEST, where FTS5 would cut snippets of
# all the rows that it ranks. The plus keeps SQLite from asking once for each row id.
MARKED = """
SELECT rowid, highlight(passage_words, 1, %s, %s),
snippet(passage_words, 2, %s, %s, '…', 40)
FROM passage_words WHERE passage_words MATCH %s
AND +rowid IN (SELECT value FROM json_each(%s))"""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text, and whether it is what was looked for."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that holds what was looked for."""

    passage: Passage
    title: tuple[Part, ...]  # all of it
    snippet: tuple[Part, ...]  # where in the text most of the words stand


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed, as phrases of FTS5."""

    together: tuple[str, ...]  # all of these
    # Or all of these, where the last word goes on with an ending that is not indexed.
    begun: tuple[str, ...]
    apart: tuple[str, ...]  # or, where no passage has all of them, any of these
    words: tuple[str, ...]  # one of `together` each, if that is one word; else ""


def find(library: Library, words: str, *, limit: int = 200) -> list[Hit]:
    """Return the current passages that hold what was typed, best first.

    All the words; where no passage has them all, any. For words that no passage has,
    those that are spelt almost so. "Words in quotes" stand in a
    row. The last word may be the beginning of one, unless a blank follows.
    """
    return marked(library, words, find_ids(library, words, limit=limit))


def find_ids(library: Library, words: str, *, limit: int = 200) -> list[int]:
    """Return the ids of what `find` finds, which takes less time."""
    sought = _sought(words)
    if not sought.together:
        return []
    for phrases in filter(None, (sought.together, sought.begun)):
        if ids := _with_all(library, phrases, limit):
            return ids
    meant = meant_by([library.pk], sought.words)
    if meant and (ids := _with_all(library, _mended(sought, meant), limit)):
        return ids
    others = chain.from_iterable(meant.values())
    return ranked([library.pk], [*sought.apart, *others], limit=limit)


def _with_all(library: Library, phrases: Iterable[str], limit: int) -> list[int]:
    match = both(within([library.pk]), all_of(phrases))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(BEST, [match, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _mended(sought: Sought, meant: Mapping[str, list[str]]) -> list[str]:
    """Return all that is looked for, with what was meant by misspelt words."""
    pairs = zip(sought.together, sought.words, strict=True)
    return [f"({' OR '.join([each, *meant.get(word, ())])})" for each, word in pairs]


def marked(library: Library, words: str, ids: Sequence[int]) -> list[Hit]:
    """Return these passages with the words marked, in this order.

    Passages that hold none of the words, or are not current, are left out.
    """
    sought = _sought(words)
    if not sought.together or not ids:
        return []
    meant = meant_by([library.pk], sought.words)
    either = [*sought.together, *sought.apart, *chain.from_iterable(meant.values())]
    # Nobody can guess the marks, so no text holds them.
    on, off = f"<{secrets.token_hex(8)}>", f"</{secrets.token_hex(8)}>"
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        for phrases in filter(None, (either, sought.begun)):
            match = both(within([library.pk]), any_of(dict.fromkeys(phrases)))
            cursor.execute(MARKED, [on, off, on, off, match, json.dumps(list(ids))])
            rows = {pk: (title, text) for pk, title, text in cursor.fetchall()}
            if rows:
                break
    found = Passage.objects.current().in_bulk(list(rows))
    return [
        Hit(found[pk], _parts(title, on, off), _short(_parts(text, on, off)))
        for pk, title, text in ((pk, *rows[pk]) for pk in ids if pk in found)
    ]


def _sought(typed: str) -> Sought:
    together: list[str] = []
    apart: list[str] = []
    stems: list[str] = []  # of the last word
    single: list[str] = []
    for piece in list(PIECE.finditer(typed))[:PIECES_USED]:
        quoted = piece[2] is None
        words = WORD.findall(piece[1] if quoted else piece[2])
        if not words:
            continue
        last = not quoted and piece.end() == len(typed)
        begun = last and len(words[-1]) >= BEGINNING
        together.append(phrase(words, begun=begun))
        single.append(words[0] if len(words) == 1 and not quoted else "")
        apart += [together[-1]] if quoted else _singly(words, begun=begun)
        if begun:
            stems = [phrase([*words[:-1], stem]) for stem in stems_of(words[-1])]
    begun_so = (*together[:-1], f"({' OR '.join(stems)})") if stems else ()
    return Sought(tuple(together), begun_so, tuple(apart), tuple(single))


def _singly(words: Sequence[str], *, begun: bool) -> list[str]:
    """Each word is a phrase: a word with a hyphen is several for FTS5."""
    return [phrase([w]) for w in words[:-1]] + [phrase(words[-1:], begun=begun)]


def _parts(text: str, on: str, off: str) -> tuple[Part, ...]:
    before, *rest = text.split(on)
    parts = [Part(before, False)]
    for piece in rest:
        match, _, after = piece.partition(off)
        parts += [Part(match, True), Part(after, False)]
    return tuple(part for part in parts if part.text)


def _short(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Cut a snippet whose words are not parted by blanks."""
    kept: list[Part] = []
    left = SNIPPET_CHARACTERS
    for part in parts:
        lead = not kept and not part.matched and len(part.text) > left // 2
        text = f"…{part.text[-left // 2 :]}" if lead else part.text[:left]
        kept += [Part(text, part.matched)] if text else []
        left -= len(text)
    return tuple(kept)
