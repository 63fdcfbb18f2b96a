"""What two models said to the same question, side by side, for the page of a replay."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least, Length, Substr
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from answers.admin.cells import AROUND, QUESTION_CHARACTERS, TITLE_CHARACTERS
from answers.admin.marking import LONGEST_QUOTE, marked_excerpt
from answers.models import Library, Passage, Replay, ReplayResult, User
from answers.replaying import Figures, Side
from answers.reviewing import golds_of
from answers.texts import shortened

GOLDS_SHOWN = 5
GOLD_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What one model gave, marked in its surroundings, and how right that was."""

    quote: SafeString
    title: str  # of its passage
    f1: str


@dataclass(frozen=True, slots=True)
class Outcome:
    item: int  # its key
    question: str
    golds: list[str]  # none: the passages hold no answer
    serving: Said
    other: Said


def results_of(replay: Replay, shown: str, user: User) -> QuerySet[ReplayResult]:
    """Return the results that got "worse" or "better", those most changed first.

    As far as the person may (still) review them, and the passages that are quoted.
    """
    # As ReviewItem.visible_to, without a list of all the items there are.
    mine = Library.objects.reviewable_by(user).values("pk")
    results = replay.results.filter(
        Q(serving_passage=None) | Q(serving_passage__library__in=mine),
        Q(other_passage=None) | Q(other_passage__library__in=mine),
        item__library__in=mine,
    )
    if shown == "better":
        results = results.filter(gain__gt=0).order_by("-gain", "-pk")
    else:
        results = results.filter(gain__lt=0).order_by("gain", "pk")
    for name in ("serving", "other"):
        results = _with_window(results, name)
    return results.select_related(
        "item__question", "serving_passage", "other_passage"
    ).defer("serving_passage__text", "other_passage__text")


def _with_window(results: QuerySet[ReplayResult], name: str) -> QuerySet[ReplayResult]:
    """Fetch of the passage only what stands around the answer."""
    offset, start = f"{name}_offset", F(f"{name}_start")
    room = Length(f"{name}_text") + start - F(offset) + AROUND
    return results.annotate(
        **{offset: Greatest(start - AROUND, Value(0))},
    ).annotate(
        **{
            f"{name}_window": Substr(
                f"{name}_passage__text",
                F(offset) + 1,  # SQL counts from one
                Least(room, Value(2 * AROUND + LONGEST_QUOTE)),
            )
        }
    )


def outcomes(results: Iterable[ReplayResult]) -> list[Outcome]:
    """Return what the page shows of the results, whose golds take two queries."""
    rows = list(results)
    golds = golds_of([row.item for row in rows])
    return [
        Outcome(
            item=row.item_id,
            question=shortened(row.item.question.text, QUESTION_CHARACTERS),
            golds=[
                shortened(text, GOLD_CHARACTERS)
                for text in dict.fromkeys(
                    gold.text for gold in golds.get(row.item_id, [])
                )
            ][:GOLDS_SHOWN],
            serving=_said(row, "serving"),
            other=_said(row, "other"),
        )
        for row in rows
    ]


def _said(row: ReplayResult, name: str) -> Said:
    text, start = getattr(row, f"{name}_text"), getattr(row, f"{name}_start")
    passage: Passage | None = getattr(row, f"{name}_passage")
    f1 = number_format(round(100 * getattr(row, f"{name}_f1")))
    if not text:
        nothing = format_html('<div class="quote">{}</div>', _("No answer"))
        return Said(nothing, "", f1)
    quote = marked_excerpt(
        getattr(row, f"{name}_window") or "",
        getattr(row, f"{name}_offset"),
        start,
        start + len(text),
        expected=text,
    )
    title = shortened(passage.title, TITLE_CHARACTERS) if passage else ""
    return Said(quote, title, f1)


# -- figures -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of both models, and what the other has more or less."""

    name: str
    serving: str
    other: str
    difference: str


def compared(figures: Figures) -> list[Row]:
    """Return the figures of both models as a table."""
    percentages: dict[str, Callable[[Side], float | None]] = {
        _("Exact match"): lambda side: side.exact_match,
        _("F1"): lambda side: side.f1,
        _("Says “no answer”"): lambda side: side.silent,
        _("Answers what has an answer"): lambda side: side.answered,
        _("… from a passage that holds it"): lambda side: side.right_passage,
        _("Says “no answer” where there is none"): lambda side: side.silent_rightly,
    }
    serving, other = figures.serving, figures.other
    rows = [
        _row(name, value(serving), value(other), "\N{NO-BREAK SPACE}%")
        for name, value in percentages.items()
    ]
    rows.append(
        _row(
            _("Time for a question"),
            serving.ms,
            other.ms,
            "\N{NO-BREAK SPACE}ms",
            digits=0,
        )
    )
    if serving.refused or other.refused:
        name = _("Questions refused as too long")
        rows.append(_row(name, serving.refused, other.refused, "", digits=0))
    return rows


def _row(
    name: str, one: float | None, two: float | None, unit: str, *, digits: int = 1
) -> Row:
    if one is None or two is None:
        return Row(name, "–", "–", "–")
    # Rounded here: number_format cuts off.
    one, two = round(one, digits), round(two, digits)
    gap = round(two - one, digits)
    sign = "+" if gap > 0 else "−" if gap < 0 else "±"
    return Row(
        name,
        f"{number_format(one, digits)}{unit}",
        f"{number_format(two, digits)}{unit}",
        f"{sign}{number_format(abs(gap), digits)}",
    )
