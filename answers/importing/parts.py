"""Texts that are longer than a passage may be, cut where they pause."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import regex

from answers.library import NewPassage

# Where a text may be cut, best place first: between paragraphs, lines, sentences,
# words, and at last between graphemes.
PAUSES = (r"\n\s*\n", r"\n", r"(?<=[.!?…。！？])\s+", r"\s+")

# A sentence ends at its mark, what closes after it included; not after an initial, a
# number of a list or a common abbreviation, and only where the next may begin.
SENTENCE = regex.compile(
    r"(?<=[.!?…][\p{Pe}\p{Pf}\"'’]{0,2})"
    r"(?<!\b(?:\p{Lu}|\d{1,3}|Dr|Mr|Mrs|Ms|St|Prof|No|Nr|Fig|vs|etc|ca|cf|bzw"
    r"|e\.g|i\.e|z\.B|d\.h|p\.ex)\.)"
    r"\s++(?=[\p{P}\s]{0,20}[\p{Lu}\p{Lt}\p{Lo}\p{N}])"
    r"|(?<=[。！？]['\"」』）”’]?)\s*(?!['\"」』）”’])",
    regex.V1,
)
LINE = regex.compile(r"\n\s*")
BLANK = regex.compile(r"\s+")
# Scripts that put no blanks between words: two letters count as a word.
UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{1,2}"
)
LONG_WORD = 12  # code points; more count as several words
LONG_LINE = 120  # code points; text is wrapped at less, so longer lines are paragraphs


def numbered(title: str, number: int) -> str:
    """Return the title of a part: "Title", "Title (2)", "Title (3)"."""
    return title if number == 1 else f"{title} ({number})"


def in_parts(passage: NewPassage, *, limit: int) -> Iterator[NewPassage]:
    """Yield the passage in parts of at most `limit` code points."""
    if len(passage.text) <= limit:
        yield passage
        return
    # Cleaning turns CRLF into LF, so the saved text is never longer than this one.
    for number, text in enumerate(_cut(passage.text, limit), 1):
        yield replace(passage, title=numbered(passage.title, number), text=text)


def words_in(text: str) -> int:
    """Return about how many words the text has, in any script."""
    words = len(text.split())
    if not text.isascii():
        words += len(UNSPACED.findall(text))
    return max(words, len(text) // LONG_WORD)


def pieces(text: str, *, most: int) -> Iterator[tuple[str, str]]:
    """Yield pieces of at most `most` words, cut between sentences, else lines, words.

    With each comes what stood between it and the next one. The pieces of one text have
    about the same length.
    """
    words = words_in(text)
    if words <= most:
        yield text, ""
        return
    even = words / -(-words // most)
    held: list[str] = []
    size = 0
    for unit in _units(text, _borders(text), most):
        more = words_in(unit)
        if held and (size + more > most or size >= even):
            yield _without_gap("".join(held))
            held, size = [], 0
        held.append(unit)
        size += more
    yield _without_gap("".join(held))


def _borders(text: str) -> Sequence[regex.Pattern[str]]:
    """Return where to cut. Long lines are paragraphs, and so are those of a chat."""
    lines = text.split("\n")
    if len(lines) > 1 and (
        len(text) / len(lines) > LONG_LINE or not _are_wrapped(lines)
    ):
        return (LINE, SENTENCE, BLANK)
    return (SENTENCE, LINE, BLANK)


def _are_wrapped(lines: Sequence[str]) -> bool:
    """Whether most lines end where the next word had no room.

    A few are longer than the others: addresses of the web are never wrapped.
    """
    width = sorted(map(len, lines))[len(lines) * 9 // 10]
    words = (line.split(None, 1)[:1] for line in lines[1:])
    rooms = zip(lines[:-1], words, strict=True)
    full = sum(len(line) + 1 + len("".join(word)) > width for line, word in rooms)
    return full * 2 >= len(lines) - 1


def _units(
    text: str, borders: Sequence[regex.Pattern[str]], most: int
) -> Iterator[str]:
    """Yield slices that join to the text; only those that are too long are cut on."""
    if words_in(text) <= most:
        yield text
    elif not borders:
        yield from _cut(text, most)
    else:
        start = 0
        for border in borders[0].finditer(text):
            if start < border.end() < len(text):
                yield from _units(text[start : border.end()], borders[1:], most)
                start = border.end()
        yield from _units(text[start:], borders[1:], most)


def _without_gap(text: str) -> tuple[str, str]:
    bare = text.rstrip()
    return (bare, text[len(bare) :]) if bare else (text, "")


def _cut(text: str, limit: int) -> Iterator[str]:
    start = 0
    while len(text) - start > limit:
        end, next_start = _pause(text[start : start + limit + 1], limit)
        yield text[start : start + end]
        start += next_start
    yield text[start:]


def _pause(text: str, limit: int) -> tuple[int, int]:
    """Return where the first part ends and the next one starts.

    A pause in the first half is too early: it would make many small parts.
    """
    for pattern in PAUSES:
        pauses = regex.finditer(pattern, text, pos=limit // 2)
        spans: list[tuple[int, int]] = [found.span() for found in pauses]
        if spans and spans[-1][0] > 0:
            return spans[-1]
    ends: list[int] = [found.end() for found in regex.finditer(r"\X", text)]
    # The last one may have been torn by the slice, unless it ends before the limit.
    border = max((end for end in ends[:-1] if end <= limit), default=limit)
    return border, border
