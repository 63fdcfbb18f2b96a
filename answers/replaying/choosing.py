"""Which questions are read once more, and in which passages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from answers.models import Answer, CorrectSpan, Passage, Replay, ReviewItem, Verdict
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Gold, golds_of

MOST_PASSAGES = 10  # that a question is read in
AT_ONCE = 50  # items whose golds are looked up together


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what it is read in, and what is right."""

    item: ReviewItem
    passages: tuple[Passage, ...]
    golds: tuple[Gold, ...]  # none: the passages hold no answer

    @property
    def texts(self) -> list[str]:
        return [passage.text for passage in self.passages]

    @property
    def headings(self) -> list[str]:
        return [passage.heading for passage in self.passages]


def items_of(replay: Replay) -> ReviewItemQuerySet:
    """Return the items with a verdict that says what is right, of those chosen.

    As far as the one who started the replay may review them.
    """
    items = ReviewItem.objects.visible_to(replay.started_by).settled()
    libraries = list(replay.libraries.values_list("pk", flat=True))
    if libraries:
        items = items.filter(library__in=libraries)
    spans = CorrectSpan.objects.filter(
        review__item=OuterRef("pk"),
        review__withdrawn_at=None,
        review__verdict=OuterRef("verdict"),
    )
    return items.filter(Q(verdict=Verdict.NO_ANSWER) | Q(Exists(spans)))


def cases(keys: Sequence[int]) -> Iterator[tuple[int, Case | None]]:
    """Yield what to read for each key; None where nothing is left to be read."""
    for first in range(0, len(keys), AT_ONCE):
        lot = keys[first : first + AT_ONCE]
        settled = ReviewItem.objects.settled().select_related("question")
        items = settled.in_bulk(lot)
        golds = golds_of(items.values())
        for key in lot:
            item = items.get(key)
            yield key, _case(item, golds.get(key, [])) if item else None


def _case(item: ReviewItem, golds: Sequence[Gold]) -> Case | None:
    if not golds and item.verdict != Verdict.NO_ANSWER:
        return None  # nobody has said what is right
    passages = _passages(item, golds)
    there = {passage.pk for passage in passages}
    kept = tuple(gold for gold in golds if gold.passage in there)
    if not passages or len(kept) < len(golds):
        return None  # some were deleted: what is right cannot be found any more
    return Case(item, tuple(passages), kept)


def _passages(item: ReviewItem, golds: Sequence[Gold]) -> list[Passage]:
    """The passages of the golds and of the saved answers, in the order of their keys.

    Of the item's own library: others may be none of the reviewer's business.
    """
    answers = Answer.objects.filter(question=item.question_id).order_by("rank")
    keys = [gold.passage for gold in golds]
    if item.question.passage_id is not None:
        keys.append(item.question.passage_id)
    keys += answers.values_list("passage_id", flat=True)
    chosen = list(dict.fromkeys(keys))[:MOST_PASSAGES]
    mine = Passage.objects.filter(pk__in=chosen, library=item.library_id)
    return list(mine.order_by("pk"))
