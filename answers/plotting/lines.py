"""Lines over days, or over whatever the labels are."""

from collections.abc import Sequence
from dataclasses import dataclass

from answers.plotting.drawing import (
    Key,
    Mark,
    Plot,
    Series,
    Write,
    grid,
    labelled,
    look_of,
    marker,
    n,
    slots,
    table,
    upwards,
)

MARKERS = 40  # more points than these have no markers: they would hide the line
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 24.0


def lines(
    name: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str,
    of_labels: str,
    write: Write = "{:g}".format,
    high: float | None = None,
) -> Plot:
    """Draw one line a series; it breaks where there is nothing to say.

    `of_labels` heads the table's first column and stands under the axis. `write` puts
    a value into words; `high` fixes the top of the scale.
    """
    known = [value for one in series for value in one.values if value is not None]
    scale = upwards(known, high=high, write=write)
    xs = slots(len(labels))
    marks: list[Mark] = []
    for number, one in enumerate(series):
        look = look_of(number)
        points = [
            None if value is None else (x, scale.at(value))
            for x, value in zip(xs, one.values, strict=True)
        ]
        marks.append(Mark("line", look, _path(points)))
        marks.append(Mark("marker", look, _markers(points, look)))
    return Plot(
        name=name,
        title=title,
        description=description,
        head=(of_labels, *(one.name for one in series)),
        rows=table(labels, series, write),
        across=labelled(labels),
        up=grid(scale, write),
        marks=tuple(marks),
        keys=_keys(series),
        x_title=of_labels,
    )


Place = tuple[float, float]


def _path(points: Sequence[Place | None]) -> str:
    drawn, pen_down = [], False
    for point in points:
        if point is not None:
            drawn.append(f"{'L' if pen_down else 'M'}{n(point[0])} {n(point[1])}")
        pen_down = point is not None
    return "".join(drawn)


def _markers(points: Sequence[Place | None], look: int) -> str:
    """Mark each point; of many only every so many, and those that stand alone."""
    every = -(-len(points) // MARKERS)
    alone = [
        point is not None
        and (i == 0 or points[i - 1] is None)
        and (i == len(points) - 1 or points[i + 1] is None)
        for i, point in enumerate(points)
    ]
    return "".join(
        marker(look, *point)
        for i, point in enumerate(points)
        if point is not None and (alone[i] or i % every == 0)
    )


def _keys(series: Sequence[Series]) -> tuple[Key, ...]:
    looks = [look_of(number) for number in range(len(series))]
    return tuple(
        Key("line", look, one.name, marker(look, 18, 6))
        for look, one in zip(looks, series, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of a word's size, for a cell of a table that says the numbers too."""

    title: str
    d: str
    width: str = n(SPARK_WIDTH)
    height: str = n(SPARK_HEIGHT)


def sparkline(title: str, values: Sequence[float]) -> Spark:
    most = max(max(values, default=0.0), 1e-9)
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    room = SPARK_HEIGHT - 2
    points = [(i * step, 1 + room * (1 - v / most)) for i, v in enumerate(values)]
    return Spark(title, _path(points))
