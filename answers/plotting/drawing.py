"""What a plot is made of, and the scales that it is drawn to.

Lengths are units of the picture's own 400 × 236 grid, y downwards; CSS scales it.
Coordinates are written out here, since a template would put them into the language.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEFT, RIGHT, TOP, BOTTOM = 46.0, 388.0, 12.0, 200.0  # of the field inside the axes
LOOKS = 6  # different dashes, markers and hatchings; see plots.css and plot.html
STEPS = 5  # between ticks, at most
TRIES = 20  # to space ticks, in steps of about two
LABELS = 5  # under the field, at most: more would run into each other
BY_ITSELF = 2.2  # half the size of a marker

Write = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values, one for each label of the plot; None where there is nothing to say."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Tick:
    at: str  # along its axis
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A path of one kind ("line", "marker", "bar", "whisker", "guide")."""

    kind: str
    look: int  # 1..LOOKS
    d: str


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend: how the series looks, and what it is."""

    kind: str
    look: int
    text: str
    marker: str = ""  # path of its marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A picture with its table, ready for admin/answers/plot.html."""

    name: str  # of its ids in the page
    title: str
    description: str
    head: tuple[str, ...]  # of the table; rows begin with a label
    rows: tuple[tuple[str, ...], ...]
    across: tuple[Tick, ...] = ()  # x of labels under the field
    up: tuple[Tick, ...] = ()  # y of grid lines
    marks: tuple[Mark, ...] = ()
    keys: tuple[Key, ...] = ()  # of the legend
    x_title: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(mark.d for mark in self.marks if mark.kind != "guide")


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to places, and the values worth a tick."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def upwards(
    values: Sequence[float], *, high: float | None = None, write: Write = str
) -> Scale:
    """Return the scale of the y axis, from zero to the first round number above.

    Its ticks are far enough apart to be written differently: of few whole things there
    are no fifths.
    """
    most = max(values, default=0.0) if high is None else high
    step = round_step(most / STEPS) if most > 0 else 1.0
    ticks = _ticks(step, most)
    for _try in range(TRIES):
        if len(set(map(write, ticks))) == len(ticks):
            break
        step = round_step(step * 1.5)
        ticks = _ticks(step, most)
    return Scale(0.0, ticks[-1], BOTTOM, TOP, ticks)


def _ticks(step: float, most: float) -> tuple[float, ...]:
    steps = max(1, math.ceil(most / step - 1e-9))
    return tuple(step * n for n in range(steps + 1))


def round_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= least * (1 - 1e-9))


def slots(count: int) -> tuple[float, ...]:
    """Return the middles of `count` equal parts of the field's width."""
    width = (RIGHT - LEFT) / max(count, 1)
    return tuple(LEFT + width * (n + 0.5) for n in range(count))


def labelled(labels: Sequence[str]) -> tuple[Tick, ...]:
    """Return ticks for every so many labels, so that they do not run together."""
    every = max(1, math.ceil(len(labels) / LABELS))
    places = slots(len(labels))
    return tuple(Tick(n(places[i]), labels[i]) for i in range(0, len(labels), every))


def grid(scale: Scale, write: Write) -> tuple[Tick, ...]:
    return tuple(Tick(n(scale.at(value)), write(value)) for value in scale.ticks)


def table(
    labels: Sequence[str], series: Sequence[Series], write: Write
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (label, *(written(one.values[row], write) for one in series))
        for row, label in enumerate(labels)
    )


def written(value: float | None, write: Write) -> str:
    return "–" if value is None else write(value)


def look_of(number: int) -> int:
    """Return the look of the n-th series, from 0."""
    return number % LOOKS + 1


def marker(look: int, x: float, y: float, size: float = BY_ITSELF) -> str:
    """Return the closed path of the marker of a look: six that differ in shape."""
    s = size
    outlines: dict[int, tuple[tuple[float, float], ...]] = {
        2: ((-s, -s), (s, -s), (s, s), (-s, s)),  # square
        3: ((0, -1.4 * s), (1.3 * s, s), (-1.3 * s, s)),  # triangle
        4: ((0, -1.5 * s), (1.5 * s, 0), (0, 1.5 * s), (-1.5 * s, 0)),  # diamond
        5: ((0, 1.4 * s), (1.3 * s, -s), (-1.3 * s, -s)),  # triangle on its head
        6: ((-1.6 * s, -s / 2), (1.6 * s, -s / 2), (1.6 * s, s / 2), (-1.6 * s, s / 2)),
    }
    if look not in outlines:  # a circle, as two arcs
        arc = f"a{n(s)} {n(s)} 0 1 0"
        return f"M{n(x - s)} {n(y)}{arc} {n(2 * s)} 0{arc} {n(-2 * s)} 0Z"
    corners = "L".join(f"{n(x + dx)} {n(y + dy)}" for dx, dy in outlines[look])
    return f"M{corners}Z"


def n(value: float) -> str:
    """Return a coordinate as SVG writes it, a tenth of a unit exact."""
    return f"{value:.1f}".removesuffix(".0")
