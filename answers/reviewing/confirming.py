"""What reviewers have confirmed of a question that is asked again, in the same words.

An item speaks of a passage when its verdict calls a span of it correct, or calls an
answer from it wrong. That the passages hold no answer, or that the question is unclear,
is said of the one passage that was asked, else of the whole library: search finds the
same passages for the same words. Of each passage the verdict that was settled last is
the one that counts, so a newer "no answer" takes an older "right" back. Where it takes
back too much, nothing is lost but time: the passages are read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Coalesce

from answers.models import Answer, Passage, Question, ReviewItem, Verdict
from answers.reviewing.golds import Gold, golds_of

ITEMS_HEARD = 200  # with the same words; of more, those settled last
OF_A_PASSAGE = {Verdict.RIGHT, Verdict.WRONG_SPAN, Verdict.WRONG}


class Standing(StrEnum):
    """What has become of a confirmation since."""

    STANDS = "stands"
    WITHDRAWN = "withdrawn"  # by the reviewer
    CHANGED = "changed"  # by the reviewer, or by others who differed
    GONE = "gone"  # with the question that it was about


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed an answer, when, and whether that still stands."""

    name: str
    at: datetime | None  # None: not known any more
    standing: Standing

    @property
    def stands(self) -> bool:
        return self.standing is Standing.STANDS


def confirmation_of(answer: Answer) -> Confirmation | None:
    """Return how the answer was confirmed, None for one that a model read.

    Asks the database nothing after `with_confirmations`.
    """
    if not answer.is_confirmed:
        return None
    review = answer.confirmation
    if review is None:
        return Confirmation(answer.confirmed_by, None, Standing.GONE)
    name, at = review.reviewer.get_username(), review.reviewed_at
    if not review.stands:
        return Confirmation(name, at, Standing.WITHDRAWN)
    standing = Standing.STANDS if review.confirms(answer) else Standing.CHANGED
    return Confirmation(name, at, standing)


def confirmed(
    words: str,
    libraries: Collection[int],
    *,
    passage: int | None = None,
    beside: Collection[int] = (),
) -> list[Gold]:
    """Return the spans confirmed for these words (texts.words_key), newest first.

    Of current passages of the libraries, or of the one passage, which is in one of
    them: the caller names only what the person may read. Each place once, at most
    settings.ANSWERS_SHOWN; five queries at most, however many items there are.

    `beside`: libraries that the earlier question must have asked as well. An answer
    that was right among a few libraries is not the answer of them all: whoever reviews
    one of them would else speak for the others.
    """
    if not words or not libraries:
        return []
    items = _newest(words, libraries)
    if not items:
        return []
    known = golds_of(items)
    if beside:
        asked = _asked_of_all(items, beside)
        known = {key: golds for key, golds in known.items() if key in asked}
    golds = list(_uncontradicted(items, known))
    if passage is not None:
        golds = [gold for gold in golds if gold.passage == passage]
    current = Passage.objects.current().filter(library__in=libraries)
    there = set(
        current.filter(pk__in={gold.passage for gold in golds}).values_list(
            "pk", flat=True
        )
    )
    return _apart(gold for gold in golds if gold.passage in there)


def _newest(words: str, libraries: Collection[int]) -> list[ReviewItem]:
    """Return the items of the words, those settled last first.

    The library by an expression: SQLite would else go through all that is reviewed in
    the libraries. Their rows are looked up only for those that are wanted.
    """
    same = ReviewItem.objects.settled().filter(words_key=words)
    theirs = same.alias(place=Coalesce("library_id", 0)).filter(place__in=libraries)
    newest = theirs.order_by("-settled_at", "-pk").values("pk")[:ITEMS_HEARD]
    found = ReviewItem.objects.filter(pk__in=newest)
    rows = found.select_related("question", "answer")
    return list(rows.order_by("-settled_at", "-pk"))


def _asked_of_all(items: Sequence[ReviewItem], libraries: Collection[int]) -> set[int]:
    """Return the keys of the items whose question asked all of these libraries."""
    keys = {item.question_id: item.pk for item in items}
    asked = Question.libraries.through.objects.filter(
        question__in=keys, library__in=libraries
    )
    counted = asked.values_list("question").annotate(count=Count("library"))
    return {keys[key] for key, count in counted if count == len(set(libraries))}


def _uncontradicted(
    items: Sequence[ReviewItem], golds: Mapping[int, Sequence[Gold]]
) -> Iterator[Gold]:
    """Yield the golds that no item settled later contradicts; `items` newest first."""
    spoken_of: set[int | None] = set()  # passages
    empty: set[int] = set()  # libraries that were said to hold no answer
    for item in items:
        if item.library_id in empty:
            continue
        mine = golds.get(item.pk, ())
        yield from (gold for gold in mine if gold.passage not in spoken_of)
        spoken_of |= {gold.passage for gold in mine}
        if item.verdict in OF_A_PASSAGE:
            spoken_of.add(item.passage_id)
        elif item.question.passage_id is not None:
            spoken_of.add(item.question.passage_id)
        else:
            empty.add(item.library_id)


def _apart(golds: Iterable[Gold]) -> list[Gold]:
    """Return the first golds, without those that overlap an earlier one."""
    kept: list[Gold] = []
    for gold in golds:
        if len(kept) == settings.ANSWERS_SHOWN:
            break
        if not any(_overlap(gold, other) for other in kept):
            kept.append(gold)
    return kept


def _overlap(one: Gold, other: Gold) -> bool:
    return (
        one.passage == other.passage and one.start < other.end and other.start < one.end
    )
