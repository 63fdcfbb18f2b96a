"""An edit makes a successor, or keeps what was typed."""

from django.test import Client

from answers.models import Library, Passage, User
from tests.factories import make_passage
from tests.views.page import page
from tests.views.passages.forms import edit_address


def test_an_edit_makes_a_successor(alice_client: Client, passage: Passage) -> None:
    form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
    assert form.values()["text"] == passage.text
    data = {"title": "How to make tea", "text": "Four minutes."}
    response = alice_client.post(edit_address(passage), data)
    passage.refresh_from_db()
    assert passage.successor is not None
    assert response.headers["Location"] == passage.successor.get_absolute_url()
    old = page(alice_client.get(passage.get_absolute_url()))
    assert old.all("a", href=passage.successor.get_absolute_url())
    assert "this is an older version" in old.classed("banner")[0].words
    assert not old.all("a", href=edit_address(passage))
    new = page(alice_client.get(passage.successor.get_absolute_url()))
    assert new.all("a", href=passage.get_absolute_url())


def test_the_form_brings_the_text_back_unchanged(
    alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, "\n\n  Blanks and lines \n")
    form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
    browser = {k: v.replace("\n", "\r\n") for k, v in form.values().items()}
    alice_client.post(edit_address(passage), browser)
    passage.refresh_from_db()
    assert passage.successor is None
    assert passage.archived_at is None


def test_an_edit_that_came_too_late_keeps_what_was_typed(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    passage.replace(title="Sooner", text="Somebody was faster.", by=alice)
    data = {"title": "Later", "text": "My own version."}
    shown = page(alice_client.post(edit_address(passage), data))
    assert "has been edited or archived" in shown.classed("problem")[0].words
    assert shown.one("form", class_="sheet").values()["text"] == "My own version."


def test_an_edit_cannot_become_another_passages_twin(
    alice_client: Client, passage: Passage
) -> None:
    other = make_passage(passage.library, "Another text.", title="Another")
    data = {"title": "Another", "text": other.text}
    shown = page(alice_client.post(edit_address(passage), data))
    assert "already, as “Another”" in shown.classed("problem")[0].words


def test_a_title_cannot_make_a_passage_another_ones_twin(
    alice_client: Client, passage: Passage
) -> None:
    make_passage(passage.library, passage.text, title="Another")
    data = {"title": "Another", "text": passage.text}
    shown = page(alice_client.post(edit_address(passage), data))
    assert "already, as “Another”" in shown.classed("problem")[0].words


def test_an_archived_passage_is_not_edited(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    response = alice_client.get(edit_address(passage))
    assert response.headers["Location"] == passage.get_absolute_url()
