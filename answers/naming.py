"""Names that a question asks about and a text does not have (Django-free).

A reader that has found the right kind of place may take a name for another much like
it: "Vesta Due" for "Vesta Uno". It cannot be told so by its score; a person can see it
where the words that are missing are named.
"""

import unicodedata

import regex

WORD = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|(?<=\p{N})[.,](?=\p{N}))*")
BEGINS_SENTENCE = regex.compile(r"(?:^|[.!?:…][^\p{L}\p{N}]*|[\"“(\[]\s*)$")
MARKS = regex.compile(r"\p{Mn}+")
# Written large for what they are, not for whom they name.
NO_NAMES = frozenset("i mr mrs ms dr prof".split())
ABBREVIATION = 4  # letters of one at most
MOST = 3  # words that are told of


def unmentioned(question: str, *texts: str) -> list[str]:
    """The words of names in the question that none of the texts has, in their order.

    Names are told by their capitals and digits, so there are none in a question that
    is written without, or with nothing else. A word that begins a sentence is none,
    nor are short abbreviations ("US"): texts write them out. At most three.
    """
    names = dict.fromkeys(_names(question))
    if not names:
        return []
    folded = " ".join(map(_folded, texts))
    return [name for name in names if not _stands_in(folded, _folded(name))][:MOST]


def _names(question: str) -> list[str]:
    words = list(WORD.finditer(question))
    inside = [word for word in words if not _begins_sentence(question, word.start())]
    large = [word for word in inside if word[0][0].isupper()]
    if len(large) > len(inside) * 3 / 4:
        return []  # Every Word Is Written So, as in a heading
    return [word[0] for word in inside if _is_name(word[0])]


def _begins_sentence(question: str, start: int) -> bool:
    return BEGINS_SENTENCE.search(question, endpos=start) is not None


def _is_name(word: str) -> bool:
    if word.isdigit():
        return len(word) > 2  # a year, rather than a number of things
    if any(letter.isdigit() for letter in word):
        return any(letter.isupper() for letter in word)
    return (
        word[0].isupper()
        and (len(word) > ABBREVIATION or not word.isupper())
        and word.casefold() not in NO_NAMES
    )


def _stands_in(text: str, name: str) -> bool:
    """As a whole word, in the singular or the plural. Both are folded."""
    stem = regex.escape(name.removesuffix("s"))
    return (
        regex.search(rf"(?<![\p{{L}}\p{{N}}]){stem}s?(?![\p{{L}}\p{{N}}])", text)
        is not None
    )


def _folded(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", MARKS.sub("", decomposed)).casefold()
