"""What those who asked say of answers, brought to the queue."""

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import post_delete, post_save

from answers.models import Feedback, ReviewItem


def connect_signals() -> None:
    """Listen to feedback; called once, when the app is ready."""
    post_save.connect(_count, sender=Feedback)
    post_delete.connect(_count, sender=Feedback)


def _count(instance: Feedback, **_: Any) -> None:
    """Write how often an item's answers were called not helpful to the item.

    Those of its question, and those that one of its reviews has confirmed since.
    """
    answer = instance.answer_id
    items = {
        *_keys(question__answers=answer),
        *_keys(reviews__confirmed_answers=answer),
    }
    for item in items:
        unhelpful = Feedback.objects.filter(helpful=False)
        count = unhelpful.filter(answer__question__review_item=item).count()
        count += unhelpful.filter(answer__confirmation__item=item).count()
        ReviewItem.objects.filter(pk=item).update(unhelpful=count)


def _keys(**which: int) -> Iterable[int]:
    return ReviewItem.objects.filter(**which).values_list("pk", flat=True)
