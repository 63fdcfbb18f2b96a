"""Fields that take text as it is saved."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
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


class CleanTextField(forms.CharField):
    """A text field whose value is text as it is saved."""

    def __init__(self, **options: Any) -> None:
        # Django's own check would refuse NUL with a sentence nobody understands, and
        # stripping would change a text before its offsets are taken.
        super().__init__(**{"strip": False, **options})
        self.validators = [
            validator
            for validator in self.validators
            if type(validator).__name__ != "ProhibitNullCharactersValidator"
        ]

    def to_python(self, value: Any) -> str:
        try:
            return cleaned(super().to_python(value) or "")
        except UnacceptableText as error:
            raise ValidationError(str(error), code="invalid") from error


def one_line(text: str, otherwise: str) -> str:
    """Return the text on one line; raises a ValidationError where nothing is left."""
    if line := " ".join(text.split()):
        return line
    raise ValidationError(otherwise)
