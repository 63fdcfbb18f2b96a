"""Every text of the sources is in the catalogues, translated, with its placeholders."""

import re
import string
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.conf import settings
from django.utils.translation.template import templatize

from tests.test_translations import TRANSLATED, parts, written

ROOT = Path(settings.BASE_DIR)
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PERCENT = re.compile(r"%(?:\(\w+\))?[sd]")
TAG = re.compile(r"<[^>]*>")
TAKES = "marked for translation, but not in the catalogue: run `make messages`"

Key = tuple[str | None, tuple[str, ...]]


def as_python(path: Path) -> bytes:
    """The source; of a template, its texts as calls of gettext in Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        calls = templatize(text, origin=str(path))
        # What is left around the calls is single words: only indents could disturb.
        text = "\n".join(line.strip() for line in calls.splitlines())
    return text.encode()


def marked() -> Iterator[tuple[str, Key]]:
    """Every marked text, with the file it stands in."""
    for folder, pattern in (("answers", "*.py"), ("qaweb", "*.py"), ("templates", "*")):
        for path in sorted((ROOT / folder).rglob(pattern)):
            if path.suffix not in {".py", ".html", ".txt"}:
                continue
            found = extract("python", BytesIO(as_python(path)), KEYWORDS)
            for _line, text, _comments, context in found:
                yield str(path.relative_to(ROOT)), (context, texts_of(text))


def texts_of(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in parts(text) if part)


def messages(code: str) -> list[Message]:
    return [message for message in written(code) if message.id]


def placeholders(text: str) -> list[str]:
    """What is filled in: %(name)s and {name}; sorted."""
    named = [f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name]
    return sorted(PERCENT.findall(text) + named)


def test_the_extractor_sees_templates_and_code() -> None:
    texts = {text for _, text in marked()}
    assert (None, ("Skip to the content",)) in texts
    assert (None, ("%(count)s passage", "%(count)s passages")) in texts
    assert (None, ("“{title}” is saved.",)) in texts
    assert (None, ("j M Y",)) in texts
    assert len(texts) > 100


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_marked_text_is_in_the_catalogue(code: str) -> None:
    known = {(message.context, parts(message.id)[0]) for message in messages(code)}
    missing = [
        (path, key) for path, key in marked() if (key[0], key[1][0]) not in known
    ]
    assert missing == [], TAKES


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalogue_holds_nothing_that_is_gone(code: str) -> None:
    used = {(context, text[0]) for _, (context, text) in marked()}
    known = {(message.context, parts(message.id)[0]) for message in messages(code)}
    assert known - used == set(), "run `make messages`"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code: str) -> None:
    empty = [m.id for m in messages(code) if not all(parts(m.string) or ("",))]
    assert empty == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_a_guess(code: str) -> None:
    assert [m.id for m in messages(code) if m.fuzzy] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_fill_in_the_same_things(code: str) -> None:
    """A form may leave out only what its singular leaves out ("one passage")."""
    wrong = []
    for message in messages(code):
        allowed = [placeholders(text) for text in parts(message.id)]
        for text in filter(None, parts(message.string)):
            if placeholders(text) not in allowed:
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_hold_the_markup_of_the_text_and_no_other(code: str) -> None:
    wrong = [
        (message.id, text)
        for message in messages(code)
        for text in filter(None, parts(message.string))
        if sorted(TAG.findall(text)) != sorted(TAG.findall(parts(message.id)[0]))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_begin_and_end_as_their_text(code: str) -> None:
    """Blanks around a text are part of the sentence that it is put into."""
    wrong = [
        message.id
        for message in messages(code)
        for text in filter(None, parts(message.string))
        if text.strip() != text and parts(message.id)[0].strip() == parts(message.id)[0]
    ]
    assert wrong == []
