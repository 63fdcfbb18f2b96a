"""Questions made of plain articles: a span that recurs is left out of one sentence.

"In 1859 Darwin published On the Origin of Species." becomes, where another paragraph
of the article names 1859 too, the question "In when Darwin published On the Origin of
Species?" of that paragraph. Finding the span again teaches to match a sentence with a
passage, from text that nobody has annotated (recurring-span selection, Ram et al. 2021;
questions from cloze sentences, Lewis et al. 2019).
"""

from __future__ import annotations

import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answers.squad import Article, Example, Gold, Paragraph

SENTENCE: Final = re.compile(r"[^.!?]+(?:[.!?]+(?=\s|$)|$)|[.!?]+")
# A name of one to five words, "of" and "the" inside it allowed, or a number that is
# part of no other ("10-20", "16th").
SPAN: Final = re.compile(
    r"[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+|de\s+|van\s+)?[A-Z][\w'’-]+){0,4}"
    r"|(?<![\w.,–-])\d[\d,.]*\d(?![\w–-])"
)
YEAR: Final = re.compile(r"1[0-9]{3}|20[0-9]{2}")
# Words that are written large because they begin a sentence.
NO_NAMES: Final = frozenset(
    "The This That These Those There They Their It Its In On At As An And But For From "
    "He She His Her We Our You Your If When While After Before Since During Although "
    "However Some Many Most Other Such One Two Both Each All By To With Of Not No Also"
    " Or So".split()
)
WORDS: Final = range(5, 31)  # of a sentence that makes a question
PER_ARTICLE: Final = 12  # questions at most, so that long articles do not dominate


@dataclass(frozen=True, slots=True)
class _Place:
    paragraph: int
    start: int  # code points into the paragraph
    end: int


def articles(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Title and paragraphs of a text file, which may be compressed (.xz).

    `# Title` begins an article, every other line that is not empty is a paragraph.
    """
    opened = lzma.open if path.suffix == ".xz" else open
    title, paragraphs = "", list[str]()
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# "):
                if paragraphs:
                    yield title, paragraphs
                title, paragraphs = line[2:].strip(), []
            elif text := line.strip():
                paragraphs.append(text)
    if paragraphs:
        yield title, paragraphs


def cloze_article(title: str, texts: Sequence[str], rng: random.Random) -> Article:
    """The article's paragraphs with the questions that could be made for them."""
    asked: dict[int, list[Example]] = defaultdict(list)
    places = _recurring(texts)
    spans = sorted(places)
    for number, span in enumerate(rng.sample(spans, min(len(spans), PER_ARTICLE))):
        made = _example(f"{title}-{number}", span, places[span], texts, rng)
        if made is not None:
            at, example = made
            asked[at].append(example)
    return Article(
        title,
        tuple(
            Paragraph(text, tuple(asked[number]))
            for number, text in enumerate(texts)
            if asked[number]
        ),
    )


def _recurring(texts: Sequence[str]) -> dict[str, list[_Place]]:
    """Spans that stand in two paragraphs or more, and once in at least one."""
    places: dict[str, list[_Place]] = defaultdict(list)
    for number, text in enumerate(texts):
        for found in SPAN.finditer(text):
            if found[0] not in NO_NAMES:
                places[found[0]].append(_Place(number, *found.span()))
    return {
        span: there
        for span, there in places.items()
        if len({place.paragraph for place in there}) >= 2
    }


def _example(
    identity: str,
    span: str,
    places: Sequence[_Place],
    texts: Sequence[str],
    rng: random.Random,
) -> tuple[int, Example] | None:
    """A question of one paragraph that names the span once, and that paragraph."""
    counted = defaultdict(list)
    for place in places:
        counted[place.paragraph].append(place)
    answering = [one[0] for one in counted.values() if len(one) == 1]
    if not answering:
        return None
    answer = rng.choice(answering)
    asking = rng.choice([one for one in places if one.paragraph != answer.paragraph])
    question = _question(texts[asking.paragraph], asking, span)
    if question is None:
        return None
    gold = Gold(span, answer.start)
    return answer.paragraph, Example(
        identity, question, texts[answer.paragraph], (gold,)
    )


def _question(text: str, place: _Place, span: str) -> str | None:
    """The sentence around the place, the span replaced by a word that asks for it."""
    for sentence in SENTENCE.finditer(text):
        if sentence.start() <= place.start and place.end <= sentence.end():
            left = text[sentence.start() : place.start]
            right = text[place.end : sentence.end()]
            # Whoever names the span twice gives the answer away.
            if span in left or span in right:
                return None
            asked = f"{left}{_wh_word(span)}{right}".strip().rstrip(".!? ")
            return f"{asked}?" if len(asked.split()) in WORDS else None
    return None


def _wh_word(span: str) -> str:
    if YEAR.fullmatch(span):
        return "when"
    return "how many" if span[0].isdigit() else "what"


def cloze(
    paths: Sequence[Path], *, questions: int, seed: int = 0
) -> tuple[Article, ...]:
    """Articles with about `questions` questions, from the beginning of the files."""
    rng = random.Random(seed)
    made: list[Article] = []
    count = 0
    for path in paths:
        for title, texts in articles(path):
            article = cloze_article(f"{path.name} {title}", texts, rng)
            found = sum(len(paragraph.examples) for paragraph in article.paragraphs)
            if found:
                made.append(article)
                count += found
            if count >= questions:
                return tuple(made)
    return tuple(made)
