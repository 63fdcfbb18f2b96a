"""E-mail addresses that an administrator corrects: the old one opens nothing."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from answers.models import User
from tests.factories import make_address, make_user

OLD, NEW = "mallory@example.org", "new@example.org"
WORD = "correct horse battery"


def corrected(admin_client: Client, person: User, email: str, **more: Any) -> str:
    """Save the person's page with this address; returns what follows."""
    joined = person.date_joined
    sent = {"username": person.username, "email": email, "is_active": "on"} | more
    sent |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M}"}
    url = f"/admin/answers/user/{person.pk}/change/"
    return admin_client.post(url, sent, follow=True).content.decode()


def kept(person: User) -> list[tuple[str, bool, bool]]:
    rows = EmailAddress.objects.filter(user=person).order_by("email")
    return list(rows.values_list("email", "primary", "verified"))


@pytest.fixture
def person(mallory: User) -> User:
    make_address(mallory)
    mallory.set_password(WORD)
    mallory.save()
    return mallory


def test_a_new_password_is_sent_to_the_new_address_alone(
    admin_client: Client, client: Client, person: User
) -> None:
    corrected(admin_client, person, "New@Example.org")
    assert User.objects.get(pk=person.pk).email == NEW
    for address in (OLD, NEW):
        client.post("/accounts/password/reset/", {"email": address})
    told = {one.to[0]: str(one.body) for one in mail.outbox}
    assert re.search(r"/password/reset/key/\S+", told[NEW])
    assert "/password/reset/key/" not in told.get(OLD, "")
    client.post("/accounts/login/", {"login": OLD, "password": WORD})
    assert "_auth_user_id" not in client.session


def test_the_new_address_is_the_primary_one_and_not_confirmed(
    admin_client: Client, person: User
) -> None:
    corrected(admin_client, person, NEW)
    assert kept(person) == [(NEW, True, False)]


@pytest.mark.parametrize("verified", [True, False])
def test_one_that_the_person_had_added_stays_as_confirmed_as_it_was(
    admin_client: Client, person: User, verified: bool
) -> None:
    for email in (NEW, "third@example.org"):
        EmailAddress.objects.create(user=person, email=email, verified=verified)
    corrected(admin_client, person, NEW)
    third = ("third@example.org", False, verified)
    assert kept(person) == [(NEW, True, verified), third]


@pytest.mark.parametrize("email", ["", NEW])
def test_an_old_address_goes_though_it_was_not_the_primary_one(
    admin_client: Client, person: User, email: str
) -> None:
    EmailAddress.objects.update(primary=False)
    corrected(admin_client, person, email)
    assert OLD not in [row[0] for row in kept(person)]


def test_an_address_that_is_taken_away_is_gone(
    admin_client: Client, person: User
) -> None:
    corrected(admin_client, person, "")
    assert kept(person) == []
    assert User.objects.get(pk=person.pk).email == ""


@pytest.mark.parametrize("how", ["of an account", "confirmed", "only said"])
def test_an_address_of_another_account_is_refused(
    admin_client: Client, person: User, how: str
) -> None:
    other = make_user("other", email=NEW if how == "of an account" else "")
    if how != "of an account":
        EmailAddress.objects.create(
            user=other, email=NEW, verified=how == "confirmed", primary=True
        )
    html = corrected(admin_client, person, "NEW@example.org")
    assert "Another account has this address." in html
    assert kept(person) == [(OLD, True, True)]


def test_whoever_shares_an_address_already_can_be_changed_otherwise(
    admin_client: Client, person: User
) -> None:
    make_user("other", email=OLD)
    corrected(admin_client, person, OLD, first_name="Mal")
    assert User.objects.get(pk=person.pk).first_name == "Mal"
    assert kept(person) == [(OLD, True, True)]
