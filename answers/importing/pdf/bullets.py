"""Bullets that are drawn, not written: browsers print those of their lists so."""

from bisect import bisect, insort
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Any

SMALLEST, LARGEST = 0.15, 0.7  # times the size of the letters beside it
LONGER = 1.5  # times its other side, or more: a stroke, not a bullet
HIGHEST = 0.8  # times the size of the letters: its middle above their foot
FURTHEST = 2.0  # times the size of the letters: between it and them
POINTS = {b"m", b"l", b"c", b"v", b"y"}  # end with the point that they lead to
UNSEEN = b"n"  # it is the border of what is seen
ENDS = {b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", UNSEEN}


@dataclass(slots=True)
class Bullets:
    """Remembers the small shapes of a page, from the lowest to the highest."""

    left: float = inf  # of the shape that is being drawn
    foot: float = inf
    right: float = -inf
    top: float = -inf
    # In points: its middle above the foot of the page, its right, width and height.
    found: list[tuple[float, float, float, float]] = field(default_factory=list)

    def operand(self, operator: bytes, operands: Any, cm: Any) -> None:
        """Take a step of a drawing, as pypdf tells it; `cm` leads to the page."""
        if operator in POINTS:
            self._reach(operands[-2:])
        elif operator == b"re":
            self._reach(operands[:2])
            self._reach(operands[:2], operands[2:])
        elif operator in ENDS:
            if operator != UNSEEN and self.left < inf:
                self._keep(cm)
            self.left = self.foot = inf
            self.right = self.top = -inf

    def before(self, left: float, foot: float, size: float) -> bool:
        """Whether a bullet stands left of the letters that begin there."""
        lowest = bisect(self.found, (foot,))
        highest = bisect(self.found, (foot + HIGHEST * size,))
        return any(
            0 <= left - right <= FURTHEST * size
            and SMALLEST * size <= min(width, height)
            and max(width, height) <= LARGEST * size
            for _middle, right, width, height in self.found[lowest:highest]
        )

    def _reach(self, point: Any, by: Any = (0, 0)) -> None:
        # Not two numbers, in a broken file.
        with suppress(TypeError, ValueError, OverflowError):
            x, y = (float(at) + float(more) for at, more in zip(point, by, strict=True))
            self.left, self.right = min(self.left, x), max(self.right, x)
            self.foot, self.top = min(self.foot, y), max(self.top, y)

    def _keep(self, cm: Any) -> None:
        """Remember the shape, if its sides are about as long as each other."""
        (x, y), (to_x, to_y) = (
            (x * cm[0] + y * cm[2] + cm[4], x * cm[1] + y * cm[3] + cm[5])
            for x, y in ((self.left, self.foot), (self.right, self.top))
        )
        width, height = abs(to_x - x), abs(to_y - y)
        if max(width, height) < LONGER * min(width, height):
            insort(self.found, ((y + to_y) / 2, max(x, to_x), width, height))
