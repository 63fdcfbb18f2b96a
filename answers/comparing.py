"""Two versions of a text, word by word (Django-free).

Words that stand once in either text are anchors; the longest run of anchors in the same
order holds, and what lies between them is compared in the same way again ("patience").
Stretches without an anchor are compared by difflib while they are small, and are
replaced whole when they are not, so that no text takes long: quadratic work is done on
at most SMALL words at a time.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

import regex

# A word, the blanks between words, or one character as people see it. Scripts that set
# no blanks between words are compared sign by sign.
TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*|\s+|\X"
)
SMALL = 400  # tokens, on either side
# How often each token may be looked at; texts made to be hard to compare need more, and
# the rest of them is replaced whole.
LOOKS = 40
KEPT_AROUND = 200  # code points of an unchanged stretch that stay in sight

Kind = Literal["same", "removed", "added"]
Pairs = list[tuple[int, int, int]]  # start in the old, start in the new, length


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the comparison; what is the same is a piece of both texts."""

    kind: Kind
    text: str
    marked: bool = False  # an answer stood here
    folded: bool = False  # unchanged, and far from any change or mark


def compare(
    old: str, new: str, *, marked: tuple[int, int] | None = None
) -> list[Stretch]:
    """Return the stretches that lead from the old text to the new.

    Those that are not "added" join to the old text, those that are not "removed" to the
    new. `marked` is a half-open range of code points in the old text. Every character
    of either text is there once: nothing is left out, only marked as to be folded.
    """
    stretches = list(_stretches(TOKEN.findall(old), TOKEN.findall(new)))
    if marked:
        stretches = list(_with_mark(stretches, *marked))
    return list(_folded(stretches))


def _stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    i = j = 0
    for a, b, length in [*_joined(_matches(old, new), old), (len(old), len(new), 0)]:
        if removed := "".join(old[i:a]):
            yield Stretch("removed", removed)
        if added := "".join(new[j:b]):
            yield Stretch("added", added)
        if length:
            yield Stretch("same", "".join(old[a : a + length]))
        i, j = a + length, b + length


def _joined(pairs: Pairs, old: Sequence[str]) -> Pairs:
    """Matches in order, touching ones as one; blanks alone are not worth keeping."""
    joined: Pairs = []
    for a, b, length in sorted(pairs):
        if joined:
            i, j, before = joined[-1]
            if (i + before, j + before) == (a, b):
                joined[-1] = (i, j, before + length)
                continue
        joined.append((a, b, length))
    return [pair for pair in joined if _is_worth_keeping(pair, pair == joined[0], old)]


def _is_worth_keeping(
    pair: tuple[int, int, int], is_first: bool, old: Sequence[str]
) -> bool:
    """A blank between two replaced words makes one replaced stretch of them."""
    a, b, length = pair
    at_the_edge = (is_first and a == b == 0) or a + length == len(old)
    return at_the_edge or any(not word.isspace() for word in old[a : a + length])


def _matches(old: Sequence[str], new: Sequence[str]) -> Pairs:
    """Return the runs that are the same, in any order."""
    found: Pairs = []
    waiting = [(0, len(old), 0, len(new))]
    looks = LOOKS * (len(old) + len(new))
    while waiting and looks >= 0:
        low, high, first, last = waiting.pop()
        looks -= high - low + last - first
        start = _same_start(old, new, low, high, first, last)
        found.append((low, first, start))
        low, first = low + start, first + start
        end = _same_end(old, new, low, high, first, last)
        found.append((high - end, last - end, end))
        high, last = high - end, last - end
        if low == high or first == last:
            continue
        anchors = _anchors(old[low:high], new[first:last])
        if anchors:
            waiting += _between(anchors, low, high, first, last)
            found += [(low + a, first + b, 1) for a, b in anchors]
        elif high - low <= SMALL and last - first <= SMALL:
            found += _small(old[low:high], new[first:last], low, first)
    return [pair for pair in found if pair[2]]


def _same_start(
    old: Sequence[str], new: Sequence[str], low: int, high: int, first: int, last: int
) -> int:
    most = min(high - low, last - first)
    same = 0
    while same < most and old[low + same] == new[first + same]:
        same += 1
    return same


def _same_end(
    old: Sequence[str], new: Sequence[str], low: int, high: int, first: int, last: int
) -> int:
    most = min(high - low, last - first)
    same = 0
    while same < most and old[high - same - 1] == new[last - same - 1]:
        same += 1
    return same


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Words that stand once in both, in the longest order that both share."""
    counts_old, counts_new = Counter(old), Counter(new)
    places = {w: j for j, w in enumerate(new) if counts_new[w] == 1}
    pairs = [
        (i, places[w]) for i, w in enumerate(old) if counts_old[w] == 1 and w in places
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the most pairs of which the second numbers rise, too."""
    tops: list[int] = []  # the least last number of a run, by the length of the run
    ends: list[int] = []  # which pair that is
    before = [-1] * len(pairs)
    for at, (_, j) in enumerate(pairs):
        length = bisect_left(tops, j)
        before[at] = ends[length - 1] if length else -1
        tops[length : length + 1] = [j]
        ends[length : length + 1] = [at]
    run: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _between(
    anchors: list[tuple[int, int]], low: int, high: int, first: int, last: int
) -> Iterator[tuple[int, int, int, int]]:
    i, j = low, first
    for a, b in [*anchors, (high - low, last - first)]:
        yield i, low + a, j, first + b
        i, j = low + a + 1, first + b + 1


def _small(old: Sequence[str], new: Sequence[str], low: int, first: int) -> Pairs:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(low + a, first + b, n) for a, b, n in matcher.get_matching_blocks()]


def _with_mark(stretches: list[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """Cut the stretches of the old text where the mark begins and ends."""
    at = 0
    for stretch in stretches:
        if stretch.kind == "added":
            yield stretch
            continue
        left = min(max(start - at, 0), len(stretch.text))
        right = min(max(end - at, 0), len(stretch.text))
        pieces = (
            (stretch.text[:left], False),
            (stretch.text[left:right], True),
            (stretch.text[right:], False),
        )
        for text, is_marked in pieces:
            if text:
                yield replace(stretch, text=text, marked=is_marked)
        at += len(stretch.text)


def _folded(stretches: list[Stretch]) -> Iterator[Stretch]:
    """Cut the middle out of long unchanged stretches, as stretches to be folded."""
    for number, stretch in enumerate(stretches):
        if stretch.kind != "same" or stretch.marked:
            yield stretch
            continue
        text = stretch.text
        left = 0 if number == 0 else _border(text, KEPT_AROUND)
        right = len(text)
        if number < len(stretches) - 1:
            right = _border(text, len(text) - KEPT_AROUND)
        if right - left < KEPT_AROUND:
            yield stretch
            continue
        for piece, is_folded in (
            (text[:left], False),
            (text[left:right], True),
            (text[right:], False),
        ):
            if piece:
                yield replace(stretch, text=piece, folded=is_folded)


def _border(text: str, near: int) -> int:
    """Return a place between two words, at `near` or up to 60 code points later."""
    near = max(0, min(near, len(text)))
    found = regex.compile(r"\s").search(text, near, min(len(text), near + 60))
    return int(found.end()) if found else near
