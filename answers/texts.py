"""Text as it is saved, and the pieces of it that are shown (Django-free).

Text is cleaned once, when it is saved, and never again: offsets are taken on the saved
text, so every later change would shift them.
"""

import hashlib
import unicodedata
from dataclasses import dataclass

import regex

LONE_SURROGATE = regex.compile(r"[\ud800-\udfff]")
LINE_END = regex.compile(r"\r\n?")
NAME = regex.compile(r"[\p{L}\p{M}\p{N}]+")
GRAPHEME = regex.compile(r"\X")
# What ends or wraps words and means nothing, in any script: not the signs of "C++",
# "C#", "5 %", "R & D", and no minus.
PUNCTUATION = r"[[\p{P}`´<>]--[\p{Pd}\p{Pc}#%&*/@\\§‰]]+"
AROUND_WORDS = regex.compile(rf"^{PUNCTUATION}|{PUNCTUATION}$", regex.VERSION1)
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
DASHES = regex.compile(r"\p{Pd}+")
BELOW = " › "  # between the headings that a passage stands under


class UnacceptableText(ValueError):
    """The text cannot be saved; the message says why, for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote in its surroundings, in segments that join to a slice of the text."""

    before: str
    quote: str
    after: str
    cut_before: bool  # the text goes on to the left
    cut_after: bool


def clean(text: str) -> str:
    """Return the text as it is saved: every line end is LF.

    Raises UnacceptableText for NUL, which PostgreSQL refuses, and for lone surrogates,
    which no encoding and no tokenizer takes.
    """
    if "\0" in text:
        raise UnacceptableText("The text contains a NUL character. Please remove it.")
    if found := LONE_SURROGATE.search(text):
        raise UnacceptableText(
            f"The text is damaged at character {found.start() + 1}: half of a "
            "surrogate pair stands there alone."
        )
    return str(LINE_END.sub("\n", text))


def excerpt(text: str, start: int, end: int, *, around: int = 160) -> Excerpt:
    """Return text[start:end] with about `around` code points on each side.

    Cuts fall between paragraphs, else on blanks, else between graphemes, so that no
    word, emoji or accented letter is torn.
    """
    left = _cut_left(text, start, around)
    right = _cut_right(text, end, around)
    return Excerpt(
        before=text[left:start],
        quote=text[start:end],
        after=text[end:right],
        cut_before=left > 0,
        cut_after=right < len(text),
    )


def shortened(text: str, limit: int) -> str:
    """Return the text on one line of at most `limit` code points.

    Cut after a word where there is one in the second half, else between graphemes; an
    ellipsis says that the text goes on.
    """
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    room = line[: limit - 1]
    blank = limit - 1 if line[limit - 1] == " " else room.rfind(" ")
    if blank >= limit // 2:
        return f"{room[:blank].rstrip(' .')}…"
    # The last grapheme may go on behind the cut.
    return f"{room[: _last_border(line, limit - 1)]}…"


def words_key(text: str) -> str:
    """Return 32 hexadecimal digits that are equal for the same words in the same order.

    Case, blanks, and punctuation around words make no difference; "C++", "C#" and "C"
    stay three words, and so do "3.5" and "35". Empty where there is no word: such texts
    have nothing in common.
    """
    # Apostrophes first: the compatible form of "´" begins with a blank. Folding may
    # take letters apart that the normal form composes.
    plain = unicodedata.normalize("NFKC", text.translate(APOSTROPHES))
    folded = unicodedata.normalize("NFKC", plain.casefold())
    words = (AROUND_WORDS.sub("", word) for word in folded.split())
    kept = [word for word in words if word and not DASHES.fullmatch(word)]
    if not kept:
        return ""
    return hashlib.blake2b(" ".join(kept).encode(), digest_size=16).hexdigest()


def file_name(title: str, otherwise: str) -> str:
    """Return a name for a file: the letters and digits of the title, of any script.

    Without an ending. Nothing in it means anything to a shell or a file system, and no
    invisible character turns its ending round.
    """
    words = NAME.findall(title)
    return (
        shortened(" ".join(words), 60).replace("…", "").replace(" ", "-") or otherwise
    )


def _last_border(text: str, position: int) -> int:
    """Return the last border between graphemes at or before `position`.

    Looks at 64 code points on either side; no real grapheme is longer.
    """
    low = max(0, position - 64)
    ends = (low + int(g.end()) for g in GRAPHEME.finditer(text[low : position + 64]))
    return max((end for end in ends if end <= position), default=position)


def _cut_left(text: str, start: int, around: int) -> int:
    if start <= around:
        return 0
    stretch = text[start - around : start]
    paragraph = stretch.rfind("\n\n", 0, around * 3 // 4)
    if paragraph >= 0:
        return start - around + paragraph + 2
    if blank := regex.search(r"\s+", stretch[: around // 2]):
        return start - around + int(blank.end())
    return start - around + _first_border(text, start - around)


def _cut_right(text: str, end: int, around: int) -> int:
    if len(text) - end <= around:
        return len(text)
    stretch = text[end : end + around]
    paragraph = stretch.find("\n\n", around // 4)
    if paragraph >= 0:
        return end + paragraph
    blanks = list(regex.finditer(r"\s+", stretch[around // 2 :]))
    if blanks:
        return end + around // 2 + int(blanks[-1].start())
    return end + around + _first_border(text, end + around)


def _first_border(text: str, position: int) -> int:
    """Return how far after `position` the next border between graphemes lies.

    Looks at 64 code points on either side; no real grapheme is longer.
    """
    low = max(0, position - 64)
    for grapheme in GRAPHEME.finditer(text[low : position + 64]):
        if low + grapheme.end() >= position:
            return low + int(grapheme.end()) - position
    return 0
