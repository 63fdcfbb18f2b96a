"""Answers that reviewers have confirmed: given again at once, and never read."""

from collections.abc import Iterable

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
    asked = libraries_of(question)
    golds = reviewing.confirmed(
        question.words_key,
        [library.pk for library in asked],
        passage=question.passage_id,
    )
    return [_answer(question, rank, gold) for rank, gold in enumerate(golds, 1)]


def confirmed_now(text: str, libraries: Iterable[Library]) -> list[Gold]:
    """Return what is confirmed in the libraries, and save nothing: for commands."""
    return reviewing.confirmed(words_key(text), [library.pk for library in libraries])


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
