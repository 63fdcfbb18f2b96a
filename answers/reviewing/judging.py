"""A review is given, changed or withdrawn; what stands then is worked out anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from answers.models import (
    Answer,
    CorrectSpan,
    Passage,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
    Verdict,
)
from answers.reviewing.agreeing import agree
from answers.reviewing.log import record, state_of
from answers.reviewing.queueing import Claimed

Kind = ReviewEvent.Kind
State = ReviewItem.State
MOST_SPANS = 20  # of one review
WITHOUT_SPANS = {Verdict.NO_ANSWER, Verdict.UNCLEAR}


class MayNotReview(Exception):
    """The person is no reviewer of the item's library."""


class Refused(ValueError):
    """The review makes no sense; the message says why, for the one who gave it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A span that a reviewer marked: text[start:end] of the passage, code points."""

    passage: int  # its key
    start: int
    end: int


def give(
    item: ReviewItem,
    verdict: str,
    *,
    by: User,
    spans: Sequence[Correction] = (),
    note: str = "",
    seconds: int | None = None,
) -> Review:
    """Save what the person says of the item, in the place of what they said before.

    The spans are those that are correct where the answer is not; an answer that is
    right is its own. `seconds`: how long they looked at it. Raises MayNotReview,
    Claimed, and Refused for a verdict that there is not, or spans that do not go with
    it or do not stand in a passage that answers the question.
    """
    if verdict not in Verdict.values:
        raise Refused(_("“%(verdict)s” is no verdict.") % {"verdict": verdict})
    with transaction.atomic():
        item = _reviewable(item, by)
        golds = _checked(item, Verdict(verdict), spans)
        before = item.reviews.filter(reviewer=by).first()
        old = state_of(before) if before else None
        # Who changes a review decides as much as before; else the third one does.
        changed = before if before is not None and before.stands else None
        decides = changed.decides if changed else item.state == State.CONFLICT
        review, __ = Review.objects.update_or_create(
            item=item,
            reviewer=by,
            defaults={
                "verdict": verdict,
                "note": note,
                "decides": decides,
                "reviewed_at": timezone.now(),
                "seconds": seconds,
                "withdrawn_at": None,
            },
        )
        _mark(review, golds)
        kind = Kind.DECIDED if decides else Kind.REVIEWED
        record(
            Kind.CHANGED if changed else kind,
            by=by,
            item=item,
            old=old,
            new=state_of(review),
        )
        settle(item)
    return review


def _mark(review: Review, golds: Sequence["_Marked"]) -> None:
    """Write the correct spans of a review in the place of those it had."""
    review.spans.all().delete()
    CorrectSpan.objects.bulk_create(
        CorrectSpan(
            review=review,
            passage_id=gold.passage_id,
            start=gold.start,
            end=gold.end,
            text=gold.text,
        )
        for gold in golds
    )


def withdraw(item: ReviewItem, *, by: User) -> Review:
    """Take the person's own review back. Raises MayNotReview, and Refused without one.

    It stays as a row, so that what it had confirmed can say so; it counts no more.
    """
    with transaction.atomic():
        item = _reviewable(item, by)
        review = item.reviews.standing().filter(reviewer=by).first()
        if review is None:
            raise Refused(_("You have not reviewed this question."))
        old = state_of(review)
        review.withdrawn_at = timezone.now()
        review.save(update_fields=["withdrawn_at"])
        record(Kind.WITHDRAWN, by=by, item=item, old=old)
        settle(item)
    return review


def want_second(item: ReviewItem, *, by: User) -> None:
    """Have one more person look at the item.

    Raises MayNotReview, Claimed, and Refused where a conflict was decided: that review
    has the last word, so nobody would be shown the item.
    """
    with transaction.atomic():
        item = _reviewable(item, by)
        if is_decided(item):
            raise Refused(_("A third reviewer has decided this question."))
        old = {"wanted": item.wanted}
        item.wanted = max(2, item.reviews.standing().count() + 1)
        item.save(update_fields=["wanted"])
        record(
            Kind.SECOND_WANTED, by=by, item=item, old=old, new={"wanted": item.wanted}
        )
        settle(item)


def is_decided(item: ReviewItem) -> bool:
    """Whether reviewers differed and a third has decided, so that it stays reviewed."""
    return item.is_settled and item.reviews.standing().filter(decides=True).exists()


def settle(item: ReviewItem) -> None:
    """Work out from the reviews that stand what the item's state and verdict are.

    Too few: it waits. The last one that decides a conflict has the last word; without
    any, reviews that differ are a conflict. Whoever had taken the item lets it go.
    """
    standing = list(
        item.reviews.standing().prefetch_related("spans").order_by("reviewed_at", "pk")
    )
    deciding = [review for review in standing if review.decides]
    if deciding:
        state, verdict = State.REVIEWED, deciding[-1].verdict
    elif len(standing) < item.wanted:
        state, verdict = State.WAITING, ""
    elif agree(standing):
        state, verdict = State.REVIEWED, standing[0].verdict
    else:
        state, verdict = State.CONFLICT, ""
    item.state, item.verdict = state, verdict
    item.settled_at = timezone.now() if state == State.REVIEWED else None
    item.claimed_by = item.claimed_until = None
    item.save(
        update_fields=["state", "verdict", "settled_at", "claimed_by", "claimed_until"]
    )


def _reviewable(item: ReviewItem, by: User) -> ReviewItem:
    """Return the item as it is now, if the person may review it at the moment."""
    visible = ReviewItem.objects.visible_to(by).select_related("question", "answer")
    current = visible.filter(pk=item.pk).first()
    if current is None:
        raise MayNotReview(f"{by} may not review this question.")
    if current.is_claimed_by_another(by):
        raise Claimed(_("Another reviewer has taken this question."))
    return current


@dataclass(frozen=True, slots=True)
class _Marked:
    passage_id: int
    start: int
    end: int
    text: str


def _checked(
    item: ReviewItem, verdict: Verdict, spans: Sequence[Correction]
) -> list[_Marked]:
    if verdict == Verdict.RIGHT:
        return [_of(answer) for answer in _right_ones(item)]
    if verdict in WITHOUT_SPANS and spans:
        raise Refused(_("This verdict says that there is no correct span to mark."))
    if len(spans) > MOST_SPANS:
        raise Refused(_("At most %(most)d spans can be marked.") % {"most": MOST_SPANS})
    texts = _texts_of(item)
    marked = []
    for span in dict.fromkeys(spans):
        text = texts.get(span.passage)
        if text is None:
            raise Refused(_("A marked passage is none of this question's."))
        if not 0 <= span.start < span.end <= len(text):
            raise Refused(_("A marked span does not stand in its passage."))
        quote = text[span.start : span.end]
        if not quote.strip():
            raise Refused(_("A marked span holds nothing but blanks."))
        marked.append(_Marked(span.passage, span.start, span.end, quote))
    if verdict == Verdict.WRONG_SPAN and any(
        one.passage_id != item.passage_id for one in marked
    ):
        raise Refused(_("“Right passage” means a span of the same passage."))
    return marked


def _right_ones(item: ReviewItem) -> list[Answer]:
    """The best answer; of a question from a file all of the file's golds."""
    if item.answer is None:
        raise Refused(
            _(
                "No answer was given here. If that is right, say that the passages "
                "hold no answer."
            )
        )
    if item.external_id:
        return list(item.question.answers.order_by("rank"))
    return [item.answer]


def _of(answer: Answer) -> _Marked:
    return _Marked(answer.passage_id, answer.start, answer.end, answer.text)


def _texts_of(item: ReviewItem) -> dict[int, str]:
    answering = item.question.answers.values("passage")
    asked = Q(pk__in=answering) | Q(pk=item.question.passage_id)
    mine = Passage.objects.filter(asked, library=item.library_id)
    return dict(mine.values_list("pk", "text"))
