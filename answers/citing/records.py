"""What is written of a question, in whatever format, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from answers.models import Answer, Conversation, Question, User
from answers.reviewing import Confirmation, confirmation_of
from answers.texts import excerpt

BATCH = 20  # questions in memory at once, with the passages that they quote
AROUND = 32  # code points of prefix and suffix

Whole = Callable[[str], str]  # a path of this site -> the whole address


@dataclass(frozen=True, slots=True)
class Range:
    """Half open: `end` is the first unit behind the quote."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Offsets:
    """The same range of a text, in three units."""

    code_points: Range
    utf16_units: Range
    utf8_bytes: Range


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands. Unknown places are None or empty."""

    passage: str
    library: str
    source: str  # the imported file's name
    page: int | None  # of the file, from 1
    section: str  # headings, "A › B"
    saved_at: datetime  # this version of the passage
    replaced: bool  # a later version took its place
    sha256: str  # of this version's text in UTF-8
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One answer; a model gave it a score and a margin, or it was confirmed.

    Or neither: it came with its question from a file.
    """

    rank: int
    text: str
    score: float | None
    margin: float | None
    offsets: Offsets
    prefix: str
    suffix: str
    citation: Citation
    confirmation: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One question with the quotes that the person may read."""

    id: UUID
    url: str
    text: str
    asked_at: datetime
    status: str
    libraries: tuple[str, ...]
    model_name: str
    model_hash: str
    passages_read: int
    took_ms: int
    quotes: tuple[Quote, ...]  # best first; of "no_answer" the nearest ones

    @property
    def is_answered(self) -> bool:
        return self.status == Question.Status.ANSWERED


@dataclass(frozen=True, slots=True)
class Heading:
    """What is said once at the beginning of a file."""

    title: str
    url: str
    created_at: datetime
    exported_at: datetime


# -- What is written -----------------------------------------------------------


def offsets_of(text: str, start: int, end: int) -> Offsets:
    """Return the code point range text[start:end] in the three units."""
    before, quote = text[:start], text[start:end]
    return Offsets(
        code_points=Range(start, end),
        utf16_units=_range(utf16_length(before), utf16_length(quote)),
        utf8_bytes=_range(len(before.encode()), len(quote.encode())),
    )


def _range(start: int, length: int) -> Range:
    return Range(start, start + length)


def utf16_length(text: str) -> int:
    """Return how many UTF-16 code units the text takes: JavaScript's `length`."""
    return len(text.encode("utf-16-le")) // 2


def heading_of(conversation: Conversation, whole: Whole) -> Heading:
    return Heading(
        title=conversation.title,
        url=whole(conversation.get_absolute_url()),
        created_at=conversation.created_at,
        exported_at=timezone.now(),
    )


Asked = tuple[Question, list[Answer]]


def batch_after(
    questions: QuerySet[Question], user: User, last: Question | None
) -> list[Asked]:
    """Return the next questions in order, each with the answers that the user may see.

    The time of the last one read marks the place, since a numbered slice would read all
    before it again. The answers are not kept by their question: the two would hold each
    other, with the passages, until the garbage collector comes round.
    """
    if last is not None:
        # As a range first, for which there is an index.
        there = Q(asked_at=last.asked_at, pk__lte=last.pk)
        questions = questions.filter(asked_at__gte=last.asked_at).exclude(there)
    in_order = questions.order_by("asked_at", "pk").prefetch_related("libraries")
    batch = list(in_order[:BATCH])
    quoted = Answer.objects.readable_by(user).filter(question__in=batch)
    asked = {question.pk: question for question in batch}
    answers: dict[UUID, list[Answer]] = {key: [] for key in asked}
    # Not joined: a passage that is quoted twice is then in memory once.
    for answer in (
        quoted.order_by("rank")
        .prefetch_related("passage__library", "passage__source")
        .with_confirmations()
    ):
        answer.question = asked[answer.question_id]
        answers[answer.question_id].append(answer)
    return [(question, answers[question.pk]) for question in batch]


def record_of(asked: Asked, whole: Whole) -> Record:
    """Return what is written of a question that `batch_after` has read."""
    question, answers = asked
    return Record(
        id=question.pk,
        url=whole(reverse("question", args=[question.pk])),
        text=question.text,
        asked_at=question.asked_at,
        status=question.status,
        libraries=tuple(library.title for library in question.libraries.all()),
        model_name=question.model_name,
        model_hash=question.model_hash,
        passages_read=question.passages_read,
        took_ms=question.took_ms,
        quotes=tuple(quote_of(answer, whole) for answer in answers),
    )


def quote_of(answer: Answer, whole: Whole) -> Quote:
    passage = answer.passage
    around = excerpt(passage.text, answer.start, answer.end, around=AROUND)
    return Quote(
        rank=answer.rank,
        text=answer.text,
        score=answer.score if answer.is_scored else None,
        margin=answer.margin if answer.is_scored else None,
        confirmation=confirmation_of(answer),
        offsets=offsets_of(passage.text, answer.start, answer.end),
        prefix=around.before,
        suffix=around.after,
        citation=Citation(
            passage=passage.title,
            library=passage.library.title,
            source=passage.source.name if passage.source else "",
            page=passage.page,
            section=passage.section,
            saved_at=passage.created_at,
            replaced=passage.successor_id is not None,
            sha256=passage.text_sha256,
            url=whole(answer.get_absolute_url()),
        ),
    )
