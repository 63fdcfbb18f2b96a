"""What concerns a few passages does not look at all of them."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from answers import citing, organising
from answers.library import NewPassage, add
from answers.models import Library, Passage, Question, User, text_hash
from tests.factories import (
    make_answered,
    make_library,
    make_passage,
)
from tests.steps import counted

FEW, MANY = 100, 3_000  # passages of the library
GROWTH = 2  # at most, where the passages are thirty times as many
LOT = 60  # passages that something is done to


@pytest.fixture
def question(alice: User, library: Library, passage: Passage) -> Question:
    """Alice's question with an answer; its conversation is shared by a link."""
    question = make_answered(alice, library, passage).question
    question.conversation.share_token = "k" * 43
    question.conversation.save()
    return question


def fill(library: Library, count: int) -> None:
    texts = (f"Text {n} of {count} in this library." for n in range(count))
    Passage.objects.bulk_create(
        Passage(library=library, title="T", text=text, text_sha256=text_hash(text))
        for text in texts
    )


def grows(library: Library, work: Callable[[], object]) -> bool:
    """Whether it is more work where the library has many more passages."""
    work()  # what is looked up once in a process
    done = []
    for passages in (FEW, MANY):
        with transaction.atomic():
            fill(library, passages)
            with counted() as steps:
                work()
            done.append(steps[0])
            transaction.set_rollback(True)
    return done[1] > GROWTH * done[0] + 5


def test_the_page_of_a_conversation(
    alice_client: Client, library: Library, question: Question
) -> None:
    page = question.conversation.get_absolute_url()
    assert not grows(library, lambda: alice_client.get(page))


def test_the_page_behind_a_shared_link(
    client: Client, library: Library, question: Question
) -> None:
    page = f"/shared/{question.conversation.share_token}/"
    assert not grows(library, lambda: client.get(page))


def test_the_export_of_a_conversation(
    alice: User, library: Library, question: Question
) -> None:
    asked = question.conversation.questions.all()
    assert not grows(library, lambda: citing.batch_after(asked, alice, None))


def test_adding_passages(library: Library) -> None:
    new = [NewPassage("New", f"New text {number}.") for number in range(LOT)]
    assert not grows(library, lambda: add(library, new))


def lot_of(library: Library) -> list[int]:
    return [make_passage(library, f"Lot {number}.").pk for number in range(LOT)]


def test_restoring_passages(library: Library) -> None:
    lot = lot_of(library)

    def away_and_back() -> None:
        Passage.objects.filter(pk__in=lot).update(archived_at=timezone.now())
        assert organising.restore(library, lot).done == LOT

    assert not grows(library, away_and_back)


def test_the_texts_that_a_library_holds(
    alice: User, library: Library, passage: Passage
) -> None:
    gone = make_passage(library, "Archived.", archived_at=timezone.now())
    elsewhere = make_passage(make_library("Other", owner=alice), "Elsewhere.")
    texts = [one.text_sha256 for one in (passage, gone, elsewhere)]
    assert list(Passage.objects.held_by(library, texts)) == [passage]
    assert not Passage.objects.held_by(library, [])
