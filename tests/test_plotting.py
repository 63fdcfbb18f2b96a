"""Plots: drawn to scale, told apart without colour, and nothing of it markup."""

from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils.translation import override

from answers.plotting import (
    Plot,
    Point,
    Points,
    Series,
    bars,
    lines,
    reliability,
    sparkline,
    stacked,
)
from answers.plotting.drawing import LOOKS, marker, round_step, upwards

HOSTILE = '</title><script>alert(1)</script>"\' style="color:red'
DAYS = [f"day {n}" for n in range(1, 11)]


class Parts(HTMLParser):
    """Start tags with their attributes, and all text."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(render_to_string("admin/answers/plot.html", {"plot": plot}))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def questions(values: list[float | None], labels: list[str] | None = None) -> Plot:
    return lines(
        "q",
        "Questions",
        labels or DAYS[: len(values)],
        [Series("asked", values)],
        description="How many were asked",
        of_labels="Day",
    )


def marks(plot: Plot, kind: str) -> list[str]:
    return [mark.d for mark in plot.marks if mark.kind == kind]


@pytest.mark.parametrize(
    ("least", "step"),
    [(0.2, 0.2), (0.21, 0.5), (1, 1), (3, 5), (7, 10), (199_999, 200_000)],
)
def test_steps_are_round(least: float, step: float) -> None:
    assert round_step(least) == pytest.approx(step)


def test_the_scale_ends_at_or_above_the_largest_value() -> None:
    assert upwards([0, 43]).ticks == (0, 10, 20, 30, 40, 50)
    assert upwards([0.1], high=1).ticks[-1] == pytest.approx(1)
    assert upwards([]).ticks == (0, 1)
    assert upwards([0, 1], write="{:.0f}".format).ticks == (0, 1)
    assert upwards([3], write="{:.0f}".format).ticks == (0, 1, 2, 3)
    assert len(upwards([3], write=lambda value: "all alike").ticks) == 2
    assert upwards([0, 0]).at(0) == 200


def test_a_line_is_drawn_to_scale() -> None:
    assert marks(questions([0, 5, 10]), "line") == ["M103 200L217 106L331 12"]


def test_a_line_breaks_where_there_is_nothing_to_say() -> None:
    plot = questions([0, None, 10, 10])
    line, points = marks(plot, "line")[0], marks(plot, "marker")[0]
    assert line.count("M") == 2
    assert points.count("Z") == 3
    assert plot.rows[1] == ("day 2", "–")


def test_many_points_keep_their_labels_apart_and_their_line_visible() -> None:
    labels = [f"day {n}" for n in range(365)]
    plot = questions([1.0] * 365, labels)
    assert len(plot.across) <= 5
    assert marks(plot, "marker")[0].count("Z") <= 40
    assert len(plot.rows) == 365


def test_bars_stack_without_a_gap() -> None:
    plot = stacked(
        "v",
        "Verdicts",
        ["1 May"],
        [Series("right", [3]), Series("wrong", [1]), Series("unclear", [None])],
        description="What reviewers said",
        of_labels="Day",
    )
    right, wrong, unclear = marks(plot, "bar")
    assert right == "M80.2 200V59H353.8V200Z"
    assert wrong == "M80.2 59V12H353.8V59Z"
    assert unclear == ""
    assert [key.text for key in plot.keys] == ["unclear", "wrong", "right"]
    assert plot.rows == (("1 May", "3", "1", "–"),)


def test_markers_of_all_looks_differ() -> None:
    assert len({marker(look, 10, 10) for look in range(1, LOOKS + 1)}) == LOOKS


def test_reliability_shows_points_and_how_sure_they_are() -> None:
    points = [Point(0.5, 5, 10), Point(0.9, 0, 0)]
    plot = reliability(
        "r",
        "Reliability",
        [Points("today", points)],
        description="On the diagonal a score keeps its word",
        of_score="Score",
        of_share="Right",
        of_count="Answers",
    )
    assert marks(plot, "guide") == ["M46 200L388 12"]
    assert marks(plot, "marker")[0].count("Z") == 1
    assert plot.rows == (("50%", "50%", "10"),)
    low, high = points[0].interval()
    assert low == pytest.approx(0.2366, abs=1e-4)
    assert high == pytest.approx(0.7634, abs=1e-4)
    assert marks(plot, "whisker") == ["M217 155.5V56.5"]


def test_two_reliabilities_are_told_apart_without_colour() -> None:
    series = [Points(name, [Point(0.5, 5, 10)]) for name in ("before", "after")]
    plot = reliability(
        "r",
        "Reliability",
        series,
        description="",
        of_score="Score",
        of_share="Right",
        of_count="Answers",
    )
    before, after = marks(plot, "marker")
    assert before != after
    assert [row[0] for row in plot.rows] == ["before: 50%", "after: 50%"]
    assert [key.text for key in plot.keys] == ["before", "after"]


def test_an_empty_plot_says_so_and_draws_nothing() -> None:
    for plot in (questions([None, None]), questions([])):
        parts = Parts(plot)
        assert not parts.of("svg")
        assert "Nothing to show yet." in parts.text
    assert reliability(
        "r",
        "R",
        [],
        description="",
        of_score="",
        of_share="",
        of_count="",
    ).is_empty


def test_a_plot_has_a_name_a_description_and_a_table() -> None:
    parts = Parts(questions([1, 2]))
    svg = parts.of("svg")[0]
    assert svg["role"] == "img"
    ids = [attributes["id"] for __, attributes in parts.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert (svg["aria-labelledby"], svg["aria-describedby"]) == ("q-title", "q-desc")
    assert "How many were asked" in parts.text
    assert {"title", "desc", "details", "summary", "table"} <= {
        t for t, _ in parts.tags
    }
    assert len(parts.of("tr")) == 3


def test_fillings_are_those_of_the_plot_itself() -> None:
    plot = bars("b", "Bars", ["a"], Series("x", [1]), description="", of_labels="Day")
    parts = Parts(plot)
    filled = [path["fill"] for path in parts.of("path") if "fill" in path]
    assert filled == ["url(#b-1)"]
    assert "b-1" in {pattern["id"] for pattern in parts.of("pattern")}


def test_nothing_of_it_becomes_markup_or_style() -> None:
    plot = stacked(
        "x",
        HOSTILE,
        [HOSTILE],
        [Series(HOSTILE, [1]), Series(HOSTILE, [2])],
        description=HOSTILE,
        of_labels=HOSTILE,
        write=lambda value: HOSTILE,
    )
    parts = Parts(plot)
    assert not parts.of("script")
    assert not any("style" in attributes for _, attributes in parts.tags)
    spark = render_to_string(
        "admin/answers/sparkline.html", {"spark": sparkline(HOSTILE, [1, 2])}
    )
    assert "<script" not in spark


@override_settings(USE_THOUSAND_SEPARATOR=True)
def test_coordinates_are_no_numbers_of_a_language() -> None:
    with override("de"):
        html = render_to_string(
            "admin/answers/plot.html", {"plot": questions([1, 3, 2])}
        )
        spark = render_to_string(
            "admin/answers/sparkline.html", {"spark": sparkline("Pace", [1, 3, 2])}
        )
    assert 'd="M103 ' in html
    assert "," not in html.split("<svg", 1)[1].split("</svg>")[0]
    assert 'viewBox="0 0 120 24"' in spark
