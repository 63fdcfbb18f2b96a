"""Readers of environment variables that refuse what they do not understand.

A typing error in a setting must stop the start with a sentence, never be taken
for the default in silence.
"""

import os
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MOST = 1_000_000_000  # of anything; SQLite and OpenVINO take no more than 63 or 31 bits
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def env_str(name: str, default: str) -> str:
    """Return the variable; an empty value counts as not set."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool) -> bool:
    """Return True for 1/true/yes/on and False for 0/false/no/off, in any case."""
    value = env_str(name, "").lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={value!r}: expected yes or no (or 1 or 0).")


def env_int(name: str, default: int, *, minimum: int = 0, maximum: int = MOST) -> int:
    """Return a whole number from `minimum` to `maximum`."""
    value = env_str(name, "")
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r}: not a whole number.") from None
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={number}: the least is {minimum}.")
    if number > maximum:
        raise ImproperlyConfigured(f"{name}={number}: the most is {maximum}.")
    return number


def env_choice(name: str, default: str, choices: Collection[str]) -> str:
    """Return one of the choices, as it is written there; case does not matter."""
    value = env_str(name, default)
    for choice in choices:
        if choice.casefold() == value.casefold():
            return choice
    known = ", ".join(choices)
    raise ImproperlyConfigured(f"{name}={value!r}: expected one of {known}.")


def env_path(name: str, default: Path) -> Path:
    """Return an absolute path; `~` is the home folder."""
    value = env_str(name, str(default))
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise ImproperlyConfigured(
            f"{name}={value!r}: there is no such home folder."
        ) from None


def env_list(name: str, default: list[str]) -> list[str]:
    """Return the parts between commas, without blanks around them."""
    parts = [part.strip() for part in env_str(name, "").split(",")]
    return [part for part in parts if part] or default
