"""Texts that are longer than a passage may be, cut where they pause."""

from collections.abc import Iterator

import regex

from answers.library import NewPassage

# Where a text may be cut, best place first: between paragraphs, lines, sentences,
# words, and at last between graphemes.
PAUSES = (r"\n\s*\n", r"\n", r"(?<=[.!?…。！？])\s+", r"\s+")


def numbered(title: str, number: int) -> str:
    """Return the title of a part: "Title", "Title (2)", "Title (3)"."""
    return title if number == 1 else f"{title} ({number})"


def in_parts(passage: NewPassage, *, limit: int) -> Iterator[NewPassage]:
    """Yield the passage in parts of at most `limit` code points."""
    # Cleaning turns CRLF into LF, so the saved text is never longer than this one.
    for number, text in enumerate(_cut(passage.text, limit), 1):
        yield NewPassage(title=numbered(passage.title, number), text=text)


def _cut(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        end, next_start = _pause(text, limit)
        yield text[:end]
        text = text[next_start:]
    yield text


def _pause(text: str, limit: int) -> tuple[int, int]:
    """Return where the first part ends and the next one starts.

    A pause in the first half is too early: it would make many small parts.
    """
    for pattern in PAUSES:
        pauses = regex.finditer(pattern, text, pos=limit // 2, endpos=limit + 1)
        spans: list[tuple[int, int]] = [found.span() for found in pauses]
        if spans and spans[-1][0] > 0:
            return spans[-1]
    ends: list[int] = [
        found.end() for found in regex.finditer(r"\X", text[: limit + 1])
    ]
    # The last one may have been torn by the slice, unless it ends before the limit.
    border = max((end for end in ends[:-1] if end <= limit), default=limit)
    return border, border
