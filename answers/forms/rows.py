"""Fields that take ids of rows, whatever JSON holds in their place."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from answers.models import Library

ALL = "all"  # the value of "All libraries"
NOT_THERE = ("invalid_choice", "invalid_pk_value", "invalid_list")


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One row by its id."""

    def __init__(self, none: Any, missing: Any) -> None:
        messages = dict.fromkeys(NOT_THERE, missing)
        super().__init__(none, required=False, error_messages=messages)

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        if (number := row_id(value)) is None:
            raise ValidationError(self.error_messages["invalid_choice"], NOT_THERE[0])
        return super().to_python(number)


class LibrariesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """One library or several: `library=1&library=2`, or 1 or [1, 2] in JSON."""

    def clean(self, value: Any) -> Any:
        given = value if isinstance(value, list | tuple) else [value]
        if ALL in given:
            return list(self._all())
        given = [one for one in given if one is not None and one != ""]
        if len(given) > 10 * settings.LIBRARIES_PER_QUESTION:
            raise self._too_many(len(given))
        numbers = {row_id(one) for one in given}
        if None in numbers:
            raise ValidationError(self.error_messages["invalid_choice"], NOT_THERE[0])
        if len(numbers) > settings.LIBRARIES_PER_QUESTION:
            raise self._too_many(len(numbers))
        return list(super().clean(sorted(filter(None, numbers))))

    def _all(self) -> Any:
        rows = Library.objects.none() if self.queryset is None else self.queryset
        shelves = rows.filter(conversation=None)
        if (count := shelves.count()) > settings.LIBRARIES_PER_QUESTION:
            raise self._too_many(count)
        return shelves

    def _too_many(self, count: int) -> ValidationError:
        sentence = _(
            "These are %(count)d libraries; a question asks at most %(most)d. "
            "Please choose."
        )
        numbers = {"count": count, "most": settings.LIBRARIES_PER_QUESTION}
        return ValidationError(sentence % numbers, "invalid")


def row_id(value: Any) -> int | None:
    """Return the id of a row that a form or a message gives; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) < 19 else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    return None
