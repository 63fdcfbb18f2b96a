"""Search is exact about what it holds: every change of a passage is in the index."""

import pytest
from django.db import IntegrityError, connection, transaction

from answers import library
from answers.library import index
from answers.models import Library, Passage, User
from tests.factories import make_passage
from tests.library.shelves import found, indexed, make_large, titles

pytestmark = pytest.mark.django_db


def test_an_archived_passage_leaves_the_index(shelf: Library) -> None:
    shelf.passages.get(title="honey").archive()
    assert "honey" not in titles(library.search([shelf], "honey", 10))


def test_an_edit_is_searched_instead_of_what_it_replaced(
    shelf: Library, alice: User
) -> None:
    tea = shelf.passages.get(title="tea")
    tea.replace(title="tea", text="Rooibos is no tea.", by=alice)
    assert titles(library.search([shelf], "rooibos", 2)) == ["tea"]
    assert indexed() == {p.pk for p in Passage.objects.current()}


def test_a_new_title_is_searched_instead_of_the_old_one(
    shelf: Library, alice: User
) -> None:
    tea = shelf.passages.get(title="tea")
    tea.replace(title="Camellia", text=tea.text, by=alice)
    assert found(shelf, "camellia") == ["Camellia"]


def test_deleting_a_library_empties_its_part_of_the_index(shelf: Library) -> None:
    shelf.delete()
    assert indexed() == set()


def test_lost_triggers_are_made_again_and_the_index_filled(shelf: Library) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER passage_words_in")
    make_passage(shelf, "Everything about vinegar.", title="vinegar")
    assert library.find(shelf, "vinegar") == []
    library.install_index()
    assert found(shelf, "vinegar") == ["vinegar"]


def test_a_tidy_index_finds_what_it_found_before(shelf: Library) -> None:
    make_large(shelf)
    before = found(shelf, "comet"), indexed()
    index.tidy_index()
    assert (found(shelf, "comet"), indexed()) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT segid) FROM passage_words_idx")
        assert cursor.fetchone()[0] <= 1


def test_a_transaction_that_fails_leaves_the_index_as_it_was(shelf: Library) -> None:
    before = indexed()
    with transaction.atomic():
        make_passage(shelf, "Everything about vinegar.", title="vinegar")
        transaction.set_rollback(True)
    assert indexed() == before
    assert library.find(shelf, "vinegar") == []


def test_the_database_itself_refuses_to_change_a_text(shelf: Library) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        shelf.passages.update(text="changed behind the model's back")
