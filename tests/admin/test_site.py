"""Who gets in to the review desk, and who finds the way there."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from answers.models import Library, User
from tests.admin.pages import get
from tests.conftest import signed_in
from tests.factories import make_member, make_user

LINK = 'href="/admin/"'


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_other_members_of_a_library_do_not_get_in(
    mallory: User, mallory_client: Client, library: Library, role: str
) -> None:
    make_member(library, mallory, role)
    assert LINK not in get(mallory_client, "/help/")
    assert mallory_client.get("/admin/", follow=True).status_code == 403


def test_a_reviewer_of_a_library_gets_in(
    mallory: User, mallory_client: Client, library: Library
) -> None:
    make_member(library, mallory, "reviewer")
    assert LINK in get(mallory_client, "/help/")
    assert "Items to review" in get(mallory_client, "/admin/")
    response = mallory_client.get("/admin/login/")
    assert response.headers["Location"] == "/admin/"


def test_they_find_reviews_there_and_nothing_else(
    alice_client: Client, library: Library, admin_client: Client
) -> None:
    html = get(alice_client, "/admin/")
    for name in ("reviewitem", "reviewevent"):
        assert f"/admin/answers/{name}/" in html
    for name in ("user", "library", "passage", "question", "answer", "conversation"):
        assert f"/admin/answers/{name}/" not in html
        assert alice_client.get(f"/admin/answers/{name}/").status_code == 403
        assert f"/admin/answers/{name}/" in get(admin_client, "/admin/")
    assert "/admin/auth/" not in html
    assert alice_client.get("/admin/auth/group/").status_code == 403


def test_who_has_left_does_not_get_in(
    alice: User, alice_client: Client, library: Library
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = alice_client.get("/admin/")
    assert response.headers["Location"].startswith("/admin/login/")


def test_staff_who_own_a_library_need_the_permission_all_the_same(
    client: Client, db: None
) -> None:
    staff = make_user("staff", is_staff=True)
    Library.create_for(staff, "Mine")
    client.force_login(staff)
    assert client.get("/admin/answers/reviewitem/").status_code == 403


def test_a_visitor_is_sent_to_the_one_sign_in(client: Client, db: None) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_the_link_costs_a_page_one_query_at_most(
    rita: User,
    mallory: User,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    guest = make_user("guest", is_guest=True)
    for person, queries in ((rita, 0), (guest, 0), (mallory, 1)):
        browser = signed_in(person)
        with django_assert_num_queries(2 + queries):  # session and person
            get(browser, "/help/")
    with django_assert_num_queries(0):
        get(client, "/help/")
