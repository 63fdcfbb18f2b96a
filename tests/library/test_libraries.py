"""Several libraries are searched at once, and no other."""

import pytest
from pytest_django import DjangoAssertNumQueries

from answers import library
from answers.library import searching
from answers.models import Library
from tests.factories import make_library, make_passage
from tests.library.shelves import titles

pytestmark = pytest.mark.django_db


def test_several_libraries_are_searched_at_once(shelf: Library) -> None:
    other = make_library("Other")
    make_passage(other, "Mead is made of honey.", title="mead")
    make_passage(make_library("Third"), "Honey for nobody.", title="theirs")
    assert set(titles(library.search([shelf, other], "honey", 3))) == {"honey", "mead"}


@pytest.mark.parametrize("budget", [4, 6_000])
def test_two_thousand_libraries_are_searched_at_once(
    shelf: Library, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "ROWS_SCORED", budget)
    mine = Library.objects.bulk_create(Library(title=f"{n}") for n in range(2_000))
    for one in mine[::200]:
        make_passage(one, f"Honey of hive {one.title}.", title=one.title)
    for number in range(30):  # better hits that are somebody else's
        make_passage(make_library("Theirs"), f"Honey honey {number}.", title="theirs")
    best = titles(library.search([*mine, shelf], "honey", 11))
    assert set(best) == {"honey", *(one.title for one in mine[::200])}


def test_searching_takes_as_many_queries_in_one_library_as_in_ten(
    shelf: Library, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    others = [make_library(f"{number}") for number in range(10)]
    for other in others:
        make_passage(other, "Honey.", title="other")
    with django_assert_max_num_queries(4):
        library.search([shelf, *others], "salt and honey", 5)


def test_another_library_is_never_searched(shelf: Library) -> None:
    other = make_library("Other")
    make_passage(other, "Everything about honey, honey and honey.", title="theirs")
    assert titles(library.search([shelf], "honey", 3)) == ["honey"]
    assert titles(library.search([other], "tea", 1)) == ["theirs"]  # all that it holds


def test_a_library_number_in_the_question_finds_no_other_library(
    shelf: Library,
) -> None:
    other = make_library("Other")
    make_passage(other, "Something else.", title="theirs")
    assert library.find(shelf, str(other.pk)) == []
