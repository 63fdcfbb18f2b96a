"""Bins for times and scores, and what can be read off them.

A time falls into bin 2·log2(t): bins are half an octave wide, so that a percentile
read off them is some 10 % exact whatever the times are. Scores have ten bins.
"""

import math
from collections.abc import Mapping

PER_OCTAVE = 2
SCORE_BINS = 10


def time_bin(amount: int) -> int:
    """Return the bin of a time, in whatever whole unit it is measured."""
    return int(PER_OCTAVE * math.log2(max(amount, 1)))


def score_bin(score: float) -> int:
    return min(int(score * SCORE_BINS), SCORE_BINS - 1)


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time that `share` of all stay below; None without any.

    Within its bin a time is taken to be spread evenly on the scale of logarithms.
    """
    left = share * sum(counts.values())
    for number in sorted(counts):
        if counts[number] and left <= counts[number]:
            within = left / counts[number]
            return float(2 ** ((number + within) / PER_OCTAVE))
        left -= counts[number]
    return None
