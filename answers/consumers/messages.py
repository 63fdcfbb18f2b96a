"""What a page sends, looked over before anything is done."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from answers.forms import Refused

KINDS = ("ask", "cancel", "resume")
QUESTIONS_NAMED = 100  # at most so many ids are said back
AHEAD = timedelta(seconds=1)  # many frames at once are numbered a little ahead


def largest_message() -> int:
    """Return the characters that a message may have: room for a pasted text.

    In JSON a line end or a quotation mark takes two.
    """
    return 32_000 + 2 * int(settings.PASSAGE_CHARACTERS)


def parse(text: str | None) -> dict[str, Any]:
    """Return the message. Raises ValueError with a sentence for what is none."""
    if text is None:
        raise ValueError(_("Messages are JSON text, not binary."))
    if len(text) > (most := largest_message()):
        sentence = _("A message has at most %(most)s characters.")
        raise ValueError(sentence % {"most": number_format(most, force_grouping=True)})
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(_("This message is not JSON.")) from None
    if not isinstance(message, dict):
        raise ValueError(_("A message is a JSON object."))
    if message.get("type") not in KINDS:
        raise ValueError(_("The type of a message is ask, cancel or resume."))
    return message


def as_uuid(identity: Any) -> UUID:
    """Return the id of a question. Raises Refused."""
    try:
        return UUID(str(identity))
    except ValueError:
        raise Refused("invalid", _("This is not the id of a question.")) from None


def ids_of(message: dict[str, Any]) -> list[str]:
    """Return the ids of the questions of an `ask`, as the page wrote them."""
    several = message.get("questions")
    items = several if isinstance(several, list) else [message]
    ids = [item.get("id") for item in items if isinstance(item, dict)]
    return [one for one in ids[:QUESTIONS_NAMED] if isinstance(one, str)]


def after_of(message: dict[str, Any]) -> int:
    """Return the last seq that the page has, or 0. Raises Refused."""
    after = message.get("after")
    if not isinstance(after, int) or isinstance(after, bool) or after < 0:
        sentence = _("“after” has to be the last seq received, or 0.")
        raise Refused("invalid", sentence)
    return after


def time_of(seq: int) -> datetime | None:
    """Return when the frame was sent; None where the clock has been set back since."""
    try:
        sent = datetime.fromtimestamp(seq / 1_000_000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return sent if sent <= datetime.now(UTC) + AHEAD else None
