"""Prose as a list: each sentence of a passage on a line of its own, as notes have them.

The questions stay, so that lists are asked about as people ask, not by a rule.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from answers.squad import Article, Example, Gold, Paragraph

# Where a sentence ends: "U.S. Army" does not, as far as one can see from a letter.
BETWEEN: Final = re.compile(
    r"(?<=[^\s.][^\s.][.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\s*\n\s*"
)
BULLETS: Final = ["- ", "- ", "* ", "• ", "", "{}. ", "{}) "]
LEAST_SENTENCES: Final = 3


def listed(articles: Sequence[Article], *, seed: int) -> list[Article]:
    """The articles with each passage of three sentences and more as a list."""
    rng = random.Random(f"listed {seed}")
    made = []
    for article in articles:
        paragraphs = [_listed(one, article.title, rng) for one in article.paragraphs]
        if kept := tuple(one for one in paragraphs if one and one.examples):
            made.append(Article(article.title, kept))
    return made


def _listed(paragraph: Paragraph, title: str, rng: random.Random) -> Paragraph | None:
    pieces = list(_sentences(paragraph.text))
    if len(pieces) < LEAST_SENTENCES:
        return None
    bullet, stopped = rng.choice(BULLETS), rng.random() < 0.4
    after = rng.choice(["\n", "\n", "\n\n"])
    text = f"{title}\n\n" if title and rng.random() < 0.3 else ""
    moved: list[
        tuple[int, int, int]
    ] = []  # where a sentence stood, and where it stands
    for number, (start, end) in enumerate(pieces, 1):
        text += bullet.format(number)
        if not stopped and paragraph.text[end - 1] == ".":
            end -= 1
        moved.append((start, end, len(text)))
        text += paragraph.text[start:end] + after
    text = text.rstrip()
    asked = (_moved(one, text, moved) for one in paragraph.examples)
    return Paragraph(text, tuple(one for one in asked if one))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in BETWEEN.finditer(text):
        end = (
            found.start() + len(found[0].rstrip())
            if found[0].strip()
            else found.start()
        )
        if end > start:
            yield start, end
        start = found.end()
    if start < len(text.rstrip()):
        yield start, len(text.rstrip())


def _moved(
    example: Example, text: str, moved: Sequence[tuple[int, int, int]]
) -> Example | None:
    """The question of the list; None where no gold is within one sentence."""
    golds = tuple(
        Gold(gold.text, there + gold.start - start)
        for gold in example.golds
        for start, end, there in moved
        if start <= gold.start and gold.start + len(gold.text) <= end
    )
    if example.golds and not golds:
        return None
    return replace(example, passage=text, golds=golds)
