"""What the dashboard shows: sums over days, as few queries as there are tables."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum

from answers.figures.bins import percentile
from answers.figures.catching_up import today
from answers.models import (
    Answer,
    Figures,
    FiguresBin,
    FiguresTop,
    Library,
    Pace,
    Passage,
    Question,
    User,
)
from answers.models.figures import FiguresQuerySet

VERDICTS = ("right", "wrong_span", "wrong", "holds_none", "unclear")
COUNTS = (
    *("asked", "answered", "no_answer", "cancelled", "failed", "helpful", "unhelpful"),
    *VERDICTS,
)
SHOWN = 10  # of each list
COMPARED = 5  # models and libraries, in one plot
BY_DAY = 30  # days; longer periods are shown by the week
PERCENTILES = (0.5, 0.9, 0.99)

Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Period:
    """The last so many days, in steps that end today: days, or whole weeks."""

    days: int
    last: date

    @classmethod
    def until_today(cls, days: int) -> "Period":
        return cls(days, today())

    @property
    def step(self) -> int:
        return 1 if self.days <= BY_DAY else 7

    @property
    def steps(self) -> int:
        return -(-self.days // self.step)

    @property
    def whole_days(self) -> int:
        return self.steps * self.step

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.whole_days - 1)

    def begins(self) -> list[date]:
        """Return the first day of each step."""
        return [self.first + timedelta(days=n * self.step) for n in range(self.steps)]

    def step_of(self, day: date) -> int:
        return (day - self.first).days // self.step


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures are looked at, and which of them."""

    user: User
    period: Period
    library: int | None = None
    model: str = ""  # its hash

    def narrowed(self, figures: FiguresQuerySet) -> FiguresQuerySet:
        period = self.period
        figures = figures.filter(day__gte=period.first, day__lte=period.last)
        return figures.filter(model_hash=self.model) if self.model else figures

    def figures(self) -> FiguresQuerySet:
        seen = Figures.objects.visible_to(self.user, self.library)
        return self.narrowed(seen)

    def libraries(self) -> QuerySet[Library]:
        mine = Library.objects.reviewable_by(self.user)
        return mine if self.library is None else mine.filter(pk=self.library)


@dataclass(slots=True)
class Compared:
    """Verdicts of one model or library, by step."""

    name: str
    steps: list[Counts]

    @property
    def reviewed(self) -> int:
        return sum(judged(step) for step in self.steps)


@dataclass(slots=True)
class Listed:
    """A row of a list of the first few: how often or how long, and of what."""

    amount: int
    question: Question | None = None
    passage: Passage | None = None


@dataclass(slots=True)
class Reviewer:
    name: str
    steps: list[int]  # reviews
    seconds: float | None  # the median

    @property
    def reviews(self) -> int:
        return sum(self.steps)


@dataclass(slots=True)
class Report:
    steps: list[Counts]
    models: list[Compared]
    libraries: list[Compared]
    took: list[dict[int, int]]  # by step: questions by bin
    scores: list[tuple[int, int, float]]  # by bin: count, right, sum of scores
    slow: list[Listed] = field(default_factory=list)
    asked: list[Listed] = field(default_factory=list)
    passages: list[Listed] = field(default_factory=list)
    unused: list[Passage] = field(default_factory=list)
    reviewers: list[Reviewer] = field(default_factory=list)

    @property
    def total(self) -> Counts:
        return sum(self.steps, Counter())

    def percentiles(self, share: float) -> list[float | None]:
        return [percentile(step, share) for step in self.took]

    @property
    def median(self) -> float | None:
        whole: Counter[int] = Counter()
        for step in self.took:
            whole.update(step)
        return percentile(whole, 0.5)


def judged(counts: Mapping[str, int]) -> int:
    """Return how many verdicts say whether the answer was right."""
    return sum(counts[name] for name in VERDICTS) - counts["unclear"]


def report(asked: Asked) -> Report:
    steps, models = _by_model(asked)
    took, scores = _bins(asked)
    made = Report(steps, models, _by_library(asked), took, scores)
    _add_tops(made, asked)
    made.unused = _unused(asked)
    made.reviewers = _reviewers(asked)
    return made


def models_of(asked: Asked) -> list[tuple[str, str]]:
    """Return the hash and name of each model that there are figures of."""
    period = asked.period
    seen = Figures.objects.visible_to(asked.user, asked.library).filter(
        day__gte=period.first, day__lte=period.last
    )
    named = seen.exclude(model_hash="").values_list("model_hash")
    rows = named.annotate(name=Max("model_name")).order_by("name", "model_hash")
    return [(key, name) for key, name in rows]


def _sums(names: tuple[str, ...]) -> dict[str, Sum]:
    return {f"{name}_sum": Sum(name) for name in names}


def _add(counts: Counts, row: Mapping[str, Any], names: tuple[str, ...]) -> None:
    counts.update({name: row[f"{name}_sum"] for name in names if row[f"{name}_sum"]})


def _empty(period: Period) -> list[Counts]:
    return [Counter() for _step in range(period.steps)]


def _by_model(asked: Asked) -> tuple[list[Counts], list[Compared]]:
    period = asked.period
    steps = _empty(period)
    models: dict[str, Compared] = {}
    rows = asked.figures().values("day", "model_hash").order_by()
    for row in rows.annotate(name=Max("model_name"), **_sums(COUNTS)):
        step = period.step_of(row["day"])
        _add(steps[step], row, COUNTS)
        if key := row["model_hash"]:
            named = f"{row['name']} ({key[:6]})"
            one = models.setdefault(key, Compared(named, _empty(period)))
            _add(one.steps[step], row, VERDICTS)
    return steps, _most_reviewed(models.values())


def _by_library(asked: Asked) -> list[Compared]:
    """Verdicts are about one passage, and so about one library."""
    period = asked.period
    said = Q()
    for name in VERDICTS:
        said |= Q(**{f"{name}__gt": 0})
    rows = asked.narrowed(Figures.objects.filter(said)).filter(
        scope__libraries__in=asked.libraries()
    )
    libraries: dict[int, Compared] = {}
    by = rows.values("day", "scope__libraries", "scope__libraries__title").order_by()
    for row in by.annotate(**_sums(VERDICTS)):
        key, title = row["scope__libraries"], row["scope__libraries__title"]
        one = libraries.setdefault(key, Compared(title, _empty(period)))
        _add(one.steps[period.step_of(row["day"])], row, VERDICTS)
    return _most_reviewed(libraries.values())


def _most_reviewed(compared: Any) -> list[Compared]:
    known = [one for one in compared if one.reviewed]
    return sorted(known, key=lambda one: (-one.reviewed, one.name))[:COMPARED]


def _bins(asked: Asked) -> tuple[list[dict[int, int]], list[tuple[int, int, float]]]:
    took: list[dict[int, int]] = [{} for _step in range(asked.period.steps)]
    scores: dict[int, tuple[int, int, float]] = {}
    rows = FiguresBin.objects.filter(figures__in=asked.figures()).order_by()
    for day, kind, number, count, right, total in rows.values_list(
        "figures__day", "kind", "bin"
    ).annotate(Sum("count"), Sum("right"), Sum("total")):
        if kind == FiguresBin.Kind.TOOK:
            step = took[asked.period.step_of(day)]
            step[number] = step.get(number, 0) + count
        else:
            seen = scores.get(number, (0, 0, 0.0))
            scores[number] = (seen[0] + count, seen[1] + right, seen[2] + total)
    return took, [scores[number] for number in sorted(scores)]


def _add_tops(made: Report, asked: Asked) -> None:
    """Texts are shown of questions that asked nothing but what the person reviews."""
    legible = Figures.objects.legible_to(asked.user, asked.library)
    firsts = FiguresTop.objects.filter(figures__in=asked.narrowed(legible)).order_by()
    kinds = FiguresTop.Kind
    slow = firsts.filter(kind=kinds.SLOW).order_by("-amount", "pk")
    slow_rows = list(slow.values_list("question", "amount")[:SHOWN])
    often = firsts.filter(kind=kinds.ASKED).values_list("words_key")
    often_rows = [
        (question, times)
        for _words, question, times in often.annotate(
            example=Max("question"), times=Sum("amount")
        ).order_by("-times", "words_key")[:SHOWN]
    ]
    keys: set[UUID] = {key for key, _amount in (*slow_rows, *often_rows)}
    questions = Question.objects.select_related("review_item").in_bulk(keys)
    made.slow = [Listed(n, questions[key]) for key, n in slow_rows if key in questions]
    made.asked = [Listed(n, questions[k]) for k, n in often_rows if k in questions]
    quoted = firsts.filter(
        kind=kinds.PASSAGE, passage__library__in=asked.libraries()
    ).values_list("passage")
    rows = quoted.annotate(times=Sum("amount")).order_by("-times", "passage")[:SHOWN]
    quotes = dict(rows)
    passages = Passage.objects.defer("text").select_related("library").in_bulk(quotes)
    made.passages = [
        Listed(times, passage=passages[key])
        for key, times in quotes.items()
        if key in passages
    ]


def _unused(asked: Asked) -> list[Passage]:
    """Return the first current passages of the library that no answer has quoted."""
    if asked.library is None:
        return []
    quoting = Answer.objects.filter(passage=OuterRef("pk"))
    current = Passage.objects.current().filter(library__in=asked.libraries())
    unused = current.filter(~Exists(quoting)).order_by("title", "pk")
    return list(unused.select_related("library").defer("text")[:SHOWN])


def _reviewers(asked: Asked) -> list[Reviewer]:
    period = asked.period
    work = Pace.objects.visible_to(asked.user).filter(
        day__gte=period.first, day__lte=period.last
    )
    if asked.library is not None:
        work = work.filter(library=asked.library)
    reviewers: dict[int, Reviewer] = {}
    for key, name, day, reviews in (
        work.values_list("reviewer", "reviewer__username", "day")
        .annotate(Sum("reviews"))
        .order_by()
    ):
        one = reviewers.setdefault(key, Reviewer(name, [0] * period.steps, None))
        one.steps[period.step_of(day)] += reviews
    seconds: dict[int, Counter[int]] = {}
    timed = work.exclude(bin=None).values_list("reviewer", "bin").order_by()
    for key, number, reviews in timed.annotate(Sum("reviews")):
        seconds.setdefault(key, Counter())[number] += reviews
    for key, one in reviewers.items():
        one.seconds = percentile(seconds.get(key, {}), 0.5)
    return sorted(reviewers.values(), key=lambda one: (-one.reviews, one.name))
