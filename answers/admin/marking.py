"""Quotes marked in their passage, as HTML that holds nothing but escaped text."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from answers.texts import excerpt, shortened

LONGEST_QUOTE = 1_000  # code points; answers of the reader are far shorter
PASSAGE_CHANGED = _("The passage no longer holds this text at its place.")


def marked(text: str, start: int, end: int, *, expected: str) -> SafeString:
    """Return the whole text with text[start:end] marked.

    Should that not be the expected quote, nothing is marked and it says so: a wrong
    mark would be judged as if the reader had made it.
    """
    if text[start:end] != expected:
        return _changed(expected)
    return format_html(
        # It scrolls, so the keyboard has to reach it.
        '<div class="passage" dir="auto" tabindex="0" role="group" '
        'aria-label="{}">{}<mark>{}</mark>{}</div>',
        _("Passage"),
        text[:start],
        text[start:end],
        text[end:],
    )


def marked_excerpt(
    window: str, offset: int, start: int, end: int, *, expected: str
) -> SafeString:
    """Return the quote in its nearest surroundings.

    `window` is a slice of the passage that begins at `offset`; `start` and `end`
    count in the whole passage.
    """
    start, end = start - offset, end - offset
    if window[start:end] != expected[: len(window[start:end])]:
        return _changed(expected)
    if len(expected) > LONGEST_QUOTE:
        return _beginning(expected)
    if window[start:end] != expected:
        return _changed(expected)
    part = excerpt(window, start, end, around=120)
    return format_html(
        '<div class="quote" dir="auto">{}{}<mark>{}</mark>{}{}</div>',
        "… " if part.cut_before else "",
        part.before,
        part.quote,
        part.after,
        " …" if part.cut_after else "",
    )


def _beginning(quote: str) -> SafeString:
    """A quote that fills a page: its beginning alone."""
    return format_html(
        '<div class="quote" dir="auto"><mark>{}</mark></div>',
        shortened(quote, LONGEST_QUOTE),
    )


def _changed(expected: str) -> SafeString:
    return format_html(
        '<div class="quote" dir="auto">{}</div><p class="changed">{}</p>',
        shortened(expected, LONGEST_QUOTE),
        PASSAGE_CHANGED,
    )
