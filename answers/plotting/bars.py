"""Bars over days, alone or stacked."""

from collections.abc import Sequence

from answers.plotting.drawing import (
    LEFT,
    RIGHT,
    Key,
    Mark,
    Plot,
    Scale,
    Series,
    Write,
    grid,
    labelled,
    look_of,
    n,
    slots,
    table,
    upwards,
)

SHARE = 0.8  # of its slot that a bar fills


def bars(
    name: str,
    title: str,
    labels: Sequence[str],
    values: Series,
    *,
    description: str,
    of_labels: str,
    write: Write = "{:g}".format,
) -> Plot:
    """Draw one bar a label."""
    return stacked(
        name,
        title,
        labels,
        [values],
        description=description,
        of_labels=of_labels,
        write=write,
    )


def stacked(
    name: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str,
    of_labels: str,
    write: Write = "{:g}".format,
) -> Plot:
    """Draw the series on top of each other, the first at the bottom."""
    count = len(labels)
    columns = [[one.values[i] or 0.0 for one in series] for i in range(count)]
    scale = upwards([sum(column) for column in columns], write=write)
    width = (RIGHT - LEFT) / max(count, 1) * SHARE
    marks = []
    for level in range(len(series)):
        boxes = [
            _box(x - width / 2, width, sum(column[:level]), column[level], scale)
            for x, column in zip(slots(count), columns, strict=True)
        ]
        marks.append(Mark("bar", look_of(level), "".join(boxes)))
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


def _box(x: float, width: float, under: float, value: float, scale: Scale) -> str:
    if value <= 0:
        return ""
    low, high = scale.at(under), scale.at(under + value)
    return f"M{n(x)} {n(low)}V{n(high)}H{n(x + width)}V{n(low)}Z"


def _keys(series: Sequence[Series]) -> tuple[Key, ...]:
    """The legend, in the order in which the bars are stacked, from above."""
    if len(series) < 2:
        return ()
    keys = [Key("bar", look_of(i), one.name) for i, one in enumerate(series)]
    return tuple(reversed(keys))
