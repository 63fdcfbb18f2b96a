"""Reviewed items as examples of SQuAD: what can be trained on and measured with."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from answers.models import Library, Passage, ReviewItem, User, Verdict
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing.golds import Gold, golds_of
from answers.squad import Example
from answers.squad import Gold as SquadGold

ITEMS_AT_ONCE = 100  # each with passages of up to settings.PASSAGE_CHARACTERS
TITLE_CHARACTERS = 300
ID_CHARACTERS = 200  # ReviewItem.external_id
MARK = 8  # hexadecimal digits of a text's hash
_Told = dict[int, tuple[Passage, list[SquadGold]]]


@dataclass(slots=True)
class Tally:
    """What became of the items: for whoever exports them."""

    questions: int = 0  # written; a question of two passages counts twice
    unanswerable: int = 0  # of those
    left_out: int = 0  # items that hold nothing to learn from
    lost_spans: int = 0  # their passage is out of reach, or holds them no more
    twins: int = 0  # of two libraries, alike in all that is written


Batch = tuple[Sequence[ReviewItem], dict[int, list[Gold]]]


def batches(items: ReviewItemQuerySet) -> Iterator[Batch]:
    """Yield the settled items with their golds, in the order of their keys."""
    found = items.settled().order_by().values_list("pk", flat=True)
    return batches_of(array("q", sorted(found)))


def batches_of(
    keys: Sequence[int], among: ReviewItemQuerySet | None = None
) -> Iterator[Batch]:
    """Yield the settled items that have these keys, with their golds, in this order.

    Where `among` is given, those in it alone: what somebody may see. No query stays
    open between two batches: who reads them slowly, as a browser does, would else keep
    the database from tidying up.
    """
    items = ReviewItem.objects.all() if among is None else among
    for first in range(0, len(keys), ITEMS_AT_ONCE):
        lot = keys[first : first + ITEMS_AT_ONCE]
        rows = items.order_by().filter(pk__in=lot)
        found = rows.select_related("question", "answer", "library").in_bulk()
        batch = [found[key] for key in lot if key in found and found[key].is_settled]
        yield batch, golds_of(batch)


def names(known: str) -> Iterator[str]:
    """Yield the id, and what else to call a question if another one has it."""
    yield known
    for number in count(2):
        yield _with_mark(known, str(number))


def _with_mark(known: str, mark: str) -> str:
    """Return an id no longer than what can be brought in again."""
    return f"{known[: ID_CHARACTERS - len(mark) - 1]}-{mark}"


def passages_of(
    items: Collection[ReviewItem],
    golds: Mapping[int, Sequence[Gold]],
    user: User | None,
) -> dict[int, Passage]:
    """Return, by key, the passages of the items and golds that the person may review.

    Passages are moved between libraries, and may have gone where they may not. None
    stands for the one who runs commands, and may see all that is in a library.
    """
    keys = {gold.passage for item in items for gold in golds.get(item.pk, ())}
    keys |= {item.passage_id for item in items if item.passage_id is not None}
    if user is None:
        libraries = Library.objects.shelves()
    else:
        libraries = Library.objects.reviewable_by(user)
    return Passage.objects.filter(library__in=libraries).in_bulk(list(keys))


def examples_of(
    item: ReviewItem,
    golds: Sequence[Gold],
    passages: Mapping[int, Passage],
    tally: Tally,
) -> Iterator[tuple[Passage, Example]]:
    """Yield what the item says of each of the passages that has a gold.

    Where none holds an answer, that is said of the passage of the best one. Nothing is
    said of unclear questions, and of those that are wrong without a better span.
    """
    if item.verdict == Verdict.NO_ANSWER:
        told = _nowhere(passages.get(item.passage_id or 0))
    else:
        told = _by_passage(golds, passages, tally)
    if not told:
        tally.left_out += 1
    for passage, spans in told.values():
        yield passage, _example(item, passage, spans)


def stands(gold: Gold, passages: Mapping[int, Passage]) -> bool:
    """Whether the passage is there and holds the gold at its offsets."""
    passage = passages.get(gold.passage)
    return passage is not None and passage.text[gold.start : gold.end] == gold.text


def title_of(passage: Passage) -> str:
    """Return the passage's title as importing it would save it, however often."""
    line = " ".join(passage.title.split())
    return line[:TITLE_CHARACTERS].rstrip() or "Untitled"


def _nowhere(passage: Passage | None) -> _Told:
    return {} if passage is None else {passage.pk: (passage, [])}


def _by_passage(
    golds: Sequence[Gold], passages: Mapping[int, Passage], tally: Tally
) -> _Told:
    told: _Told = {}
    for gold in golds:
        if not stands(gold, passages):
            tally.lost_spans += 1
            continue
        passage = passages[gold.passage]
        spans = told.setdefault(passage.pk, (passage, []))[1]
        spans.append(SquadGold(gold.text, gold.start))
    return told


def _example(item: ReviewItem, passage: Passage, golds: Sequence[SquadGold]) -> Example:
    return Example(
        id=identity(item, passage),
        question=item.question.text,
        passage=passage.text,
        golds=tuple(golds),
        title=title_of(passage),
    )


def identity(item: ReviewItem, passage: Passage) -> str:
    """Return the id of the question about this passage: the same in every export.

    A passage that is not the one of the best answer adds a mark of its text: a question
    may be answered from several, and an id stands once in a file.
    """
    known = item.external_id or str(item.question_id)
    if passage.pk == item.passage_id:
        return known
    return _with_mark(known, passage.text_sha256[:MARK])
