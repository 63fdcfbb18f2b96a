"""What an item holds."""

from answers.models import Answer, ReviewItem


def best(item: ReviewItem) -> Answer:
    assert item.answer is not None
    return item.answer
