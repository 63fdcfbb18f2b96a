"""Passages of a library that say nearly the same.

Two passages are alike when their texts are the same but for case, blanks and
punctuation, or when they share at least LIKE of their word triples. Texts of a few
words are compared with what they stand under: "Yes." answers many questions. Comparing
all with all is out of the question for 100,000 passages: each gets a few fingerprints
(MinHash of its word triples, in bands), and is compared with those that share one.
Bands of 4 out of 24 find a pair that shares 80 % with a probability of 0.96, 90 % with
0.998.

Fingerprints are taken on demand and kept, since texts never change: `look` works for
SECONDS at most and then says how many are left, to be called again. A passage is
compared with at most CANDIDATES others, so that a thousand copies of a form cost a
thousand times CANDIDATES, not a million.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from zlib import crc32

import numpy as np
import regex
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from answers.models import Fingerprint, Library, Likeness, Passage

SECONDS = 3.0
LOT = 200
LIKE = 0.8  # share of word triples
FEW = 8  # words; fewer say nothing alone
CANDIDATES = 20
BANDS, ROWS = 6, 4
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
Numbers = NDArray[np.uint64]


def _odd_numbers(count: int) -> Numbers:
    """Factors of the hashes h(x) = a * x mod 2^64: by chance, but always the same."""
    made = (blake2b(bytes([n]), digest_size=8).digest() for n in range(count))
    return np.array([int.from_bytes(number) | 1 for number in made], dtype=np.uint64)


_PLACES = _odd_numbers(3)  # the first, the second, the third word
_MIX = _odd_numbers(3 + BANDS * ROWS)[3:]  # (rows of all bands,)


@dataclass(frozen=True, slots=True)
class Looked:
    """How far looking for duplicates has come."""

    looked_at: int  # passages
    left: int

    @property
    def total(self) -> int:
        return self.looked_at + self.left


def progress(library: Library) -> Looked:
    total = library.passages.current().count()
    left = _unseen(library).count()
    return Looked(total - left, left)


def look(library: Library, *, seconds: float = SECONDS) -> None:
    """Compare passages that were not looked at yet, oldest first, for a while."""
    ends = time.monotonic() + seconds
    while _look_at_some(library) and time.monotonic() < ends:
        pass


def _look_at_some(library: Library) -> bool:
    """Compare a few; returns whether there were any."""
    with transaction.atomic():  # so that none is archived or moved meanwhile
        lot = list(_unseen(library).order_by("pk")[:LOT])
        if lot:
            _compare(library, lot)
    return bool(lot)


def _unseen(library: Library) -> QuerySet[Passage]:
    taken = Fingerprint.objects.filter(passage=OuterRef("pk"))
    return library.passages.current().filter(~Exists(taken))


def _compare(library: Library, lot: Sequence[Passage]) -> None:
    triples = {p.pk: _triples(p) for p in lot}
    keys = {pk: fingerprints(three) for pk, three in triples.items()}
    Fingerprint.objects.filter(passage__in=keys).delete()  # two looked at once
    Fingerprint.objects.bulk_create(
        Fingerprint(passage_id=pk, key=key)
        for pk, taken in keys.items()
        for key in taken
    )
    pairs = _candidates(library, keys)
    missing = {pk for pair in pairs for pk in pair} - triples.keys()
    triples |= {p.pk: _triples(p) for p in Passage.objects.filter(pk__in=missing)}
    likenesses = [
        Likeness(library=library, passage_id=a, other_id=b, share=share)
        for a, b in pairs
        if (share := _share(triples[a], triples[b])) >= LIKE
    ]
    Likeness.objects.bulk_create(likenesses, ignore_conflicts=True)


def _candidates(library: Library, keys: dict[int, list[int]]) -> list[tuple[int, int]]:
    """Pairs (lower id first) that share a fingerprint, a bounded number of each."""
    wanted = {key for taken in keys.values() for key in taken}
    rows = Fingerprint.objects.filter(
        key__in=wanted, passage__library=library, passage__archived_at=None
    ).order_by("passage")
    holders: dict[int, list[int]] = {}
    for key, pk in rows.values_list("key", "passage"):
        first = holders.setdefault(key, [])
        if len(first) < CANDIDATES:
            first.append(pk)
    pairs = set()
    for pk, taken in keys.items():
        others = dict.fromkeys(o for key in taken for o in holders[key] if o != pk)
        for other in list(others)[:CANDIDATES]:
            pairs.add((min(pk, other), max(pk, other)))
    return sorted(pairs)


def _triples(passage: Passage) -> Numbers:
    is_short = len(WORD.findall(passage.text)) < FEW
    # A text of marks alone is compared as it is.
    under = passage.heading if is_short and WORD.search(passage.text) else ""
    return triples_of(f"{under}\n{passage.text}")


def triples_of(text: str) -> Numbers:
    """The different word triples of a text, each as a number: (triples,), sorted.

    Case, blanks and punctuation do not matter, unless the text has nothing else. Of
    fewer than three words, their row is the only one.
    """
    words = WORD.findall(text.casefold()) or [text]
    numbers = np.fromiter(
        (crc32(word.encode()) for word in words), dtype=np.uint64, count=len(words)
    )
    if len(words) < 3:
        return np.unique((numbers * _PLACES[: len(words)]).sum(keepdims=True))
    threes = np.lib.stride_tricks.sliding_window_view(numbers, 3) * _PLACES
    return np.unique(threes.sum(axis=1))  # sums modulo 2^64


def fingerprints(triples: Numbers) -> list[int]:
    """Signed numbers of 64 bits; texts that are much alike share one of them.

    The first is the same for texts of the same triples, the others for a band each.
    """
    hashes = (triples[None, :] * _MIX[:, None]) >> np.uint64(32)  # (rows, triples)
    least = hashes.min(axis=1).reshape(BANDS, ROWS)
    bands = [bytes([n]) + band.tobytes() for n, band in enumerate(least)]
    return list(dict.fromkeys(map(_number, [triples.tobytes(), *bands])))


def _share(one: Numbers, other: Numbers) -> float:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def _number(given: bytes) -> int:
    """The same on every machine and in every process, unlike `hash`."""
    return int.from_bytes(blake2b(given, digest_size=8).digest(), signed=True)
