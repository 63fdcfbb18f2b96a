"""What the screen of one item shows, gathered in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from answers.admin.judgement import JudgementForm
from answers.models import (
    Answer,
    CorrectSpan,
    Feedback,
    Library,
    Passage,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
    Verdict,
)
from answers.reviewing import Correction
from answers.reviewing.selecting import Mark, Segment, segments, utf16_length
from answers.texts import shortened

EVENTS_SHOWN = 50
TITLE_CHARACTERS = 200
QUOTE_CHARACTERS = 240
TAKE_NO_SPANS = (Verdict.RIGHT, Verdict.NO_ANSWER, Verdict.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer of the list, and where it is marked."""

    answer: Answer
    quote: str
    title: str  # of its passage
    is_judged: bool

    @property
    def place(self) -> str:
        """The id of its mark in the page, or of its passage where it has none."""
        if not self.answer.is_exact:
            return f"passage-{self.answer.passage_id}"
        return f"at-{self.answer.passage_id}-{self.answer.start}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage in segments, and whether spans of it can be marked as correct."""

    passage: Passage
    title: str
    segments: list[Segment]
    correctable: bool
    changed: bool  # it no longer holds what was answered
    changes_url: str  # where it is compared with the newest version, if there is one


@dataclass(frozen=True, slots=True)
class Span:
    """A correct span in the list of those that the person has marked."""

    value: str  # as the form sends it
    passage: int
    text: str
    title: str  # of its passage
    units: tuple[int, int]  # start and end in UTF-16, for the script to paint it


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the item's log; without verdicts for who must not know them yet."""

    event: ReviewEvent
    old: str
    new: str


class Sight:
    """An item as one person may see it."""

    def __init__(self, item: ReviewItem, user: User) -> None:
        self.item = item
        self.user = user
        mine = Library.objects.reviewable_by(user)
        self.answers = list(
            item.question.answers.filter(passage__library__in=mine)
            .select_related("passage__library")
            .order_by("rank")
        )
        told = item.reviews.filter(Q(withdrawn_at=None) | Q(reviewer=user))
        reviews = list(
            told.select_related("reviewer")
            .prefetch_related("spans")
            .order_by("reviewed_at", "pk")
        )
        # What the person said last, withdrawn or not: the form begins with it.
        self.last = next((one for one in reviews if one.reviewer_id == user.pk), None)
        self.own = self.last if self.last and self.last.stands else None
        others = [one for one in reviews if one is not self.last]
        # Nobody is led by what another has said; who decides has to know it.
        self.knows = self.own is not None or item.state == ReviewItem.State.CONFLICT
        self.others = others if self.knows else []

    def ranked(self) -> list[Ranked]:
        return [
            Ranked(
                answer,
                shortened(answer.text, QUOTE_CHARACTERS),
                shortened(answer.passage.title, TITLE_CHARACTERS),
                answer.pk == self.item.answer_id,
            )
            for answer in self.answers
        ]

    @cached_property
    def passages(self) -> list[Shown]:
        """The answers' passages, each once, the one that is judged first.

        A question from a file may have no answer, and still its passage.
        """
        found = {answer.passage_id: answer.passage for answer in self.answers}
        first = found.get(self.item.passage_id or 0) or self.item.passage
        if first is not None and first.library_id == self.item.library_id:
            found = {first.pk: first} | found
        return [self._shown(passage) for passage in found.values()]

    def _shown(self, passage: Passage) -> Shown:
        here = [one for one in self.answers if one.passage_id == passage.pk]
        kept = [one for one in here if passage.text[one.start : one.end] == one.text]
        marks = [*map(self._mark, kept), *self._said(passage)]
        return Shown(
            passage=passage,
            title=shortened(passage.title, TITLE_CHARACTERS),
            segments=segments(passage.text, marks),
            correctable=passage.library_id == self.item.library_id,
            changed=len(kept) < len(here),
            changes_url=self._changes_url(passage),
        )

    def _changes_url(self, passage: Passage) -> str:
        """Empty too for who reviews the library and may not open it."""
        if passage.successor_id is None:
            return ""
        is_open = passage.library_id in self._open_libraries
        return passage.get_changes_url() if is_open else ""

    @cached_property
    def _open_libraries(self) -> set[int]:
        """The keys of the passages' libraries that the person may open."""
        keys = {answer.passage.library_id for answer in self.answers}
        mine = Library.objects.visible_to(self.user)
        seen = mine.filter(pk__in={*keys, self.item.library_id})
        return set(seen.values_list("pk", flat=True))

    def _mark(self, answer: Answer) -> Mark:
        name = "judged" if answer.pk == self.item.answer_id else "ranked"
        return Mark(answer.start, answer.end, name)

    def _said(self, passage: Passage) -> list[Mark]:
        """What other reviewers have called correct where the answer is not."""
        spans = (span for one in self.others for span in spans_said(one))
        here = [span for span in spans if span.passage_id == passage.pk]
        return [
            Mark(span.start, span.end, "said")
            for span in here
            if passage.text[span.start : span.end] == span.text
        ]

    def spans(self, spans: Sequence[Correction]) -> list[Span]:
        """The person's own spans as the page lists them."""
        passages = {shown.passage.pk: shown.passage for shown in self.passages}
        return [
            span_of(passages[span.passage], span)
            for span in spans
            if span.passage in passages
        ]

    def feedback(self) -> dict[str, int]:
        """How often the answers were called helpful and not; by whom is not said."""
        return Feedback.objects.filter(answer__in=self.answers).aggregate(
            helped=Count("pk", filter=Q(helpful=True)),
            failed=Count("pk", filter=Q(helpful=False)),
        )

    def events(self) -> list[Event]:
        seen = ReviewEvent.objects.visible_to(self.user).filter(item_id=self.item.pk)
        return [self._event(event) for event in seen[:EVENTS_SHOWN]]

    def _event(self, event: ReviewEvent) -> Event:
        if not self.knows and event.actor_id != self.user.pk:
            return Event(event, "", "")
        return Event(event, verdict_in(event.old), verdict_in(event.new))

    def context(self, form: JudgementForm) -> dict[str, Any]:
        return {
            "item": self.item,
            "question": self.item.question,
            "ranked": self.ranked(),
            "passages": self.passages,
            "own": self.own,
            "others": [(one, spans_said(one)) for one in self.others],
            "is_conflict": self.item.state == ReviewItem.State.CONFLICT,
            "feedback": self.feedback(),
            "events": self.events(),
            "form": form,
            "spans": self.spans(form.spans_shown()),
        }


def span_of(passage: Passage, span: Correction) -> Span:
    text = passage.text
    return Span(
        value=f"{passage.pk}:{span.start}:{span.end}",
        passage=passage.pk,
        text=text[span.start : span.end],
        title=shortened(passage.title, TITLE_CHARACTERS),
        units=(utf16_length(text[: span.start]), utf16_length(text[: span.end])),
    )


def spans_said(review: Review) -> list[CorrectSpan]:
    """The spans that a reviewer marked; who calls the answer right marks none."""
    return [] if review.verdict == Verdict.RIGHT else list(review.spans.all())


def verdict_in(state: Any) -> str:
    """Return the verdict that the log tells of, in words."""
    value = state.get("verdict") if isinstance(state, dict) else None
    return str(Verdict(value).label) if value in Verdict.values else ""
