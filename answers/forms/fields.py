"""Fields that take text as it is saved."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from answers.cleaning import cleaned
from answers.texts import UnacceptableText


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
