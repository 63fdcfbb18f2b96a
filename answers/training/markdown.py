"""Pieces of Markdown that wrap at 88 columns, for CARD.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence


def paragraph(text: str) -> str:
    return textwrap.fill(text, width=88, break_long_words=False, break_on_hyphens=False)


def item(text: str) -> str:
    """A paragraph of a list."""
    return textwrap.fill(
        f"- {text}",
        width=88,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Any text on one line, harmless in a table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
