"""Which passages a question is read in, and what becomes of their spans."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q

from answers import library, runtime
from answers.models import Answer, Library, Passage, Question
from answers.reader import RankedSpan, Ranking
from answers.reader import Reading as ReaderReading

NEAREST_SHOWN = 3  # spans shown below "no answer"


def retrieve(question: Question) -> list[Passage]:
    """Return the passages to read: the one asked, or the best of the libraries asked.

    Of what the person may still read, that is.
    """
    if question.passage is not None:
        mine = Passage.objects.visible_to(question.conversation.user)
        return list(mine.filter(pk=question.passage.pk))
    asked = libraries_of(question)
    return library.search(asked, question.text, settings.PASSAGES_READ)


def libraries_of(question: Question) -> list[Library]:
    """Return the libraries asked that the person may still read.

    Of a question to one passage that is the passage's own.
    """
    mine = Library.objects.filter(
        Q(pk__in=Library.objects.visible_to(question.conversation.user))
        | Q(conversation=question.conversation_id)
    )
    if question.passage is not None:
        return list(mine.filter(pk=question.passage.library_id))
    return list(mine.filter(questions=question))


def to_answers(
    question: Question,
    passages: Sequence[Passage],
    spans: Sequence[RankedSpan],
    reading: ReaderReading,
) -> list[Answer]:
    """Return the spans as answers that are not saved yet, best first."""
    return [
        Answer(
            question=question,
            passage=passages[span.passage],
            rank=rank,
            start=span.start,
            end=span.end,
            text=span.text,
            margin=span.margin,
            score=span.score,
            passage_rank=span.passage + 1,
            window=span.window,
            windows=reading.windows_of[span.passage],
        )
        for rank, span in enumerate(spans, 1)
    ]


def shown(ranking: Ranking) -> tuple[RankedSpan, ...]:
    """Return the answers, or what came nearest where there is none."""
    return ranking.answers or ranking.nearest[:NEAREST_SHOWN]


def check_question(text: str) -> None:
    """Raise QuestionTooLong or EmptyQuestion for what the model cannot take."""
    runtime.get_reader().question_tokens(text)


def read_now(
    question: str, texts: Sequence[str], *, titles: Sequence[str] = (), top: int
) -> Ranking:
    """Read the texts at once and save nothing: for commands and measurements.

    `titles`: what each stands under, see Passage.heading.

    Raises what `Reader.read` raises, and runtime.NoReader.
    """
    return runtime.get_reader().read(question, texts, titles=titles, top=top)
