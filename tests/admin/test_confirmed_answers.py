"""Confirmed answers in the admin: a name, not a score."""

import pytest
from django.test import Client

from answers.models import Library, Passage, User
from tests.admin.pages import get
from tests.factories import make_answered, make_member, make_repeated, make_review


@pytest.mark.django_db
def test_the_list_and_the_page_of_a_confirmed_answer_say_by_whom(
    admin_client: Client, alice: User, rita: User, library: Library, passage: Passage
) -> None:
    make_member(library, rita, "reviewer")
    read = make_answered(alice, library, passage, score=0.625)
    repeated = make_repeated(make_review(read, by=rita), alice)
    html = get(admin_client, "/admin/answers/answer/")
    assert "Confirmed by rita" in html
    assert "0.625" in html
    html = get(admin_client, f"/admin/answers/answer/{repeated.pk}/change/")
    assert "Confirmed by rita" in html
    assert ">1.0<" not in html
    assert ">0.0<" not in html
