"""What those who asked say of answers, brought to the queue."""

from typing import Any

from django.db.models.signals import post_delete, post_save

from answers.models import Feedback, ReviewItem


def connect_signals() -> None:
    """Listen to feedback; called once, when the app is ready."""
    post_save.connect(_count, sender=Feedback)
    post_delete.connect(_count, sender=Feedback)


def _count(instance: Feedback, **_: Any) -> None:
    """Write how often the question's answers were called not helpful to its item."""
    said = Feedback.objects.filter(
        answer__question__answers=instance.answer_id, helpful=False
    )
    ReviewItem.objects.filter(question__answers=instance.answer_id).update(
        unhelpful=said.count()
    )
