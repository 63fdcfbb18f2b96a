"""The catalogues in answers/locale, and that what is compiled is what is written."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings

LOCALE = Path(settings.LOCALE_PATHS[0])
TRANSLATED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

Words = dict[tuple[str | None, tuple[str, ...]], tuple[str, ...]]


def parts(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """One text, or the singular and the plurals of it."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def words(catalog: Catalog) -> Words:
    """What the catalogue says, but for what is empty or marked as doubtful."""
    return {
        (as_text(message.context), parts(message.id)): parts(message.string)
        for message in catalog
        if message.id and any(parts(message.string)) and not message.fuzzy
    }


def as_text(context: str | bytes | None) -> str | None:
    """Babel reads contexts from compiled files as bytes."""
    return context.decode() if isinstance(context, bytes) else context


def written(code: str) -> Catalog:
    with (LOCALE / code / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def compiled(code: str) -> Catalog:
    with (LOCALE / code / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return read_mo(file)


def test_every_language_has_a_catalogue() -> None:
    assert sorted(path.name for path in LOCALE.iterdir()) == sorted(TRANSLATED)


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_compiled_is_what_is_written(code: str) -> None:
    assert words(compiled(code)) == words(written(code)), "run `make messages`"


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_plural_rule_is_that_of_the_language(code: str) -> None:
    rule = Catalog(locale=code).plural_forms
    assert written(code).plural_forms == compiled(code).plural_forms == rule
