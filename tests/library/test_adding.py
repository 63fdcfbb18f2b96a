"""Passages are added cleaned, each text once, all or none."""

import pytest
from django.conf import settings

from answers import library
from answers.library import NewPassage
from answers.models import Library, Source, User
from answers.texts import UnacceptableText

pytestmark = pytest.mark.django_db


def test_adding_saves_each_passage_once(shelf: Library, alice: User) -> None:
    items = [
        NewPassage("one", "A text."),
        NewPassage("one (2)", "A text."),
        NewPassage("tea", "Everything there is to say of tea."),
    ]
    added = library.add(shelf, items, by=alice)
    assert len(added.passages) == 1
    assert added.already == 2
    assert library.add(shelf, items, by=alice).passages == []


def test_one_text_under_other_headings_is_another_passage(shelf: Library) -> None:
    items = [
        NewPassage("Is it vegan?", "No."),
        NewPassage("Is there a fee?", "No."),
        NewPassage("Changes", "No.", section="Version 1 › Changes"),
        NewPassage("Changes", "No.", section="Version 2 › Changes"),
    ]
    assert len(library.add(shelf, items).passages) == 4
    assert library.add(shelf, items).already == 4


def test_the_name_of_a_file_is_no_heading(shelf: Library) -> None:
    """Rows without a title of exports that overlap are saved once."""
    january, february = (
        Source.objects.create(library=shelf, name=f"{name}.csv", sha256=name)
        for name in ("January", "February")
    )
    rows = [NewPassage("January (7)", "A ticket."), NewPassage("January", "Another.")]
    assert len(library.add(shelf, rows, source=january).passages) == 2
    rows = [NewPassage("February", "A ticket."), NewPassage("Fees", "A ticket.")]
    added = library.add(shelf, rows, source=february)
    assert [saved.title for saved in added.passages] == ["Fees"]
    # With the same title, too, though another file's name would be a heading there.
    again = NewPassage("January (7)", "A ticket.")
    assert library.add(shelf, [again]).passages == []


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
