"""Reviewed questions and their files, for the tests of exports and imports."""

import json
from typing import Any

import pytest

from answers import squad
from answers.models import Library, ReviewItem, User
from answers.reviewing import Correction, give, squad_in, want_second
from answers.reviewing.examples import Tally
from answers.reviewing.files import FORMATS
from tests.factories import (
    TEA,
    make_answer,
    make_answered,
    make_member,
    make_passage,
    make_review,
    make_user,
)

HARD = (
    'Die „Tasse“ "heiß" 👩‍👩‍👧 kostet 3 €, e\u0301clair 🏳️‍🌈.\n\nשלום \u202eabc\u202c '
    "</script> \u2028 \\ \x01 𝔘 — «fin»"
)


def exported(
    shelf: Library, name: str = "squad2", *, user: User | None = None
) -> bytes:
    items = ReviewItem.objects.filter(library=shelf)
    return b"".join(FORMATS[name].pieces(items, user=user, tally=Tally()))


def counted(shelf: Library, name: str = "squad2") -> Tally:
    tally = Tally()
    items = ReviewItem.objects.filter(library=shelf)
    for _ in FORMATS[name].pieces(items, user=None, tally=tally):
        pass
    return tally


def examples(data: bytes) -> list[squad.Example]:
    return squad.examples(squad.parse(json.loads(data)))


def brought(
    data: bytes, owner: User, *, into: Library | None = None, **options: Any
) -> tuple[Library, squad_in.Brought]:
    """A library, new unless said otherwise, into which the file was brought."""
    shelf = into or Library.create_for(owner, "Brought")
    ready = squad_in.prepare(squad.parse(json.loads(data)), name="file.json")
    return shelf, squad_in.bring(shelf, ready, by=owner, name="file.json", **options)


def accept_all(shelf: Library, by: User) -> None:
    """Say of each imported item that the file is right."""
    for item in shelf.review_items.all():
        give(item, "right" if item.answer else "no_answer", by=by)


@pytest.fixture
def cleo(library: Library) -> User:
    """Reviewers of Alice's library besides herself: Ben and Cleo."""
    make_member(library, make_user("ben"), "reviewer")
    cleo = make_user("cleo")
    make_member(library, cleo, "reviewer")
    return cleo


@pytest.fixture
def reviewed(library: Library, alice: User, cleo: User) -> Library:
    """All verdicts, several golds, several passages, and decided conflicts."""
    tea, hard = make_passage(library), make_passage(library, HARD, title="Ti  tle_1 ")
    for passage, quote, spans in (
        (tea, "three minutes", [(0, 3), (4, 10), (22, 35)]),
        (hard, "👩‍👩‍👧", [(4, 11), (18, 23), (len(HARD) - 5, len(HARD))]),
    ):
        for verdict in ("right", "wrong", "wrong_span", "no_answer", "unclear"):
            marked = spans if verdict == "wrong_span" else ()
            question = f'{verdict} "in" {passage.title}? 🙂 \u202e'
            answer = make_answered(
                alice, library, passage, question=question, quote=quote
            )
            make_review(answer, verdict, by=alice, spans=marked)
    elsewhere = make_answered(alice, library, tea, question="elsewhere?")
    make_answer(elsewhere.question, hard, "kostet", rank=2)
    places = [Correction(tea.pk, 0, 3), Correction(hard.pk, 0, 3)]
    give(elsewhere.question.review_item, "wrong", by=alice, spans=places)
    decided = make_answered(alice, library, tea, question="decided?")
    item = decided.question.review_item
    want_second(item, by=alice)
    give(item, "right", by=alice)
    give(item, "wrong", by=User.objects.get(username="ben"))
    give(item, "wrong_span", by=cleo, spans=[Correction(tea.pk, 5, 9)])
    waiting = make_answered(alice, library, tea, question="waiting?")
    assert waiting.question.review_item.state == "waiting"
    return library


def file(*qas: dict[str, Any], context: str = TEA, title: str = "Tea") -> bytes:
    return paragraphs((context, list(qas)), title=title)


def paragraphs(*asked: tuple[str, list[dict[str, Any]]], title: str = "Tea") -> bytes:
    """A file of one article, of paragraphs with their questions."""
    all_ = [{"context": context, "qas": qas} for context, qas in asked]
    data = {"version": "v2.0", "data": [{"title": title, "paragraphs": all_}]}
    return json.dumps(data).encode()


def qa(known: str, *golds: str, context: str = TEA, **changes: Any) -> dict[str, Any]:
    answers = [{"text": g, "answer_start": context.index(g)} for g in golds]
    return {"id": known, "question": f"{known}?", "answers": answers} | changes
