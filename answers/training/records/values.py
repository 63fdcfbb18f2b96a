"""What stands in cells: an item of a list, its gaps filled, or a number within bounds.

A value is the name of a list ("colour"), or a kind of number with its bounds and the
unit that is written behind it: "int:5:80 kg", "float:0.5:8 cm", "year:1950:2024",
"digits:3:5". Items of lists may have gaps: "{first} {last}" takes an item of each, and
"{1..30}", with leading zeros "{01..30}", a number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

Lists = Mapping[str, Sequence[str]]

NUMBER: Final = re.compile(
    r"(?P<kind>int|float|year|digits):(?P<low>-?[\d.]+):(?P<high>[\d.]+)(?P<unit> .+)?"
)
GAP: Final = re.compile(r"\{(?:(?P<list>\w+)|(?P<low>\d+)\.\.(?P<high>\d+))\}")
LARGE: Final = 9999  # above it, thousands are mostly written with a comma


class Values:
    """Draws values."""

    def __init__(self, lists: Lists, rng: random.Random) -> None:
        self._lists, self._rng = lists, rng

    def draw(self, value: str) -> str:
        """One of them. ValueError for what is neither a list nor a number."""
        if value in self._lists:
            return self.filled(self._rng.choice(self._lists[value]))
        number = NUMBER.fullmatch(value)
        if number is None:
            raise ValueError(f"neither a list nor a number: {value!r}")
        low, high = float(number["low"]), float(number["high"])
        return self._number(number["kind"], low, high) + (number["unit"] or "")

    def several(self, value: str, number: int) -> list[str]:
        """As many different ones, or as many as there are after some tries."""
        found: dict[str, None] = {}
        for _ in range(8 * number):
            if len(found) == number:
                break
            found[self.draw(value)] = None
        return list(found)

    def filled(self, text: str) -> str:
        """The text with something in each of its gaps."""
        return GAP.sub(self._in_gap, text)

    def _in_gap(self, gap: re.Match[str]) -> str:
        if gap["list"]:
            return self.draw(gap["list"])
        low, high = gap["low"], gap["high"]
        width = len(low) if low.startswith("0") else 0
        return f"{self._rng.randint(int(low), int(high)):0{width}}"

    def _number(self, kind: str, low: float, high: float) -> str:
        if kind == "float":
            return f"{self._rng.uniform(low, high):.{self._rng.randint(1, 2)}f}"
        if kind == "digits":
            size = self._rng.randint(int(low), int(high))
            return str(self._rng.randrange(10 ** (size - 1), 10**size))
        # Small numbers are what most cells hold.
        part = self._rng.random() ** (2 if high - low > 1000 else 1)
        number = round(low + part * (high - low))
        if kind == "int" and number > LARGE and self._rng.random() < 0.7:
            return f"{number:,}"
        return str(number)
