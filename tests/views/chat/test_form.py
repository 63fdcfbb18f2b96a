"""The form of the chat page, empty or filled in already."""

from django.test import Client
from django.urls import reverse

from answers.models import Library, User
from tests.factories import make_conversation, make_passage
from tests.views.chat.pages import HOSTILE, ticked
from tests.views.page import page


def test_every_form_has_an_id_of_its_own(
    alice_client: Client, library: Library
) -> None:
    forms = [page(alice_client.get("/")).one("form", data_ask="") for _ in range(2)]
    assert forms[0].values()["id"] != forms[1].values()["id"]


def test_a_question_of_the_address_is_typed_already(
    alice_client: Client, library: Library
) -> None:
    shown = page(alice_client.get("/", {"question": HOSTILE}))
    assert shown.one("form", data_ask="").values()["question"] == HOSTILE


def test_questions_are_suggested_where_nothing_was_asked_yet(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, title="How long should tea be brewed?")
    shown = page(alice_client.get("/"))
    (suggestion,) = [a for a in shown.all("a") if "data-suggestion" in a]
    form = page(alice_client.get("/" + suggestion["href"])).one("form", data_ask="")
    assert form.values()["question"] == "How long should tea be brewed?"
    assert ticked(form) == [str(library.pk)]


def test_a_newcomer_is_offered_a_tour(
    alice: User, alice_client: Client, library: Library
) -> None:
    assert page(alice_client.get("/")).all("section", data_tour="")
    make_conversation(alice, library)
    assert not page(alice_client.get("/")).all("section", data_tour="")
    assert page(alice_client.get("/?tour=1")).all("section", data_tour="")


def test_without_a_library_the_page_leads_to_making_one(alice_client: Client) -> None:
    shown = page(alice_client.get("/"))
    assert not shown.all("div", data_scope="")
    assert shown.all("a", href=reverse("library_new"))
    assert shown.one("form", data_ask="").one("textarea", name="pasted")


def test_nobody_sees_the_form_signed_out(client: Client, db: None) -> None:
    assert not page(client.get("/")).all("form", data_ask="")
