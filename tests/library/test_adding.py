"""Passages are added cleaned, each text once, all or none."""

import pytest
from django.conf import settings

from answers import library
from answers.library import NewPassage
from answers.models import Library, User
from answers.texts import UnacceptableText

pytestmark = pytest.mark.django_db


def test_adding_saves_each_text_once(shelf: Library, alice: User) -> None:
    items = [
        NewPassage("one", "A text."),
        NewPassage("again", "A text."),
        NewPassage("there", "Everything there is to say of tea."),
    ]
    added = library.add(shelf, items, by=alice)
    assert len(added.passages) == 1
    assert added.already == 1
    assert library.add(shelf, items, by=alice).passages == []


def test_adding_cleans_line_ends_and_titles(shelf: Library) -> None:
    (saved,) = library.add(shelf, [NewPassage(" A\r\n title ", "x\r\ny")]).passages
    assert (saved.title, saved.text) == ("A title", "x\ny")


@pytest.mark.parametrize("text", ["", " \n\t", "a\0", "\ud83d"])
def test_adding_refuses_what_cannot_be_saved(shelf: Library, text: str) -> None:
    good = NewPassage("good", "A good text.")
    with pytest.raises(UnacceptableText):
        library.add(shelf, [good, NewPassage("bad", text)])
    assert library.find(shelf, "good") == []  # all or none


def test_adding_refuses_a_text_over_the_limit_with_both_numbers(
    shelf: Library,
) -> None:
    limit = settings.PASSAGE_CHARACTERS
    with pytest.raises(UnacceptableText, match=f"{limit + 1:,}.*{limit:,}"):
        library.add(shelf, [NewPassage("long", "x" * (limit + 1))])
