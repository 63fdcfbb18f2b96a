"""Words of questions, and what is asked of FTS5, in which no word is an operator."""

from collections.abc import Iterable, Sequence

import regex

# A mark alone, as after an emoji, is no word: it would be an empty phrase to FTS5.
WORD = regex.compile(r"\p{M}*[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
# Words that a question is made of rather than about. Without them the right passage is
# among the first ten a little more often, and the search is faster.
STOP_WORDS = frozenset(
    (
        "a an and are as at be been but by can could did do does for from had has have "
        "he her his how i if in into is it its me my of on or our she should so than "
        "that the their them then there these they this to was we were what when where "
        "which who whom whose why will with would you your"
    ).split()
)


def content_words(question: str) -> list[str]:
    """Return the words without the stop words, unless there are no others."""
    words = WORD.findall(question)
    return [word for word in words if word.lower() not in STOP_WORDS] or words


def phrase(words: Iterable[str], *, begun: bool = False) -> str:
    """Return what FTS5 looks up: these words in a row; `begun`: the last may go on.

    Quoted, so that no word is taken for an operator of the query language.
    """
    return f'"{" ".join(words)}"' + "*" * begun


def any_of(phrases: Iterable[str]) -> str:
    return "{title text}: (" + " OR ".join(phrases) + ")"


def all_of(phrases: Iterable[str]) -> str:
    return "{title text}: (" + " AND ".join(phrases) + ")"


def within(libraries: Sequence[int]) -> str:
    return "library_id: (" + " OR ".join(f'"{pk}"' for pk in libraries) + ")"


def both(*parts: str) -> str:
    return " AND ".join(f"({part})" for part in parts if part)
