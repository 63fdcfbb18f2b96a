"""Reviewed questions as a table for people, safe to be opened in a spreadsheet."""

import json
from collections.abc import Iterator, Mapping, Sequence

from answers.models import Passage, Review, ReviewItem, User, Verdict
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing.examples import Tally, batches, passages_of, stands, title_of
from answers.reviewing.golds import Gold
from answers.spreadsheets import BOM, harmless, rows

COLUMNS = (
    "id question verdict answer answers passage context library reviewers settled_at "
    "note model score"
).split()


def pieces(
    items: ReviewItemQuerySet, *, user: User | None, tally: Tally
) -> Iterator[bytes]:
    """Yield a row for each settled item, whatever its verdict.

    `answer` is what the verdict is about; `answers` are those that are right, as JSON
    with their offsets in code points.
    """
    yield (BOM + rows([COLUMNS])).encode()
    for batch, golds in batches(items):
        passages = passages_of(batch, golds, user)
        said = _reviews(batch)
        yield rows(
            _row(item, golds.get(item.pk, []), passages, said.get(item.pk, []), tally)
            for item in batch
        ).encode()


def _reviews(batch: Sequence[ReviewItem]) -> dict[int, list[Review]]:
    """Return, by item, the reviews that made its verdict."""
    rows = Review.objects.that_count().filter(item__in=[item.pk for item in batch])
    said: dict[int, list[Review]] = {}
    for review in rows.select_related("reviewer").order_by("pk"):
        said.setdefault(review.item_id, []).append(review)
    for key, reviews in said.items():
        deciding = [review for review in reviews if review.decides]
        said[key] = deciding or reviews
    return said


def _row(
    item: ReviewItem,
    golds: Sequence[Gold],
    passages: Mapping[int, Passage],
    reviews: Sequence[Review],
    tally: Tally,
) -> tuple[object, ...]:
    shown = passages.get(item.passage_id or 0)
    standing = [gold for gold in golds if stands(gold, passages)]
    tally.questions += 1
    tally.unanswerable += item.verdict == Verdict.NO_ANSWER
    tally.lost_spans += len(golds) - len(standing)
    right = [_told(gold, item, passages) for gold in standing]
    texts = (
        item.external_id or str(item.question_id),
        item.question.text,
        item.verdict,
        item.answer.text if item.answer and shown else "",
        json.dumps(right, ensure_ascii=False),
        title_of(shown) if shown else "",
        shown.text if shown else "",
        item.library.title,
        ", ".join(review.reviewer.get_username() for review in reviews),
        item.settled_at.isoformat() if item.settled_at else "",
        "\n".join(review.note for review in reviews if review.note),
        item.question.model_name,
    )
    return (*map(harmless, texts), _score(item))


def _told(
    gold: Gold, item: ReviewItem, passages: Mapping[int, Passage]
) -> dict[str, object]:
    told: dict[str, object] = {
        "text": gold.text,
        "start": gold.start,
        "end": gold.end,
    }
    if gold.passage != item.passage_id:
        told["passage"] = title_of(passages[gold.passage])
    return told


def _score(item: ReviewItem) -> float | str:
    """Return the score of the answer, if a model has given it one."""
    answer = item.answer
    if answer is None or item.external_id or answer.confirmation_id is not None:
        return ""
    return answer.score
