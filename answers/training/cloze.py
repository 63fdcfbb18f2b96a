"""Questions made of plain articles: a span that recurs is left out of one sentence.

"In 1859 Darwin published On the Origin of Species." becomes, where another paragraph
of the article names 1859 too, the question "In when Darwin published On the Origin of
Species?" of that paragraph. Finding the span again teaches to match a sentence with a
passage, from text that nobody has annotated (recurring-span selection, Ram et al. 2021;
questions from cloze sentences, Lewis et al. 2019). Spans are names, numbers and, if
that is wanted, phrases: what people ask for is not always written large.
"""

from __future__ import annotations

import lzma
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answers.squad import Article, Example, Gold, Paragraph, SquadError

SENTENCE: Final = re.compile(r"[^.!?]+(?:[.!?]+(?=\s|$)|$)|[.!?]+")
# A name of one to five words, "of" and "the" inside it allowed, or a number that is
# part of no other ("10-20", "16th").
SPAN: Final = re.compile(
    r"[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+|de\s+|van\s+)?[A-Z][\w'’-]+){0,4}"
    r"|(?<![\w.,–-])\d[\d,.]*\d(?![\w–-])"
)
# A phrase is two to four words beside each other, the outer ones no function words.
WORD: Final = re.compile(r"[A-Za-z][\w'’-]+")
PHRASE_WORDS: Final = range(2, 5)
YEAR: Final = re.compile(r"1[0-9]{3}|20[0-9]{2}")
# Words that are written large because they begin a sentence.
NO_NAMES: Final = frozenset(
    "The This That These Those There They Their It Its In On At As An And But For From "
    "He She His Her We Our You Your If When While After Before Since During Although "
    "However Some Many Most Other Such One Two Both Each All By To With Of Not No Also"
    " Or So".split()
)
FUNCTION_WORDS: Final = frozenset(
    """
    a the his hers their its this that these those who whom whose which what where
    how why is are was were be been being am has have had having do does did done
    can could will would shall should may might must of in on at by for from to with
    without as into onto over under between among about against through up down out
    off than then so such very more most less least much many few several other
    others another same own each every any some all both only just even also too not
    no nor or and but if when while because although though until since during
    before after again there here him her them us me my our your i you he she it we
    they later first second new an however one two
    """.split()
)
WORDS: Final = range(5, 31)  # of a sentence that makes a question
PER_ARTICLE: Final = 12  # questions of a kind, so that long articles do not dominate


@dataclass(frozen=True, slots=True)
class _Place:
    paragraph: int
    start: int  # code points into the paragraph
    end: int


def articles(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Title and paragraphs of a text file, which may be compressed (.xz).

    `# Title` begins an article, every other line that is not empty is a paragraph.
    Raises SquadError for what is no text.
    """
    try:
        yield from _articles(path)
    except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise SquadError(f"{path.name}: no text in UTF-8 ({error})") from error


def _articles(path: Path) -> Iterator[tuple[str, list[str]]]:
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


def cloze_article(
    title: str,
    texts: Sequence[str],
    rng: random.Random,
    *,
    number: int = 0,
    most: int = PER_ARTICLE,
    phrases: bool = False,
) -> Article:
    """The article's paragraphs with the questions that could be made for them.

    At most `most` that ask for names and numbers, and as many for `phrases`. The
    `number` of the article tells them from those of another with its title.
    """
    asked: dict[int, list[Example]] = defaultdict(list)
    places = _recurring(texts, name_spans)
    chosen = _sample(places, most, rng)
    if phrases:
        found = _recurring(texts, phrase_spans)
        others = {span: there for span, there in found.items() if span not in places}
        chosen += _sample(others, most, rng)
        places |= others
    for place, span in enumerate(chosen):
        identity = f"{title}-{number}-{place}"
        made = _example(identity, span, places[span], texts, rng)
        if made is not None:
            at, example = made
            asked[at].append(example)
    return Article(
        title,
        tuple(
            Paragraph(text, tuple(asked[place]))
            for place, text in enumerate(texts)
            if asked[place]
        ),
    )


def _sample(
    places: dict[str, list[_Place]], most: int, rng: random.Random
) -> list[str]:
    return rng.sample(sorted(places), min(len(places), most))


def _recurring(
    texts: Sequence[str], spans: Callable[[str], Iterator[tuple[int, int]]]
) -> dict[str, list[_Place]]:
    """Spans that stand in two paragraphs or more."""
    places: dict[str, list[_Place]] = defaultdict(list)
    for number, text in enumerate(texts):
        for start, end in spans(text):
            places[text[start:end]].append(_Place(number, start, end))
    return {
        span: there
        for span, there in places.items()
        if len({place.paragraph for place in there}) >= 2
    }


def name_spans(text: str) -> Iterator[tuple[int, int]]:
    """Names and numbers."""
    for found in SPAN.finditer(text):
        if found[0] not in NO_NAMES:
            yield found.span()


def phrase_spans(text: str) -> Iterator[tuple[int, int]]:
    """Words beside each other, one space between them."""
    words = list(WORD.finditer(text))
    bounds = [found[0].lower() not in FUNCTION_WORDS for found in words]
    for first, word in enumerate(words):
        if not bounds[first]:
            continue
        for last in range(first + 1, min(first + PHRASE_WORDS.stop - 1, len(words))):
            gap = text[words[last - 1].end() : words[last].start()]
            if gap != " ":
                break
            if bounds[last]:
                yield word.start(), words[last].end()


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
    paths: Sequence[Path],
    *,
    questions: int,
    seed: int = 0,
    most: int = PER_ARTICLE,
    phrases: bool = False,
) -> tuple[Article, ...]:
    """Articles with about `questions` questions, from the beginning of the files.

    `most` and `phrases`: as in `cloze_article`.
    """
    rng = random.Random(seed)
    made: list[Article] = []
    count = 0
    for number, (path, title, texts) in enumerate(_of_all(paths)):
        article = cloze_article(
            f"{path.name} {title}",
            texts,
            rng,
            number=number,
            most=most,
            phrases=phrases,
        )
        found = sum(len(paragraph.examples) for paragraph in article.paragraphs)
        if found:
            made.append(article)
            count += found
        if count >= questions:
            break
    return tuple(made)


def _of_all(paths: Sequence[Path]) -> Iterator[tuple[Path, str, list[str]]]:
    for path in paths:
        for title, texts in articles(path):
            yield path, title, texts
