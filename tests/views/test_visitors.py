"""The chat without an account, and what becomes of it."""

import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from answers import limits
from answers.models import (
    Conversation,
    Library,
    Membership,
    Passage,
    Question,
    User,
)
from tests.factories import make_answered, make_library, make_passage, make_user
from tests.views.page import page

PASSWORD = "wide-open-meadow"
NEW = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def demo(alice: User) -> Passage:
    return make_passage(make_library("Demo", owner=alice, for_visitors=True))


@pytest.fixture
def visitor(demo: Passage, client: Client) -> Client:
    """A browser whose visitor has tried the demo library."""
    client.post("/visit/")
    return client


def guest() -> User:
    return User.objects.get(is_guest=True)


def asked(demo: Passage) -> Conversation:
    return make_answered(guest(), demo.library, demo).question.conversation


# -- The page for those signed out ---------------------------------------------


def test_the_first_page_says_what_this_is(client: Client, demo: Passage) -> None:
    shown = page(client.get("/"))
    assert shown.one("h1").words == "Ask your own passages"
    assert shown.one("mark").text == "at least one hour"
    assert shown.one("form", action="/visit/").one("button").words == (
        "Try it on the demo library"
    )
    main = shown.one("main")
    assert main.one("a", href="/accounts/signup/")
    assert main.one("a", href="/accounts/login/")


def test_the_example_is_a_quote_of_the_demo_library(
    client: Client, demo: Passage
) -> None:
    from answers.management.preparing import DEMO

    text = page(client.get("/")).one("blockquote").text
    assert text in (DEMO / "passages" / "sourdough-loaf.md").read_text(encoding="utf-8")


def test_no_guest_is_made_by_looking(client: Client, demo: Passage) -> None:
    client.get("/")
    assert client.get("/visit/").status_code == 405
    assert client.head("/visit/").status_code == 405
    assert not User.objects.filter(is_guest=True).exists()


def test_a_forged_form_makes_no_guest(demo: Passage) -> None:
    assert Client(enforce_csrf_checks=True).post("/visit/").status_code == 403
    assert not User.objects.filter(is_guest=True).exists()


def test_where_one_was_going_is_remembered(client: Client, demo: Passage) -> None:
    main = page(client.get("/?library=3&question=A%26b")).one("main")
    into = [a["href"] for a in main.all("a") if "next" in a["href"]]
    assert into == [
        f"/accounts/{way}/?next=%2F%3Flibrary%3D3%26question%3DA%2526b"
        for way in ("signup", "login")
    ]


def test_without_a_library_to_try_there_is_no_way_in(
    client: Client, db: None, settings: Any
) -> None:
    assert not page(client.get("/")).all("form", action="/visit/")
    assert client.post("/visit/").status_code == 404
    settings.SIGN_UP_OPEN = False
    assert not page(client.get("/")).one("main").all("a", href="/accounts/signup/")


def test_an_installation_may_have_no_visitors(
    client: Client, demo: Passage, settings: Any
) -> None:
    settings.VISITORS = False
    assert not page(client.get("/")).all("form", action="/visit/")
    assert client.post("/visit/").status_code == 404


def test_visitors_who_are_in_already_have_to_sign_in(
    visitor: Client, demo: Passage, settings: Any
) -> None:
    conversation = asked(demo)
    settings.VISITORS = False
    assert page(visitor.get("/")).one("h1").words == "Ask your own passages"
    for path in (
        "/libraries/",
        demo.get_absolute_url(),
        conversation.get_absolute_url(),
        conversation.questions.get().get_absolute_url(),
        "/libraries/new/",
    ):
        location = visitor.get(path).headers["Location"]
        assert location.startswith("/accounts/login/?next=")
    assert visitor.post("/visit/").status_code == 404
    assert not Library.objects.visible_to(guest()).exists()
    settings.VISITORS = True  # their session is left alone
    page(visitor.get(conversation.get_absolute_url()))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [False, True])
def test_visitors_who_are_in_already_ask_nothing_more(
    visitor: Client, demo: Passage, settings: Any, again: bool
) -> None:
    question = asked(demo).questions.get()
    settings.VISITORS = False
    data = {"id": str(uuid.uuid4()), "question": "Tea?", "pasted": "Tea."}
    address = reverse("read_again", args=[question.pk]) if again else "/ask/"
    location = visitor.post(address, data).headers["Location"]
    assert location.startswith("/accounts/login/?next=")
    assert Question.objects.count() == 1


@pytest.mark.parametrize("way", ["signup", "login"])
def test_what_they_have_asked_is_kept_all_the_same(
    visitor: Client, demo: Passage, settings: Any, way: str
) -> None:
    make_user("regular", password=PASSWORD)
    conversation = asked(demo)
    settings.VISITORS = False
    page(visitor.get(f"/accounts/{way}/"))
    data = NEW if way == "signup" else {"login": "regular", "password": PASSWORD}
    response = visitor.post(f"/accounts/{way}/", data)
    assert response.headers["Location"] == conversation.get_absolute_url()
    shown = page(visitor.get(conversation.get_absolute_url()))
    assert "What you asked as a visitor is yours now." in shown.text
    assert not User.objects.filter(is_guest=True).exists()


def test_too_many_visitors_of_one_address_are_told_when(
    client: Client, demo: Passage, settings: Any
) -> None:
    settings.GUESTS_PER_HOUR = 1
    assert Client().post("/visit/").status_code == 302
    response = client.post("/visit/")
    said = page(response, 429).one("p", role="alert").words
    assert re.search(r"try again in \d+ minutes?, or sign up", said)
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert User.objects.filter(is_guest=True).count() == 1


# -- Being a visitor -----------------------------------------------------------


def test_a_visitor_may_ask_the_demo_library(visitor: Client, demo: Passage) -> None:
    shown = page(visitor.get("/"))
    assert "Demo" in shown.one("form", data_ask="").words
    assert shown.all("a", href="/accounts/signup/")
    assert guest().username not in shown.text
    days = visitor.session.get_expiry_age() / 86400
    assert 6.9 < days <= 7


def test_a_second_visit_makes_no_second_guest(
    visitor: Client, alice_client: Client
) -> None:
    assert visitor.post("/visit/").headers["Location"] == "/"
    alice_client.post("/visit/")
    assert User.objects.filter(is_guest=True).count() == 1


def test_a_visitor_has_the_conversation_to_look_at_and_take_away(
    visitor: Client, demo: Passage
) -> None:
    conversation = asked(demo)
    for path in ("", "export/", "rename/", "delete/"):
        page(visitor.get(f"{conversation.get_absolute_url()}{path}"))
    assert "three minutes" in page(visitor.get("/conversations/?q=minutes")).text


@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/password/change/", "/admin/"]
)
def test_a_visitor_has_no_account(path: str, visitor: Client) -> None:
    response = visitor.get(path)
    assert response.status_code == 302
    assert "login/" in response.headers["Location"]


def test_a_visitor_shares_nothing(visitor: Client, demo: Passage) -> None:
    conversation = asked(demo)
    share = f"{conversation.get_absolute_url()}share/"
    assert share not in visitor.get(conversation.get_absolute_url()).content.decode()
    response = visitor.post(share, {"share": "yes"})
    assert response.headers["Location"] == "/accounts/signup/?next=/"
    conversation.refresh_from_db()
    assert conversation.share_token is None


def test_a_visitor_makes_no_library(visitor: Client) -> None:
    before = Library.objects.count()
    response = visitor.post("/libraries/new/", {"title": "Mine", "description": ""})
    assert response.headers["Location"].startswith("/accounts/signup/")
    assert Library.objects.count() == before
    assert not Membership.objects.filter(user__is_guest=True).exists()


def test_a_visitor_sees_no_other_visitor(visitor: Client, demo: Passage) -> None:
    conversation = asked(demo)
    other = Client()
    other.post("/visit/")
    assert other.get(conversation.get_absolute_url()).status_code == 404


# -- Keeping it ----------------------------------------------------------------


def test_signing_up_keeps_the_conversation(visitor: Client, demo: Passage) -> None:
    conversation = asked(demo)
    session = visitor.session.session_key
    page(visitor.get("/accounts/signup/"))
    response = visitor.post("/accounts/signup/", NEW)
    assert response.headers["Location"] == conversation.get_absolute_url()
    shown = page(visitor.get(conversation.get_absolute_url()))
    assert "What you asked as a visitor is yours now." in shown.text
    assert "newcomer" in shown.text
    assert not User.objects.filter(is_guest=True).exists()
    assert visitor.session.session_key != session
    person = User.objects.get(username="newcomer")
    assert not person.is_guest
    assert person.check_password(PASSWORD)


def test_quotes_are_kept_where_a_library_is_open_to_visitors_alone(
    visitor: Client, demo: Passage
) -> None:
    conversation = asked(demo)
    visitor.post("/accounts/signup/", NEW)
    assert (
        "three minutes" in page(visitor.get(f"/conversations/{conversation.pk}/")).words
    )


@pytest.mark.parametrize("path", ["/", "/accounts/logout/"])
def test_where_sign_up_is_closed_no_visitor_is_sent_there(
    visitor: Client, settings: Any, path: str
) -> None:
    settings.SIGN_UP_OPEN = False
    shown = page(visitor.get(path))
    assert not [a for a in shown.all("a") if "/signup/" in str(a.attributes["href"])]
    assert "sign up" not in shown.words.lower()
    away = visitor.get("/libraries/new/").headers["Location"]
    assert away.startswith("/accounts/login/")


def test_where_sign_up_is_closed_limits_do_not_speak_of_it(
    visitor: Client, client: Client, settings: Any
) -> None:
    settings.SIGN_UP_OPEN = False
    settings.GUESTS_PER_HOUR = settings.GUEST_QUESTIONS_PER_HOUR = 0
    words = page(Client().post("/visit/"), 429).one("p", role="alert").words
    with pytest.raises(limits.TooMany) as error:
        limits.check(guest(), 1)
    for said in (words, str(error.value)):
        assert "sign up" not in said.lower()


def test_signing_in_keeps_it_too(visitor: Client, demo: Passage) -> None:
    person = make_user("regular", password=PASSWORD)
    conversation = asked(demo)
    page(visitor.get("/accounts/login/"))
    response = visitor.post(
        "/accounts/login/", {"login": "regular", "password": PASSWORD}
    )
    assert response.headers["Location"] == conversation.get_absolute_url()
    assert list(person.conversations.all()) == [conversation]
    assert not User.objects.filter(is_guest=True).exists()


def test_where_one_wanted_to_go_comes_first(visitor: Client, demo: Passage) -> None:
    conversation = asked(demo)
    response = visitor.post("/accounts/signup/", NEW | {"next": "/libraries/"})
    assert response.headers["Location"] == "/libraries/"
    assert Conversation.objects.get().user.username == "newcomer"
    page(visitor.get(conversation.get_absolute_url()))


def test_who_has_asked_nothing_simply_signs_up(visitor: Client) -> None:
    assert visitor.post("/accounts/signup/", NEW).headers["Location"] == "/"
    assert not User.objects.filter(is_guest=True).exists()


def test_a_failed_sign_in_changes_nothing(visitor: Client, demo: Passage) -> None:
    make_user("regular", password=PASSWORD)
    conversation = asked(demo)
    refused = visitor.post("/accounts/login/", {"login": "regular", "password": "no"})
    assert "problem" in refused.content.decode()
    assert conversation.user == guest()
    page(visitor.get(conversation.get_absolute_url()))


def test_a_sign_up_that_waits_for_its_e_mail_keeps_it_for_later(
    visitor: Client, demo: Passage, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    conversation = asked(demo)
    data = NEW | {"email": "new@example.org"}
    visitor.post("/accounts/signup/", data)
    assert conversation.user == guest()
    page(visitor.get(conversation.get_absolute_url()))
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    visitor.post("/accounts/login/", {"login": "newcomer", "password": PASSWORD})
    conversation.refresh_from_db()
    assert conversation.user.username == "newcomer"


def test_a_guest_s_cookie_is_worth_nothing_after_signing_up(
    visitor: Client, demo: Passage
) -> None:
    conversation = asked(demo)
    other_tab = Client()
    other_tab.cookies = visitor.cookies.copy()  # type: ignore[assignment]
    visitor.post("/accounts/signup/", NEW)
    assert page(other_tab.get("/")).one("h1").words == "Ask your own passages"
    address = conversation.get_absolute_url()
    assert other_tab.get(address).headers["Location"].startswith("/accounts/login/")


def test_leaving_deletes_it_after_a_warning(visitor: Client, demo: Passage) -> None:
    asked(demo)
    shown = page(visitor.get("/accounts/logout/"))
    assert "What you asked as a visitor will be deleted." in shown.words
    assert Conversation.objects.exists()
    visitor.post("/accounts/logout/")
    assert not Conversation.objects.exists()
    assert not User.objects.filter(is_guest=True).exists()


def test_signing_out_deletes_nothing_of_a_person(
    alice: User, alice_client: Client, demo: Passage
) -> None:
    make_answered(alice, demo.library, demo)
    alice_client.post("/accounts/logout/")
    assert Conversation.objects.exists()
    assert User.objects.filter(pk=alice.pk).exists()


def test_reviewers_learn_no_visitor_s_name(
    visitor: Client, demo: Passage, admin_client: Client
) -> None:
    asked(demo)
    shown = admin_client.get(reverse("admin:answers_conversation_changelist"))
    assert "Visitor" in shown.content.decode()
    assert guest().username not in shown.content.decode()
