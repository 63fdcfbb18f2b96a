"""The records behind the desk: to be read; what was said and quoted never changes."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Library,
    Membership,
    Passage,
    Question,
    User,
)
from tests.admin.pages import get
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_item,
    make_library,
    make_member,
    make_passage,
    make_question,
)

RECORDS = ("answer", "conversation", "feedback", "passage", "question")


@pytest.fixture
def shelf(alice: User, public_library: Library, library: Library) -> Library:
    """A public and a private library, each with an answered question."""
    for place in (public_library, library):
        passage = make_passage(place, title=f"Passage of {place}")
        make_answered(alice, place, passage, question=f"Question to {place}?")
    return public_library


@pytest.mark.parametrize("name", [*RECORDS, "library", "reviewitem", "user"])
def test_a_superuser_sees_every_list_and_every_page(
    admin_client: Client, shelf: Library, name: str
) -> None:
    html = get(admin_client, f"/admin/answers/{name}/")
    if name != "feedback":
        assert f"/admin/answers/{name}/" in html
    get(admin_client, "/admin/")


@pytest.mark.parametrize("name", ["library", "membership", "passage", "user"])
@pytest.mark.parametrize("words", ["a" * 60_000, "ab " * 3_000])
def test_a_very_long_search_finds_nothing(
    admin_client: Client, shelf: Library, name: str, words: str
) -> None:
    html = get(admin_client, f"/admin/answers/{name}/?q={words}")
    assert "0 results" in html


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_neither_added_nor_changed_not_even_by_a_superuser(
    admin_client: Client, shelf: Library, name: str
) -> None:
    assert admin_client.get(f"/admin/answers/{name}/add/").status_code == 403


def test_the_text_of_a_passage_cannot_be_changed(
    admin_client: Client, shelf: Library
) -> None:
    passage = Passage.objects.filter(library=shelf).get()
    url = f"/admin/answers/passage/{passage.pk}/change/"
    html = get(admin_client, url)
    assert "<textarea" not in html
    assert "Tea should be brewed" in html
    sent = {"title": "Other", "text": "Other", "_save": "Save"}
    assert admin_client.post(url, sent).status_code == 403
    passage.refresh_from_db()
    assert passage.title == "Passage of Open shelf"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("answer", "three minutes"),
        ("passage", "Passage of Open shelf"),
        ("question", "Question to Open shelf?"),
        ("library", ">Open shelf</a>"),
    ],
)
def test_a_reviewer_sees_the_records_of_the_libraries_they_review(
    rita_client: Client, shelf: Library, name: str, shown: str
) -> None:
    html = get(rita_client, f"/admin/answers/{name}/")
    assert shown in html
    assert "Tea and bread" not in html


@pytest.fixture
def mixed(alice: User, shelf: Library, library: Library) -> Question:
    """A question to both, which the private one answered best."""
    question = make_question(
        make_conversation(alice, library),
        "Asked of both?",
        libraries=[shelf, library],
        status="answered",
    )
    private, public = library.passages.get(), shelf.passages.get()
    make_item(make_answer(question, private, "three minutes"))
    make_answer(question, public, "Green tea", rank=2)
    return question


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("words", [{}, {"q": "both"}, {"q": "green tea"}])
def test_a_reviewer_sees_nothing_of_a_question_that_asked_another_library_too(
    rita_client: Client,
    mixed: Question,
    words: dict[str, str],
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("answers.admin.records.FEW", few)
    monkeypatch.setattr("answers.admin.bounded.FEW", few)
    for name in ("question", "answer"):
        html = get(rita_client, f"/admin/answers/{name}/", **words)
        assert "Asked of both?" not in html
        assert ">Green tea" not in html
    rows = [
        ("question", mixed.pk),
        *(("answer", one.pk) for one in mixed.answers.all()),
    ]
    for name, key in rows:
        url = f"/admin/answers/{name}/{key}/change/"
        assert rita_client.get(url).status_code == 302


def test_whoever_reviews_all_that_was_asked_sees_it(
    rita: User, rita_client: Client, mixed: Question, library: Library
) -> None:
    make_member(library, rita, "reviewer")
    assert "Asked of both?" in get(rita_client, "/admin/answers/question/")
    assert "Green tea" in get(rita_client, "/admin/answers/answer/")


def test_a_superuser_sees_what_asked_a_pasted_text_as_well(
    alice: User, admin_client: Client, shelf: Library
) -> None:
    conversation = make_conversation(alice, shelf)
    pasted = make_library("Pasted", conversation=conversation)
    make_question(conversation, "Asked of both?", libraries=[shelf, pasted])
    assert "Asked of both?" in get(admin_client, "/admin/answers/question/")


def test_a_question_to_a_passage_goes_with_it(
    alice: User, rita_client: Client, shelf: Library, library: Library
) -> None:
    passage = make_passage(shelf, "A text of its own.")
    make_question(make_conversation(alice, shelf), "Of this one?", passage=passage)
    assert "Of this one?" in get(rita_client, "/admin/answers/question/")
    Passage.objects.filter(pk=passage.pk).update(library=library)
    assert "Of this one?" not in get(rita_client, "/admin/answers/question/")


def test_a_passage_does_not_name_what_has_gone_to_another_library(
    rita_client: Client, shelf: Library, library: Library
) -> None:
    old = shelf.passages.get()
    new = make_passage(library, "Other", title="Private now")
    Passage.objects.filter(pk=old.pk).update(successor=new, archived_at=timezone.now())
    url = f"/admin/answers/passage/{old.pk}/change/"
    assert "Private now" not in get(rita_client, url)
    Passage.objects.filter(pk=new.pk).update(library=shelf)
    assert "Private now" in get(rita_client, url)


def test_whoever_may_see_feedback_sees_that_on_what_they_review(
    rita: User, rita_client: Client, alice: User, mixed: Question
) -> None:
    from django.contrib.auth.models import Permission

    rita.user_permissions.add(Permission.objects.get(codename="view_feedback"))
    for answer in Answer.objects.all():
        Feedback.objects.create(answer=answer, user=alice, helpful=True)
    assert "1 feedback" in get(rita_client, "/admin/answers/feedback/")


@pytest.mark.parametrize("name", ["conversation", "feedback", "user"])
def test_a_reviewer_does_not_see_who_asked(
    rita_client: Client, shelf: Library, name: str
) -> None:
    assert rita_client.get(f"/admin/answers/{name}/").status_code == 403


def test_the_page_of_a_question_does_not_name_its_asker(
    rita_client: Client, shelf: Library
) -> None:
    question = Question.objects.get(libraries=shelf)
    html = get(rita_client, f"/admin/answers/question/{question.pk}/change/")
    assert "alice" not in html
    assert "Question to Open shelf?" in html


def test_conversations_of_others_stay_closed_to_staff_with_the_permission(
    rita: User, rita_client: Client, shelf: Library
) -> None:
    from django.contrib.auth.models import Permission

    rita.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    assert "0 conversations" in get(rita_client, "/admin/answers/conversation/")


def test_roles_are_given_on_the_page_of_a_library(
    admin_client: Client, shelf: Library, mallory: User
) -> None:
    make_member(shelf, mallory)
    html = get(admin_client, f"/admin/answers/library/{shelf.pk}/change/")
    assert "mallory: Viewer of Open shelf" in html


def test_a_library_of_many_members_can_be_changed(
    admin_client: Client, shelf: Library, django_assert_max_num_queries: Any
) -> None:
    people = User.objects.bulk_create(User(username=f"p{n}") for n in range(260))
    Membership.objects.bulk_create(Membership(library=shelf, user=p) for p in people)
    url = f"/admin/answers/library/{shelf.pk}/change/"
    with django_assert_max_num_queries(20):
        html = get(admin_client, url)
    assert html.count(' name="memberships-') < 1000  # fields, that Django takes
    listed = f"/admin/answers/membership/?library__id__exact={shelf.pk}"
    assert f'<a href="{listed}">All 261 members</a>' in html
    admin_client.post(url, {"title": shelf.title, "for_visitors": "on"})
    assert Library.objects.get(pk=shelf.pk).for_visitors
    assert ">p259</a>" in get(admin_client, listed)


def test_the_list_of_libraries_counts_their_current_passages(
    admin_client: Client, shelf: Library
) -> None:
    make_passage(shelf, "An old text").archive()
    html = get(admin_client, "/admin/answers/library/", q="Open shelf")
    assert '<td class="field-current_passages">1</td>' in html


def test_a_superuser_makes_people(admin_client: Client) -> None:
    sent = {
        "username": "nina",
        "usable_password": "true",
        "password1": "kopi-tesa-lumi",
        "password2": "kopi-tesa-lumi",
    }
    admin_client.post("/admin/answers/user/add/", sent)
    assert User.objects.get(username="nina").check_password("kopi-tesa-lumi")


@pytest.mark.parametrize("name", ["answer", "conversation", "passage", "question"])
def test_what_one_may_not_open_on_the_site_has_no_link_to_it(
    admin_client: Client, admin_user: User, library: Library, name: str
) -> None:
    alice = User.objects.get(username="alice")
    answer = make_answered(alice, library, make_passage(library))
    rows = {
        "answer": answer,
        "conversation": answer.question.conversation,
        "passage": answer.passage,
        "question": answer.question,
    }
    page = f"/admin/answers/{name}/{rows[name].pk}/change/"
    assert "viewsitelink" not in get(admin_client, page)
    make_member(library, admin_user)
    Conversation.objects.update(user=admin_user)
    assert "viewsitelink" in get(admin_client, page)
