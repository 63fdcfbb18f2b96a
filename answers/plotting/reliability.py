"""Reliability: what scores promise against how often they were right.

On the diagonal a score keeps its word; below it promises too much.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from answers.plotting.drawing import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Key,
    Mark,
    Plot,
    Scale,
    Tick,
    Write,
    grid,
    look_of,
    marker,
    n,
)

SMALLEST, LARGEST = 2.0, 6.0  # half the size of a point's marker
NORMAL = 1.96  # standard deviations either side that hold 95 %
FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """Answers with about the same score, and how many of them were right."""

    score: float  # their mean, 0..1
    right: int
    count: int

    @property
    def share(self) -> float:
        return self.right / self.count

    def interval(self) -> tuple[float, float]:
        """Return where the true share is with 95 % (Wilson's interval)."""
        z2 = NORMAL**2
        middle = (self.share + z2 / (2 * self.count)) / (1 + z2 / self.count)
        spread = self.share * (1 - self.share) / self.count
        half = NORMAL * math.sqrt(spread + z2 / (4 * self.count**2))
        half /= 1 + z2 / self.count
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one score, for instance before and after a calibration."""

    name: str
    points: Sequence[Point]


def reliability(
    name: str,
    title: str,
    series: Sequence[Points],
    *,
    description: str,
    of_score: str,
    of_share: str,
    of_count: str,
    write: Write = "{:.0%}".format,
    count: Write = "{:.0f}".format,
) -> Plot:
    """Draw points with their 95 % intervals, and the diagonal.

    `of_score`, `of_share`, `of_count` head the columns of the table. Points without
    an answer are left out.
    """
    x = Scale(0.0, 1.0, LEFT, RIGHT, FIFTHS)
    y = Scale(0.0, 1.0, BOTTOM, TOP, FIFTHS)
    kept = [Points(s.name, [p for p in s.points if p.count]) for s in series]
    marks = [Mark("guide", 1, f"M{n(LEFT)} {n(BOTTOM)}L{n(RIGHT)} {n(TOP)}")]
    for number, one in enumerate(kept):
        marks.extend(_drawn(one.points, look_of(number), x, y))
    several = len(series) > 1
    return Plot(
        name=name,
        title=title,
        description=description,
        head=(of_score, of_share, of_count),
        rows=tuple(
            (
                f"{one.name}: {write(p.score)}" if several else write(p.score),
                write(p.share),
                count(p.count),
            )
            for one in kept
            for p in one.points
        ),
        across=tuple(Tick(n(x.at(value)), write(value)) for value in x.ticks),
        up=grid(y, write),
        marks=tuple(marks),
        keys=_keys(series) if several else (),
        x_title=of_score,
    )


def _drawn(points: Sequence[Point], look: int, x: Scale, y: Scale) -> list[Mark]:
    most = max((point.count for point in points), default=1)
    whiskers, markers = [], []
    for point in points:
        at, (low, high) = n(x.at(point.score)), point.interval()
        whiskers.append(f"M{at} {n(y.at(low))}V{n(y.at(high))}")
        size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(point.count / most)
        markers.append(marker(look, x.at(point.score), y.at(point.share), size))
    return [
        Mark("whisker", look, "".join(whiskers)),
        Mark("marker", look, "".join(markers)),
    ]


def _keys(series: Sequence[Points]) -> tuple[Key, ...]:
    looks = [look_of(number) for number in range(len(series))]
    return tuple(
        Key("marker", look, one.name, marker(look, 18, 6, 4.0))
        for look, one in zip(looks, series, strict=True)
    )
