"""What a question asks: libraries to tick, or one passage."""

from typing import Any

import pytest
from django.test import Client

from answers.models import Library, Passage, User
from tests.factories import (
    make_conversation,
    make_library,
    make_passage,
    make_question,
)
from tests.views.chat.pages import HOSTILE, show, ticked
from tests.views.page import page


def test_the_form_offers_the_libraries_one_may_ask(
    alice_client: Client, library: Library, public_library: Library
) -> None:
    make_library("Somebody else's")
    form = page(alice_client.get("/")).one("form", data_ask="")
    boxes = [item for item in form.all("li") if "data-library" in item]
    assert {box.words for box in boxes} == {library.title, public_library.title}
    assert form.values()["id"]


def test_the_library_asked_last_is_chosen(
    alice: User, alice_client: Client, library: Library, public_library: Library
) -> None:
    make_question(make_conversation(alice, library))
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert form.values()["library"] == str(library.pk)
    given = page(alice_client.get(f"/?library={public_library.pk}"))
    assert given.one("form", data_ask="").values()["library"] == str(public_library.pk)


def test_what_was_pasted_elsewhere_and_what_is_gone_is_passed_over(
    alice: User, alice_client: Client, library: Library, public_library: Library
) -> None:
    make_question(make_conversation(alice, library))
    other = make_conversation(alice, library)
    pasted = Library.objects.create(title="Pasted", conversation=other)
    gone = make_library("Gone", owner=alice)
    make_question(other, libraries=[pasted])
    make_question(other, libraries=[gone])
    gone.delete()
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert ticked(form) == [str(library.pk)]
    # In the conversation itself it can be asked again.
    assert ticked(show(alice_client, other).one("form", data_ask="")) == [
        str(library.pk)
    ]


def test_who_has_asked_nothing_asks_what_they_have_filled_last(
    alice: User, alice_client: Client
) -> None:
    open_to_all = make_library("Anybody's", is_public=True)
    make_passage(open_to_all)
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert ticked(form) == [str(open_to_all.pk)]
    mine = make_library("Zoo", owner=alice)
    make_library("Zoo, still empty", owner=alice)
    make_passage(mine)
    make_passage(open_to_all, "Added by somebody else.")
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert ticked(form) == [str(mine.pk)]


def test_what_was_asked_last_in_the_conversation_is_ticked(
    alice: User, alice_client: Client, library: Library, public_library: Library
) -> None:
    third = make_library("Zoo", owner=alice)
    conversation = make_conversation(alice, library)
    make_question(conversation, libraries=[library, third])
    make_question(make_conversation(alice, library), libraries=[public_library])
    form = show(alice_client, conversation).one("form", data_ask="")
    assert set(ticked(form)) == {str(library.pk), str(third.pk)}
    assert form.one("bdi", data_scope_words="").words == "2 libraries"


def test_several_libraries_of_the_address_are_ticked(
    alice_client: Client, library: Library, public_library: Library
) -> None:
    shown = page(
        alice_client.get(f"/?library={library.pk}&library={public_library.pk}")
    )
    form = shown.one("form", data_ask="")
    assert {str(library.pk), str(public_library.pk)} < set(ticked(form))
    assert form.one("bdi", data_scope_words="").words == "All libraries"


def test_fifty_libraries_are_offered_with_a_filter(
    alice: User, alice_client: Client, settings: Any
) -> None:
    settings.LIBRARIES_PER_QUESTION = 20
    for number in range(50):
        make_library(f"{number} {HOSTILE} " + "long " * 20, owner=alice)
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert len([item for item in form.all("li") if "data-library" in item]) == 50
    assert form.all("input", data_scope_filter="")
    assert not form.all("input", value="all")  # more than one question may ask


def test_one_passage_can_be_asked_and_let_go_again(
    alice_client: Client, passage: Passage
) -> None:
    form = page(alice_client.get(f"/?passage={passage.pk}")).one("form", data_ask="")
    assert form.values()["passage"] == str(passage.pk)
    assert form.values()["library"] == str(passage.library_id)
    assert form.classed("chip-remove")[0]["href"] == f"/?library={passage.library_id}"


def test_a_passage_does_not_lead_to_the_library_that_was_asked_last(
    alice: User, alice_client: Client, passage: Passage, public_library: Library
) -> None:
    make_question(make_conversation(alice, public_library))
    assert public_library.title in page(alice_client.get("/")).one("main").words
    shown = page(alice_client.get(f"/?passage={passage.pk}")).one("main")
    assert "See the passages of" not in shown.words


@pytest.mark.parametrize("given", ["abc", "999", "-1", "9" * 30])
def test_a_passage_that_is_not_there_is_not_found(
    given: str, alice_client: Client, library: Library
) -> None:
    page(alice_client.get("/", {"passage": given}), 404)


def test_an_archived_passage_cannot_be_asked(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    page(alice_client.get("/", {"passage": passage.pk}), 404)
