"""Texts that were pasted into a conversation, and live and die with it.

They are the passages of a hidden library that belongs to the conversation. It is in no
list (`Library.objects.shelves`), nobody but the conversation's owner reads it
(`Passage.objects.visible_to`), and deleting the conversation deletes it.
"""

from io import StringIO

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from answers.importing.blocks import passages
from answers.importing.parts import in_parts
from answers.importing.plain import paragraphs
from answers.library import add
from answers.models import Conversation, Library
from answers.texts import UnacceptableText, shortened

SHELF = gettext_noop("Pasted text")  # the title that the hidden library is saved with
TITLE_CHARACTERS = 60
PASSAGES_AT_MOST = 1_000  # in one conversation


def check(text: str) -> None:
    """Raise UnacceptableText, with a sentence, for what is empty or too long."""
    if not text.strip():
        raise UnacceptableText(_("Please paste the text."))
    if len(text) > settings.PASSAGE_CHARACTERS:
        raise UnacceptableText(
            _(
                "The pasted text has %(count)s characters; the limit is %(limit)s. "
                "Please import it into a library instead."
            )
            % {
                "count": number_format(len(text), force_grouping=True),
                "limit": number_format(
                    settings.PASSAGE_CHARACTERS, force_grouping=True
                ),
            }
        )


def paste(conversation: Conversation, text: str) -> Library:
    """Keep the text, which is clean, in the conversation, and return its library.

    It is cut into passages as imported texts are. The same text twice adds nothing.
    Raises UnacceptableText.
    """
    check(text)
    shelf, _made = Library.objects.get_or_create(
        conversation=conversation, defaults={"title": SHELF}
    )
    if shelf.passages.count() >= PASSAGES_AT_MOST:
        raise UnacceptableText(
            _("Too much was pasted here already. Please begin a new conversation.")
        )
    found = passages(paragraphs(StringIO(text)), title=title_of(text))
    limit = settings.PASSAGE_CHARACTERS
    parts = (part for passage in found for part in in_parts(passage, limit=limit))
    add(shelf, parts, by=conversation.user)
    return shelf


def title_of(text: str) -> str:
    """Return the first words of the text."""
    first = text.strip().split("\n", 1)[0]
    return shortened(first, TITLE_CHARACTERS) or str(_(SHELF))
