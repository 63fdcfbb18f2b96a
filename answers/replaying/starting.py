"""A new replay."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from answers.models import Library, Replay, User


class Refused(Exception):
    """It cannot be started now; the message says why, for people."""


def start(model: str, libraries: Iterable[Library] = (), *, by: User) -> Replay:
    """Save a replay of this installed model, which waits to be run.

    Without libraries: all that the person may review. Messages will be in the language
    of now. Raises Refused while another one of the person's runs.
    """
    try:
        with transaction.atomic():
            replay = Replay.objects.create(
                model_name=model,
                started_by=by,
                language=translation.get_language() or "",
            )
            replay.libraries.set(libraries)
    except IntegrityError as error:
        raise Refused(
            _("One of yours is running already. Wait for its end, or cancel it.")
        ) from error
    return replay
