"""Deleting at the admin: what is said before, and what goes."""

from typing import Any

import pytest
from django.test import Client

from answers.admin import bounded
from answers.models import Conversation, Library, Passage, Question, User
from tests.admin.pages import get
from tests.factories import make_answered, make_member, make_passage, make_user

YES = {"post": "yes"}


def deletion_of(row: Library | Conversation | User) -> str:
    return f"/admin/answers/{row._meta.model_name}/{row.pk}/delete/"


@pytest.fixture
def few_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_NAMED", 3)


def test_of_a_large_library_numbers_are_said_not_every_name(
    admin_client: Client,
    library: Library,
    few_are_named: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    for number in range(4):
        make_passage(library, f"Text {number}.", title="A title of many")
    html = get(admin_client, deletion_of(library))
    assert "<li>Passages: 4</li>" in html
    assert "A title of many" not in html
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(deletion_of(library), YES)
    assert not Library.objects.filter(pk=library.pk).exists()
    assert not Passage.objects.exists()


def test_libraries_that_are_ticked_are_deleted(
    admin_client: Client,
    library: Library,
    passage: Passage,
    django_capture_on_commit_callbacks: Any,
) -> None:
    ticked = {"action": "delete_selected", "_selected_action": str(library.pk)}
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post("/admin/answers/library/", ticked | YES)
    assert not Library.objects.filter(pk=library.pk).exists()


def test_a_long_conversation_is_deleted(
    admin_client: Client, alice: User, passage: Passage, few_are_named: None
) -> None:
    conversation = make_answered(alice, passage.library, passage).question.conversation
    for _more in range(3):
        make_answered(alice, passage.library, passage)
    Question.objects.update(conversation=conversation)
    html = get(admin_client, deletion_of(conversation))
    assert "<li>Questions: 4</li>" in html
    assert "three minutes" not in html
    admin_client.post(deletion_of(conversation), YES)
    assert not Conversation.objects.filter(pk=conversation.pk).exists()


@pytest.mark.parametrize("other", ["nobody", "viewer", "left"])
def test_whoever_alone_owns_a_library_is_kept(
    admin_client: Client, alice: User, library: Library, other: str
) -> None:
    if other != "nobody":
        role = "viewer" if other == "viewer" else "owner"
        make_member(library, make_user("ben", is_active=other != "left"), role)
    html = get(admin_client, deletion_of(alice))
    assert f"{library.title}: make somebody else its owner" in html
    admin_client.post(deletion_of(alice), YES)
    assert User.objects.filter(pk=alice.pk).exists()


def test_whose_libraries_have_other_owners_is_deleted(
    admin_client: Client, alice: User, mallory: User, library: Library
) -> None:
    make_member(library, mallory, "owner")
    admin_client.post(deletion_of(alice), YES)
    assert not User.objects.filter(pk=alice.pk).exists()


def test_who_asked_much_and_has_reviewed_is_kept(
    admin_client: Client, mallory: User, passage: Passage, few_are_named: None
) -> None:
    from answers.reviewing import give

    make_member(passage.library, mallory, "reviewer")
    for _each in range(3):
        answer = make_answered(mallory, passage.library, passage)
    give(answer.question.review_item, "right", by=mallory)
    assert "<li>reviews: 1</li>" in get(admin_client, deletion_of(mallory))
    admin_client.post(deletion_of(mallory), YES)
    assert User.objects.filter(pk=mallory.pk).exists()
