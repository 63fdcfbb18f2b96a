"""A text is pasted and becomes a passage, or stays in the form."""

import pytest
from django.test import Client

from answers.models import Library, Passage, User
from tests.factories import make_member
from tests.views.page import page
from tests.views.passages.forms import add_address


def test_a_pasted_text_is_saved_as_it_is_but_for_its_line_ends(
    alice: User, alice_client: Client, library: Library
) -> None:
    data = {"title": " Two  lines ", "text": "  One\r\ntwo\rthree\n\n"}
    response = alice_client.post(add_address(library), data)
    passage = Passage.objects.get()
    assert response.headers["Location"] == passage.get_absolute_url()
    assert (passage.title, passage.text) == ("Two lines", "  One\ntwo\nthree\n\n")
    assert passage.created_by == alice


def test_several_can_be_added_one_after_another(
    alice_client: Client, library: Library
) -> None:
    data = {"title": "One", "text": "Text.", "another": "1"}
    response = alice_client.post(add_address(library), data)
    assert response.headers["Location"] == add_address(library)


def test_an_editor_may_add(
    mallory: User, mallory_client: Client, library: Library
) -> None:
    make_member(library, mallory, "editor")
    mallory_client.post(add_address(library), {"title": "One", "text": "Text."})
    assert Passage.objects.get().created_by == mallory


def test_the_longest_passage_is_taken(alice_client: Client, library: Library) -> None:
    text = "ü" * 100_000
    response = alice_client.post(add_address(library), {"title": "Long", "text": text})
    assert response.status_code == 302
    assert Passage.objects.get().text == text


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"title": ""}, "title", "Please give the passage a title."),
        ({"title": " \t"}, "title", "Please give the passage a title."),
        ({"title": "x" * 301}, "title", "at most 300 characters"),
        ({"title": "a\0"}, "title", "NUL"),
        ({"text": ""}, "text", "Please paste the text."),
        ({"text": " \r\n "}, "text", "holds no text"),
        ({"text": "a\0b"}, "text", "NUL"),
        ({"text": "x" * 100_001}, "text", "has 100,001 characters"),
    ],
)
def test_a_passage_that_cannot_be_saved_stays_in_the_form(
    values: dict[str, str],
    field: str,
    said: str,
    alice_client: Client,
    library: Library,
) -> None:
    data = {"title": "A title", "text": "A text."} | values
    shown = page(alice_client.post(add_address(library), data))
    assert said in shown.classed("problem")[0].words
    tag = "input" if field == "title" else "textarea"
    control = shown.one(tag, name=field)
    assert control["aria-invalid"] == "true"
    described = control["aria-describedby"].split()
    assert said in shown.one("ul", id=described[-1]).words
    assert "maxlength" not in shown.one("textarea", name="text")
    assert not Passage.objects.exists()


def test_five_megabytes_are_refused_with_a_clear_page(
    alice_client: Client, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"title": "Huge", "text": "x" * 5_000_000}
    shown = page(alice_client.post(add_address(library), data), 413)
    assert "This is too long" in shown.one("h1").words
    assert "at most 100,000 characters" in shown.words
    assert not Passage.objects.exists()


def test_what_is_there_already_is_not_added_again(
    alice_client: Client, passage: Passage
) -> None:
    data = {"title": passage.title, "text": passage.text}
    shown = page(alice_client.post(add_address(passage.library), data))
    assert "already, as “How to make tea”" in shown.classed("problem")[0].words
