"""Text as it is saved, and in the reader's language what is wrong with it."""

from django.utils.translation import gettext as _

from answers.texts import LONE_SURROGATE, UnacceptableText, clean


def cleaned(text: str) -> str:
    """Return the text as it is saved.

    Raises UnacceptableText, with a sentence in the language of whoever sent it.
    """
    try:
        return clean(text)
    except UnacceptableText as error:
        raise UnacceptableText(_why_damaged(text)) from error


def _why_damaged(text: str) -> str:
    found = LONE_SURROGATE.search(text)
    if found is None or "\0" in text:
        return _("The text contains a NUL character. Please remove it.")
    sentence = _(
        "The text is damaged at character %(number)d: half of a surrogate pair "
        "stands there alone."
    )
    return sentence % {"number": found.start() + 1}
