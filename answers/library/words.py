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

# What an English word ends in that the index leaves off: of "configuration" it keeps
# "configur", which does not begin with "configura".
ENDINGS = (
    "able ably ally ance ant ate ation ative ence ent ement ful ible ing ion ism ity "
    "ive ize ization ment ness ous"
).split()
# How endings begin. One letter says too little: "note" would be "not".
BEGUN = {"", "i"} | {end[:size] for end in ENDINGS for size in range(2, len(end))}
SHORTEST_STEM = 3  # letters


def content_words(question: str) -> list[str]:
    """Return the words without the stop words, unless there are no others."""
    words = WORD.findall(question)
    return [word for word in words if word.lower() not in STOP_WORDS] or words


def phrase(words: Iterable[str], *, begun: bool = False) -> str:
    """Return what FTS5 looks up: these words in a row; `begun`: the last may go on.

    Quoted, so that no word is taken for an operator of the query language.
    """
    return f'"{" ".join(words)}"' + "*" * begun


def stems_of(begun: str) -> list[str]:
    """Return what the index may hold of a word that begins so and goes on."""
    stems: list[str] = []
    for size in range(SHORTEST_STEM, len(begun) + 1):
        stem, ending = begun[:size], begun[size:].lower()
        if ending not in BEGUN:
            continue
        if ending:
            stems += [stem, f"{stem}e"]  # "making" is "make" there
        if size > SHORTEST_STEM and stem[-1] == stem[-2]:
            stems.append(stem[:-1])  # and "running" is "run"
    return stems


def any_of(phrases: Iterable[str]) -> str:
    return "{title text section}: (" + " OR ".join(phrases) + ")"


def all_of(phrases: Iterable[str]) -> str:
    return "{title text section}: (" + " AND ".join(phrases) + ")"


def within(libraries: Sequence[int]) -> str:
    return "library_id: (" + " OR ".join(f'"{pk}"' for pk in libraries) + ")"


def both(*parts: str) -> str:
    return " AND ".join(f"({part})" for part in parts if part)
