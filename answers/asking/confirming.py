"""Answers that reviewers have confirmed: given again at once, and never read."""

from collections.abc import Iterable, Sequence

from answers import reviewing
from answers.asking.reading import libraries_of, retrieve
from answers.models import Answer, Library, Passage, Question
from answers.reviewing import Gold
from answers.texts import words_key


def look_up(question: Question) -> tuple[list[Answer], list[Passage]]:
    """Return what is confirmed, best first; else the passages to read.

    The answers are not saved yet.
    """
    if answers := confirmed_answers(question):
        return answers, []
    return [], retrieve(question)


def confirmed_answers(question: Question) -> list[Answer]:
    """Return what is confirmed in passages that the question asks and its person sees.

    Nothing for a question that is to be read anyway.
    """
    if question.read_anyway:
        return []
    asked = list(libraries_of(question))
    golds = reviewing.confirmed(
        question.words_key,
        [library.pk for library in asked],
        passage=question.passage_id,
        beside=() if question.passage_id else _shelves(asked),
    )
    return [_answer(question, rank, gold) for rank, gold in enumerate(golds, 1)]


def confirmed_now(text: str, libraries: Iterable[Library]) -> list[Gold]:
    """Return what is confirmed in the libraries, and save nothing: for commands."""
    asked = list(libraries)
    keys = [library.pk for library in asked]
    return reviewing.confirmed(words_key(text), keys, beside=_shelves(asked))


def _shelves(asked: Sequence[Library]) -> list[int]:
    """Return the keys of several libraries, without what is pasted on the spot.

    Of one alone nothing has to be looked up: what it confirms was asked of it.
    """
    shelves = [library.pk for library in asked if library.conversation_id is None]
    return shelves if len(shelves) > 1 else []


def _answer(question: Question, rank: int, gold: Gold) -> Answer:
    return Answer(
        question=question,
        passage_id=gold.passage,
        rank=rank,
        start=gold.start,
        end=gold.end,
        text=gold.text,
        margin=0.0,
        score=1.0,
        confirmation_id=gold.review,
        confirmed_by=gold.reviewer,
    )
