"""Django's admin, with this project's own site in it."""

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


class ReviewDeskConfig(AdminConfig):
    default_site = "qaweb.desk.ReviewDesk"

    def ready(self) -> None:
        require_queue()  # before the admin's modules ask it for tasks
        super().ready()


def require_queue() -> None:
    """Stop the start where QAWEB_TASKS names something else than a queue.

    The settings cannot look so far: a queue's module may need the models.
    """
    from django_tasks.backends.base import BaseTaskBackend

    name = settings.TASKS_BACKEND
    try:
        queue = import_string(name)
    except ImportError as error:
        raise ImproperlyConfigured(f"QAWEB_TASKS={name!r}: {error}.") from None
    if not (isinstance(queue, type) and issubclass(queue, BaseTaskBackend)):
        raise ImproperlyConfigured(f"QAWEB_TASKS={name!r} is no queue.")
