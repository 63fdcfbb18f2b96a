"""Many answers that reviewers have judged, made at once."""

from collections.abc import Sequence

import numpy as np

from answers.models import Answer, Conversation, Passage, Question, ReviewItem, User
from answers.texts import words_key
from tests.factories import make_conversation

QUOTE = "three minutes"
Row = tuple[float, str, str]  # margin, verdict, question


def make_judged(
    user: User, passage: Passage, rows: Sequence[Row], *, model_hash: str
) -> list[ReviewItem]:
    """Items with a verdict that stands, without the reviews that made it."""
    conversation = make_conversation(user, passage.library)
    questions = Question.objects.bulk_create(
        _question(conversation, text, model_hash) for _, _, text in rows
    )
    start = passage.text.index(QUOTE)
    answers = Answer.objects.bulk_create(
        Answer(
            question=question,
            passage=passage,
            rank=1,
            start=start,
            end=start + len(QUOTE),
            text=QUOTE,
            margin=margin,
            score=0.5,
        )
        for question, (margin, _, _) in zip(questions, rows, strict=True)
    )
    items = []
    for question, answer, (_, verdict, _) in zip(questions, answers, rows, strict=True):
        item = ReviewItem.of(question, answer, passage.library_id)
        item.state, item.verdict = ReviewItem.State.REVIEWED, verdict
        item.settled_at = question.finished_at
        items.append(item)
    return ReviewItem.objects.bulk_create(items)


def _question(conversation: Conversation, text: str, model_hash: str) -> Question:
    return Question(
        conversation=conversation,
        text=text,
        words_key=words_key(text),
        status=Question.Status.ANSWERED,
        finished_at=conversation.updated_at,
        model_name="tiny",
        model_hash=model_hash,
    )


def drawn(count: int, *, slope: float = 0.8, questions: int = 10_000) -> list[Row]:
    """Rows whose answers are right as often as a score of this slope says."""
    rng = np.random.default_rng(7)
    margins = np.round(rng.normal(1.0, 3.0, count), 2)
    lucky = rng.random(count) < 1 / (1 + np.exp(-slope * margins))
    others = np.where(rng.random(count) < 0.5, "wrong", "no_answer")
    return [
        (float(margin), "right" if right else str(other), f"Question {n % questions}?")
        for n, (margin, right, other) in enumerate(
            zip(margins, lucky, others, strict=True)
        )
    ]
