"""The language of the pages: the switch in the foot, its cookie, the browser's wish."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults

from answers.models import Library, Passage, User
from tests.conftest import signed_in
from tests.factories import make_answered, make_review
from tests.views.page import Element, page

NAMES = {"en": "English", "de": "Deutsch", "fr": "Français"}
LANGUAGE = {"en": "Language", "de": "Sprache", "fr": "Langue"}


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A request activates its language for the thread; other tests speak English."""
    yield
    translation.deactivate()


def switch(shown: Element) -> Element:
    return shown.one("form", class_="languages")


def choose(client: Client, code: str, address: str = "/accounts/login/") -> str:
    """Press the button of the language; returns where that leads."""
    form = switch(page(client.get(address)))
    response = client.post(form["action"], form.values() | {"language": code})
    assert response.status_code == 302
    return response.headers["Location"]


def test_every_language_is_offered_by_its_own_name(client: Client, db: None) -> None:
    buttons = switch(page(client.get("/accounts/login/"))).all("button")
    assert {b["value"]: b.words for b in buttons} == NAMES
    assert all(b["lang"] == b["value"] and b["name"] == "language" for b in buttons)
    assert [b["value"] for b in buttons if "aria-current" in b] == ["en"]


@pytest.mark.parametrize("code", NAMES)
def test_a_chosen_language_is_kept(code: str, db: None) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "fr"})
    assert choose(client, code) == "/accounts/login/"
    for address in ("/accounts/login/", "/accounts/signup/"):
        shown = page(client.get(address))
        assert shown.one("html")["lang"] == code
        assert switch(shown)["aria-label"] == LANGUAGE[code]
        current = [b for b in switch(shown).all("button") if "aria-current" in b]
        assert [b["value"] for b in current] == [code]


def test_the_cookie_stays_for_a_year_and_is_no_scripts_business(
    client: Client, db: None
) -> None:
    choose(client, "de")
    cookie = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["max-age"] == 365 * 24 * 3600
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


def test_the_switch_leads_back_to_the_very_page(
    alice_client: Client, library: Library
) -> None:
    address = f"{library.get_absolute_url()}?q=tea%26bread"
    assert choose(alice_client, "fr", address) == address


@pytest.mark.parametrize("address", ["//evil.example/", "https://evil.example/"])
def test_the_switch_leads_nowhere_else(address: str, client: Client, db: None) -> None:
    sent = {"language": "de", "next": address}
    assert client.post("/language/", sent).headers["Location"] == "/"


@pytest.mark.parametrize("code", ["", "xx", "nl", "../de", "de\r\nX: y"])
def test_a_language_that_is_not_offered_changes_nothing(
    code: str, client: Client, db: None
) -> None:
    client.post("/language/", {"language": code})
    assert page(client.get("/accounts/login/")).one("html")["lang"] == "en"


def test_the_switch_takes_no_form_from_elsewhere(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/language/", {"language": "de"}).status_code == 403
    assert client.get("/language/?language=de").status_code == 302
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


@pytest.mark.parametrize(
    ("wished", "code"),
    [("de-AT", "de"), ("nl, fr;q=0.5", "fr"), ("nl", "en"), ("*", "en"), ("", "en")],
)
def test_without_a_choice_the_browser_says_the_language(
    wished: str, code: str, client: Client, db: None
) -> None:
    response = client.get("/accounts/login/", headers={"Accept-Language": wished})
    assert page(response).one("html")["lang"] == code
    assert response.headers["Content-Language"] == code


def test_caches_are_told_that_pages_differ_by_language(
    client: Client, alice_client: Client
) -> None:
    for response in (client.get("/accounts/login/"), alice_client.get("/libraries/")):
        varies = {name.strip() for name in response.headers["Vary"].split(",")}
        assert {"Cookie", "Accept-Language"} <= varies


def test_a_form_that_was_sent_back_has_no_switch(alice_client: Client) -> None:
    shown = page(alice_client.post("/libraries/new/", {"title": ""}))
    assert shown.classed("problem")
    assert not shown.classed("languages")


def test_our_own_words_and_those_of_the_account_pages_are_translated(
    client: Client, alice: User
) -> None:
    german = {"Accept-Language": "de"}
    shown = page(client.get("/accounts/login/", headers=german))
    assert "Registrieren" in shown.one("nav", class_="site-links").words
    assert "Anmeld" in shown.one("title").words
    shown = page(signed_in(alice).get("/libraries/", headers=german))
    assert shown.one("h1").words == "Bibliotheken"


@pytest.mark.parametrize(("code", "verdict"), [("de", "Richtig"), ("fr", "Juste")])
def test_the_review_desk_speaks_it_too(
    code: str, verdict: str, rita_client: Client, alice: User, passage: Passage
) -> None:
    """Its words are fixed when the code is loaded, and translated with each page."""
    make_review(make_answered(alice, passage.library, passage), by=alice)
    Library.objects.update(is_public=True)
    address = "/admin/answers/reviewitem/?state=reviewed"
    response = rita_client.get(address, headers={"Accept-Language": code})
    shown = page(response)
    assert shown.one("html")["lang"] == code
    said = [element.words for element in shown.all("span", class_="said reviewed")]
    assert said == [verdict]


def test_a_saved_passage_is_said_in_the_language(
    alice_client: Client, library: Library
) -> None:
    address = f"{library.get_absolute_url()}passages/new/"
    sent = {"title": "{0} %s", "text": "Tea."}
    headers = {"Accept-Language": "de"}
    shown = page(alice_client.post(address, sent, headers=headers, follow=True))
    assert shown.classed("messages")[0].words == "„{0} %s“ ist gespeichert."


def test_an_address_without_a_page_says_so_in_the_language(client: Client) -> None:
    response = client.get("/nowhere/", headers={"Accept-Language": "de"})
    assert page(response, 404).one("h1").words == "Hier ist nichts"


@pytest.mark.parametrize("code", NAMES)
def test_an_error_page_without_a_request_has_the_language_but_no_switch(
    code: str, rf: RequestFactory
) -> None:
    with translation.override(code):
        response: HttpResponse = defaults.server_error(rf.get("/"))
    shown = page(response, 500)
    assert shown.one("html")["lang"] == code
    assert not shown.classed("languages")
