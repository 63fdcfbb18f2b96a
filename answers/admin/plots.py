"""The plots of the dashboard: numbers of a report, in words and pictures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from answers.figures.report import (
    PERCENTILES,
    VERDICTS,
    Compared,
    Period,
    Report,
    Reviewer,
    judged,
)
from answers.models import Verdict
from answers.plotting import (
    Plot,
    Point,
    Points,
    Series,
    Spark,
    lines,
    reliability,
    sparkline,
    stacked,
)

Counts = Counter[str]
NAMED = {
    "right": Verdict.RIGHT,
    "wrong_span": Verdict.WRONG_SPAN,
    "wrong": Verdict.WRONG,
    "holds_none": Verdict.NO_ANSWER,
    "unclear": Verdict.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What stands under the plots."""

    labels: list[str]
    title: str

    @classmethod
    def of(cls, period: Period) -> "Steps":
        labels = [date_format(day, "j M") for day in period.begins()]
        return cls(labels, _("Day") if period.step == 1 else _("Week from"))


def plots(report: Report, period: Period) -> list[Plot]:
    steps = Steps.of(period)
    return [
        questions(report, steps),
        rates(report, steps),
        verdicts(report, steps),
        right_by("models", _("Right answers by model"), report.models, steps),
        right_by("libraries", _("Right answers by library"), report.libraries, steps),
        scores(report),
        latency(report, steps),
    ]


def questions(report: Report, steps: Steps) -> Plot:
    def failed(counts: Counts) -> float:
        return counts["failed"] + counts["cancelled"]

    return stacked(
        "questions",
        _("Questions"),
        steps.labels,
        [
            Series(_("Answered"), [c["answered"] for c in report.steps]),
            Series(_("No answer found"), [c["no_answer"] for c in report.steps]),
            Series(_("Failed or cancelled"), [failed(c) for c in report.steps]),
        ],
        description=_("How many questions were asked, and what became of them."),
        of_labels=steps.title,
        write=whole,
    )


def rates(report: Report, steps: Steps) -> Plot:
    return lines(
        "rates",
        _("Answered, and helpful"),
        steps.labels,
        [
            Series(_("Answer found"), [answer_rate(c) for c in report.steps]),
            Series(_("Called helpful"), [helpful_rate(c) for c in report.steps]),
        ],
        description=_(
            "How many of the questions that were read have an answer, and how many of "
            "the answers that people judged were helpful."
        ),
        of_labels=steps.title,
        write=percent,
        high=1,
    )


def verdicts(report: Report, steps: Steps) -> Plot:
    return stacked(
        "verdicts",
        _("Verdicts"),
        steps.labels,
        [
            Series(str(NAMED[name].label), [c[name] for c in report.steps])
            for name in VERDICTS
        ],
        description=_("What reviewers said of answers, on the day they said it."),
        of_labels=steps.title,
        write=whole,
    )


def right_by(name: str, title: str, compared: Sequence[Compared], steps: Steps) -> Plot:
    return lines(
        name,
        title,
        steps.labels,
        [Series(one.name, [right_rate(c) for c in one.steps]) for one in compared],
        description=_(
            "How many of the answers that reviewers judged were right. Unclear "
            "questions are left out."
        ),
        of_labels=steps.title,
        write=percent,
        high=1,
    )


def scores(report: Report) -> Plot:
    points = [
        Point(score=total / count, right=right, count=count)
        for count, right, total in report.scores
    ]
    return reliability(
        "scores",
        _("What scores promise"),
        [Points(_("Score"), points)],
        description=_(
            "The score of answers against how many of them reviewers called right, "
            "with intervals of 95 per cent. On the diagonal a score keeps its word; "
            "below it promises too much."
        ),
        of_score=_("Score"),
        of_share=_("Right"),
        of_count=_("Reviewed"),
        write=percent,
        count=whole,
    )


def latency(report: Report, steps: Steps) -> Plot:
    names = [
        _("%(share)d %% of questions") % {"share": share * 100} for share in PERCENTILES
    ]
    return lines(
        "latency",
        _("Seconds to the answer"),
        steps.labels,
        [
            Series(name, report.percentiles(share))
            for name, share in zip(names, PERCENTILES, strict=True)
        ],
        description=_(
            "Within how many seconds a half, nine tenths and 99 per cent of the "
            "questions were read. Exact to about a tenth."
        ),
        of_labels=steps.title,
        write=seconds,
    )


def pace(reviewer: Reviewer) -> Spark:
    said = _("Reviews of %(name)s over time") % {"name": reviewer.name}
    return sparkline(said, reviewer.steps)


Rate = Callable[[Counts], float | None]


def answer_rate(counts: Counts) -> float | None:
    return share(counts["answered"], counts["answered"] + counts["no_answer"])


def helpful_rate(counts: Counts) -> float | None:
    return share(counts["helpful"], counts["helpful"] + counts["unhelpful"])


def right_rate(counts: Counts) -> float | None:
    return share(counts["right"], judged(counts))


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def percent(value: float, digits: int = 0) -> str:
    """A share of 1 in per cent, as the language writes it."""
    return _("%(number)s %%") % {"number": rounded(value * 100, digits)}


def seconds(milliseconds: float) -> str:
    """Two digits, as the language writes them: 0.45, 4.5, 45."""
    value = milliseconds / 1000
    places = 0 if value == 0 or value >= 9.95 else 1 if value >= 0.995 else 2
    return rounded(value, places)


def rounded(value: float, digits: int) -> str:
    # number_format alone cuts off: 66.7 would become 66.
    return number_format(round(value, digits), decimal_pos=digits)


def whole(value: float) -> str:
    return number_format(round(value), force_grouping=True)


def tenths(value: float) -> str:
    return rounded(value, 1)
