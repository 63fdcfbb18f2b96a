"""The records behind the desk: to be read; what was said and quoted never changes."""

from typing import Any

import pytest
from django.test import Client

from answers.models import Library, Membership, Passage, User
from tests.admin.pages import get
from tests.factories import make_answered, make_member, make_passage

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


@pytest.mark.parametrize("name", ["conversation", "feedback", "user"])
def test_a_reviewer_does_not_see_who_asked(
    rita_client: Client, shelf: Library, name: str
) -> None:
    assert rita_client.get(f"/admin/answers/{name}/").status_code == 403


def test_the_page_of_a_question_does_not_name_its_asker(
    rita_client: Client, shelf: Library
) -> None:
    from answers.models import Question

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
    assert "mallory is viewer of Open shelf" in html


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
