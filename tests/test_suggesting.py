"""Suggestions come from verdicts of reviewers and from headings, never from secrets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from answers.models import (
    Library,
    Membership,
    Passage,
    Review,
    ReviewItem,
    Source,
    User,
)
from answers.suggesting import suggestions
from tests.factories import (
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
    make_user,
)

pytestmark = pytest.mark.django_db

YESTERDAY = timedelta(days=1)


def confirm(
    user: User,
    library: Library,
    passage: Passage,
    question: str,
    verdict: str = "right",
) -> Review:
    """A question of the user that a reviewer has looked at yesterday."""
    answer = make_answered(user, library, passage, question=question)
    reviewer, _ = User.objects.get_or_create(username="reviewer", is_superuser=True)
    spans = [(0, 3)] if verdict == "wrong_span" else []
    review = make_review(answer, verdict, by=reviewer, spans=spans)
    then = timezone.now() - YESTERDAY
    Review.objects.filter(pk=review.pk).update(reviewed_at=then)
    ReviewItem.objects.filter(pk=review.item_id).update(settled_at=then)
    return review


def headed(library: Library, *titles: str, section: str = "") -> None:
    for title in titles:
        make_passage(library, f"Text of {title}.", title=title, section=section)


def test_headings_that_are_questions_stand_as_they_are(
    alice: User, library: Library
) -> None:
    headed(library, "How do I return a parcel?", "¿Cuánto cuesta?", "何時ですか？")
    found = suggestions([library], alice)
    assert set(found) == {
        "How do I return a parcel?",
        "¿Cuánto cuesta?",
        "何時ですか？",
    }


def test_other_headings_are_asked_about(alice: User, library: Library) -> None:
    headed(library, "Returns", section="Shop › Parcels")
    assert set(suggestions([library], alice)) == {
        "What is known about “Returns”?",
        "What is known about “Parcels”?",
    }


def test_what_was_asked_already_is_not_suggested(alice: User, library: Library) -> None:
    headed(library, "Returns", "Parcels")
    found = suggestions([library], alice, without=["what is known about “RETURNS”"])
    assert found == ["What is known about “Parcels”?"]


def test_a_file_is_no_subject(alice: User, library: Library) -> None:
    """Its name is the title of passages without headings."""
    source = Source.objects.create(library=library, name="Crew.csv", sha256="0" * 64)
    for title in ("Crew", "Crew (2)", "Captain"):
        make_passage(library, f"Text of {title}.", title=title, source=source)
    assert suggestions([library], alice) == ["What is known about “Captain”?"]


def test_questions_come_before_other_headings(alice: User, library: Library) -> None:
    headed(library, "Returns", "Prices", "Staff", "When do you open?")
    assert suggestions([library], alice, k=1) == ["When do you open?"]


def test_parts_of_a_text_make_one_question(alice: User, library: Library) -> None:
    headed(library, "Returns", "Returns (2)", "Returns (3)", "RETURNS")
    assert len(suggestions([library], alice)) == 1


@pytest.mark.parametrize(
    "title",
    ["scan_0012", "notes.txt", "Chapter 3", "IV.", "2024", "–", "Untitled", "x" * 90],
)
def test_what_is_no_subject_is_not_asked_about(
    alice: User, library: Library, title: str
) -> None:
    headed(library, title)
    assert suggestions([library], alice) == []


def test_confirmed_questions_of_an_open_library_are_for_everyone(
    alice: User, mallory: User, public_library: Library
) -> None:
    passage = make_passage(public_library, title="?")
    confirm(alice, public_library, passage, "How long is tea brewed?")
    assert suggestions([public_library], mallory) == ["How long is tea brewed?"]


def test_ones_own_confirmed_questions_come_from_any_library(
    alice: User, library: Library
) -> None:
    passage = make_passage(library, title="?")
    confirm(alice, library, passage, "How long is tea brewed?")
    assert suggestions([library], alice) == ["How long is tea brewed?"]


@pytest.mark.parametrize("role", ["viewer", "editor", "owner"])
def test_what_others_typed_in_a_private_library_stays_theirs(
    alice: User, mallory: User, library: Library, role: str
) -> None:
    make_member(library, mallory, role)
    passage = make_passage(library, title="?")
    confirm(alice, library, passage, "Is my illness covered?")
    assert suggestions([library], mallory) == []


def test_a_question_asked_along_with_a_private_library_stays_private(
    alice: User, mallory: User, library: Library, public_library: Library
) -> None:
    passage = make_passage(public_library, title="?")
    review = confirm(alice, public_library, passage, "Is my illness covered?")
    review.item.question.libraries.add(library)
    assert suggestions([public_library], mallory) == []


def test_a_question_about_a_pasted_text_stays_with_it(
    alice: User, mallory: User, public_library: Library
) -> None:
    passage = make_passage(public_library, title="?")
    review = confirm(alice, public_library, passage, "Is my illness covered?")
    conversation = review.item.question.conversation
    pasted = make_library("Pasted text", conversation=conversation)
    review.item.question.libraries.add(pasted)
    assert suggestions([public_library], mallory) == []


@pytest.mark.parametrize("verdict", ["", "wrong", "wrong_span"])
def test_only_what_was_found_right_is_suggested(
    alice: User, public_library: Library, verdict: str
) -> None:
    passage = make_passage(public_library, title="?")
    if verdict:
        confirm(alice, public_library, passage, "How long?", verdict)
    else:
        make_answered(alice, public_library, passage)
    assert suggestions([public_library], alice) == []


def test_a_passage_that_has_changed_confirms_nothing(
    alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library, title="?")
    confirm(alice, public_library, passage, "How long?")
    passage.replace(title="?", text="New text.", by=alice)
    assert suggestions([public_library], alice) == []


def test_a_library_that_the_person_cannot_see_gives_nothing(
    mallory: User, library: Library
) -> None:
    headed(library, "Returns")
    assert suggestions([library], mallory) == []
    assert suggestions([], mallory) == []


def test_the_same_all_day_and_others_on_another(
    alice: User, library: Library, monkeypatch: Any
) -> None:
    headed(library, *[f"Subject {'abcdefghijklmnopqrstuvwxyz'[n]}" for n in range(26)])
    first = suggestions([library], alice)
    assert suggestions([library], alice) == first
    assert len(first) == len(set(first)) == 4
    days = set()
    for day in range(1, 8):
        later = timezone.localdate() + timedelta(days=day)
        monkeypatch.setattr(timezone, "localdate", lambda later=later: later)
        days.add(tuple(suggestions([library], alice)))
    assert len(days) > 1


def test_the_queries_do_not_grow(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    libraries = [make_library(f"Shelf {n}", owner=alice) for n in range(30)]
    for library in libraries:
        headed(library, "Returns", "Prices", "When do you open?")
    for _ in range(5):
        make_member(libraries[0], make_user(f"m{_}"), Membership.Role.VIEWER)
    with django_assert_max_num_queries(18):
        assert len(suggestions(libraries, alice)) == 3


def test_what_the_editors_wrote_down_comes_first(alice: User, library: Library) -> None:
    headed(library, "When do you open?")
    library.examples = "How long should tea be brewed?\n" + "x" * 1001
    library.save()
    assert suggestions([library], alice) == [
        "How long should tea be brewed?",
        "When do you open?",
    ]
