"""SQuAD-format files <-> plain examples, and the official SQuAD metric.

Django-free and free of every model library: the importer, the evaluation command
and the training all read these files, and all count with this one metric.

The metric is that of SQuAD v1.1's own script (Rajpurkar et al. 2016), quirks and
all: only ASCII punctuation goes, articles go wherever they stand, accents stay.
Published numbers are made with it, so it must not be improved.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = [
    "Article",
    "Example",
    "Gold",
    "Paragraph",
    "Scores",
    "SquadError",
    "Version",
    "as_json",
    "exact_match_score",
    "examples",
    "f1_score",
    "load",
    "metric_max_over_ground_truths",
    "normalize_answer",
    "paragraph_as_json",
    "parse",
    "readable",
    "score",
]


_SURROGATES = re.compile("[\ud800-\udfff]")


class SquadError(ValueError):
    """The file is not in SQuAD format; the message says where and why."""


class Version(Enum):
    """The layouts of SQuAD: only the second knows questions without an answer."""

    V1 = "1.1"
    V2 = "v2.0"


@dataclass(frozen=True, slots=True)
class Gold:
    """One reference answer. `start` counts code points into the passage."""

    text: str
    start: int

    def stands_in(self, passage: str) -> bool:
        """Whether the passage really holds the text at `start`.

        Files in the wild have a few golds that do not. They still count when
        predictions are scored (by text), but nothing may be trained on them.
        """
        return passage[self.start : self.start + len(self.text)] == self.text


@dataclass(frozen=True, slots=True)
class Example:
    """One question about one passage; without golds it has no answer there."""

    id: str
    question: str
    passage: str
    golds: tuple[Gold, ...]
    title: str = ""

    @property
    def is_answerable(self) -> bool:
        return bool(self.golds)


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Percentages (0..100) over `questions`."""

    exact_match: float
    f1: float
    questions: int


# -- files -----------------------------------------------------------------------


def load(path: Path, *, name: str = "") -> tuple[Article, ...]:
    """Reads a SQuAD v1.1 or v2.0 file, whose errors call it by `name`.

    Raises SquadError, OSError.
    """
    name = name or path.name
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SquadError(f"{name}: not UTF-8 ({error.reason})") from error
    except ValueError as error:  # also for a number of thousands of digits
        raise SquadError(f"{name}: not JSON ({error})") from error
    except RecursionError as error:
        raise SquadError(f"{name}: nested too deeply") from error
    try:
        return parse(data)
    except SquadError as error:
        raise SquadError(f"{name}: {error}") from error


def parse(data: object) -> tuple[Article, ...]:
    """Turns decoded JSON of SQuAD v1.1 or v2.0 into articles. Raises SquadError."""
    seen: set[str] = set()
    articles = _list(_object(data, "the file"), "data", "the file")
    return tuple(
        _article(item, f"data[{number}]", seen) for number, item in enumerate(articles)
    )


def readable(title: str) -> str:
    """The title as one reads it: files have those of Wikipedia's addresses."""
    return title.replace("_", " ").strip()


def examples(articles: Iterable[Article]) -> list[Example]:
    """All questions, in the order of the file."""
    return [
        example
        for article in articles
        for paragraph in article.paragraphs
        for example in paragraph.examples
    ]


def as_json(
    articles: Iterable[Article], version: Version = Version.V2
) -> dict[str, Any]:
    """The inverse of `parse`, ready for json.dumps.

    Version 1.1 knows no questions without an answer: they are left out of it.
    """
    return {
        "version": version.value,
        "data": [
            {
                "title": article.title,
                "paragraphs": [
                    paragraph_as_json(item, version) for item in article.paragraphs
                ],
            }
            for article in articles
        ],
    }


def paragraph_as_json(
    paragraph: Paragraph, version: Version = Version.V2
) -> dict[str, Any]:
    """One paragraph of `as_json`, for those who write a file piece by piece."""
    asked = [
        example
        for example in paragraph.examples
        if example.is_answerable or version is Version.V2
    ]
    return {"context": paragraph.text, "qas": [_qa(qa, version) for qa in asked]}


def _qa(example: Example, version: Version) -> dict[str, Any]:
    golds = [{"text": gold.text, "answer_start": gold.start} for gold in example.golds]
    qa: dict[str, Any] = {"id": example.id, "question": example.question}
    if version is Version.V2:
        qa["is_impossible"] = not golds
    return qa | {"answers": golds}


def _article(item: object, where: str, seen: set[str]) -> Article:
    article = _object(item, where)
    title = _text(article, "title", where) if "title" in article else ""
    paragraphs = _list(article, "paragraphs", where)
    return Article(
        title,
        tuple(
            _paragraph(item, f"{where}.paragraphs[{number}]", title, seen)
            for number, item in enumerate(paragraphs)
        ),
    )


def _paragraph(item: object, where: str, title: str, seen: set[str]) -> Paragraph:
    paragraph = _object(item, where)
    text = _text(paragraph, "context", where)
    qas = _list(paragraph, "qas", where)
    return Paragraph(
        text,
        tuple(
            _example(qa, f"{where}.qas[{number}]", text, title, seen)
            for number, qa in enumerate(qas)
        ),
    )


def _example(
    item: object, where: str, passage: str, title: str, seen: set[str]
) -> Example:
    qa = _object(item, where)
    identity = _identity(qa, where, seen)
    question = _text(qa, "question", where)
    golds = tuple(_golds(qa, where, passage))
    if qa.get("is_impossible") is True and golds:
        raise SquadError(f"{where}: is_impossible, and yet it has answers")
    return Example(identity, question, passage, golds, title)


def _identity(qa: Mapping[str, Any], where: str, seen: set[str]) -> str:
    identity = qa.get("id")
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if not isinstance(identity, str) or not identity:
        raise SquadError(f"{where}: no id")
    if _SURROGATES.search(identity):
        raise SquadError(f"{where}: the id holds half of a surrogate pair")
    if identity in seen:
        # Predictions are kept by id: a twin would be scored with the other's answer.
        raise SquadError(f"{where}: the id {identity!r} occurs twice")
    seen.add(identity)
    return identity


def _golds(qa: Mapping[str, Any], where: str, passage: str) -> Iterator[Gold]:
    if "answers" not in qa and qa.get("is_impossible") is not True:
        raise SquadError(f"{where}: no answers (and not marked is_impossible)")
    listed = _list(qa, "answers", where) if "answers" in qa else []
    for number, item in enumerate(listed):
        place = f"{where}.answers[{number}]"
        answer = _object(item, place)
        text = _text(answer, "text", place)
        start = answer.get("answer_start")
        if not isinstance(start, int) or isinstance(start, bool):
            raise SquadError(f"{place}: answer_start is not a whole number")
        if not 0 <= start < max(len(passage), 1):
            raise SquadError(f"{place}: answer_start {start} is outside the context")
        yield Gold(text, start)


def _object(item: object, where: str) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise SquadError(f"{where}: expected an object, found {_kind(item)}")
    return item


def _list(item: Mapping[str, Any], key: str, where: str) -> list[Any]:
    if key not in item:
        raise SquadError(f"{where}: {key!r} is missing")
    value = item[key]
    if not isinstance(value, list):
        raise SquadError(f"{where}: {key!r} must be a list, found {_kind(value)}")
    return value


def _text(item: Mapping[str, Any], key: str, where: str) -> str:
    if key not in item:
        raise SquadError(f"{where}: {key!r} is missing")
    value = item[key]
    if not isinstance(value, str):
        raise SquadError(f"{where}: {key!r} must be text, found {_kind(value)}")
    if _SURROGATES.search(value):
        # JSON can spell half a surrogate pair; no tokenizer or database takes it.
        raise SquadError(f"{where}: {key!r} holds half of a surrogate pair")
    return value


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


# -- the metric ------------------------------------------------------------------

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DROP_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces: in this order."""
    bare = text.lower().translate(_DROP_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_match_score(prediction: str, gold: str) -> float:
    """1.0 if both normalise to the same text, else 0.0."""
    return float(normalize_answer(prediction) == normalize_answer(gold))


def f1_score(prediction: str, gold: str) -> float:
    """Harmonic mean of precision and recall over the bags of normalised words.

    A gold without any word left gives 0.0 even for itself: so does the official
    script.
    """
    predicted = normalize_answer(prediction).split()
    wanted = normalize_answer(gold).split()
    common = sum((Counter(predicted) & Counter(wanted)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(predicted), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def metric_max_over_ground_truths(
    metric: Callable[[str, str], float], prediction: str, golds: Sequence[str]
) -> float:
    """The best value of the metric over all golds. Raises ValueError without any."""
    if not golds:
        raise ValueError("a question without golds has no maximum over them")
    return max(metric(prediction, gold) for gold in golds)


def score(predictions: Mapping[str, str], asked: Iterable[Example]) -> Scores:
    """Exact match and F1 of predictions (id -> text) over all examples.

    A missing prediction scores 0 and stays in the total. For an unanswerable
    example the right prediction is "" (as in SQuAD v2.0); every other, a missing
    one included, scores 0.
    """
    exact, f1, questions = 0.0, 0.0, 0
    for example in asked:
        questions += 1
        prediction = predictions.get(example.id)
        if prediction is None:
            continue
        if not example.golds:
            exact, f1 = exact + (prediction == ""), f1 + (prediction == "")
            continue
        golds = [gold.text for gold in example.golds]
        exact += metric_max_over_ground_truths(exact_match_score, prediction, golds)
        f1 += metric_max_over_ground_truths(f1_score, prediction, golds)
    if questions == 0:
        return Scores(0.0, 0.0, 0)
    return Scores(100 * exact / questions, 100 * f1 / questions, questions)
