"""The list of libraries, making one, renaming one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from answers.forms import LibraryForm
from answers.models import Library, Membership, Passage, User
from answers.organising import delete_library
from answers.sharing import make_public
from tests.factories import make_library, make_member, make_passage
from tests.views.page import page


def test_the_list_counts_the_passages_that_are_read(
    alice_client: Client, library: Library
) -> None:
    make_passage(library)
    make_passage(library, "Another text.", title="Another")
    make_passage(library, "Gone.", title="Gone").archive()
    row = page(alice_client.get("/libraries/")).one("li", class_="row")
    assert library.title in row.words
    assert "2 passages" in row.words


def test_the_list_says_what_is_shared_and_what_is_mine(
    mallory: User, mallory_client: Client, public_library: Library
) -> None:
    make_library("My own", owner=mallory)
    shown = page(mallory_client.get("/libraries/"))
    badges = {
        row.one("a", class_="").words
        if row.all("a", class_="")
        else row.all("a")[0].words: [badge.words for badge in row.classed("badge")]
        for row in shown.all("li", class_="row")
    }
    assert badges == {
        "My own": ["Owner"],
        "Open shelf": ["Shared with everyone"],
    }


def test_others_libraries_are_not_listed(
    mallory_client: Client, library: Library
) -> None:
    assert library.title not in page(mallory_client.get("/libraries/")).text


def test_a_new_library_belongs_to_who_made_it(
    alice: User, alice_client: Client
) -> None:
    data = {"title": "  Tea  and bread ", "description": " Recipes. "}
    response = alice_client.post("/libraries/new/", data)
    library = Library.objects.get()
    assert response.headers["Location"] == library.get_absolute_url()
    assert (library.title, library.description) == ("Tea and bread", "Recipes.")
    membership = Membership.objects.get(library=library)
    assert (membership.user, membership.role) == (alice, "owner")
    assert not library.is_public


def test_an_editor_may_rename_a_library(
    mallory: User, mallory_client: Client, library: Library
) -> None:
    make_member(library, mallory, "editor")
    address = reverse("library_edit", args=[library.pk])
    assert page(mallory_client.get(address)).one("form", class_="sheet")
    mallory_client.post(address, {"title": "Renamed", "description": ""})
    library.refresh_from_db()
    assert library.title == "Renamed"


def test_renaming_shares_nothing_that_was_made_private_meanwhile(
    alice: User, public_library: Library
) -> None:
    form = renaming(public_library)
    make_public(public_library, False, by=alice)
    form.save()
    public_library.refresh_from_db()
    assert public_library.title == "Renamed"
    assert not public_library.is_public


def test_renaming_brings_no_deleted_library_back(library: Library) -> None:
    form = renaming(library)
    delete_library(library)
    form.save()
    assert not Library.objects.exists()


def renaming(library: Library) -> LibraryForm:
    """Return a form that another request has checked, and is about to save."""
    loaded = Library.objects.get(pk=library.pk)
    form = LibraryForm({"title": "Renamed"}, instance=loaded)
    assert form.is_valid()
    return form


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "Please give the library a title."),
        (" \n ", "Please give the library a title."),
        ("a\0b", "NUL"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_a_library_needs_a_proper_title(
    title: str, said: str, alice: User, alice_client: Client
) -> None:
    shown = page(alice_client.post("/libraries/new/", {"title": title}))
    assert said in shown.classed("problem")[0].words
    field = shown.one("input", name="title")
    assert field["aria-invalid"] == "true"
    assert said in shown.one("ul", id=field["aria-describedby"]).words
    assert not Library.objects.exists()


def test_a_faulty_edit_leaves_the_heading_as_it_is(
    alice_client: Client, library: Library
) -> None:
    address = reverse("library_edit", args=[library.pk])
    shown = page(alice_client.post(address, {"title": " "}))
    assert shown.one("title").words.startswith("Edit Tea and bread")


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_reading_does_not_mean_renaming(
    role: str, mallory: User, mallory_client: Client, library: Library
) -> None:
    make_member(library, mallory, role)
    assert mallory_client.get(library.get_absolute_url()).status_code == 200
    page(mallory_client.get(reverse("library_edit", args=[library.pk])), 404)


class TestDeleting:
    def test_the_title_has_to_be_typed(
        self, alice_client: Client, passage: Passage
    ) -> None:
        address = reverse("library_delete", args=[passage.library_id])
        shown = page(alice_client.get(address))
        assert "1 passage" in shown.words
        shown = page(alice_client.post(address, {"title": "Tea"}))
        assert "nothing is deleted" in shown.classed("problem")[0].words
        assert Library.objects.exists()
        response = alice_client.post(address, {"title": " Tea and  bread "})
        assert response.headers["Location"] == "/libraries/"
        assert not Library.objects.exists()

    @pytest.mark.parametrize("role", ["editor", "reviewer", "viewer"])
    def test_only_the_owner_may(
        self, role: str, mallory: User, mallory_client: Client, library: Library
    ) -> None:
        make_member(library, mallory, role)
        address = reverse("library_delete", args=[library.pk])
        page(mallory_client.post(address, {"title": library.title}), 404)
        edit = mallory_client.get(reverse("library_edit", args=[library.pk]))
        assert address not in edit.content.decode()


def test_the_list_says_how_much_is_archived_and_when_it_changed(
    alice_client: Client, passage: Passage
) -> None:
    make_passage(passage.library, "Gone.", title="Gone").archive()
    row = page(alice_client.get("/libraries/")).one("li", class_="row")
    assert "1 passage · 1 archived · last change" in row.words


def test_many_libraries_can_be_searched(alice: User, alice_client: Client) -> None:
    for number in range(20):
        make_library(f"Shelf {number:02}", owner=alice)
    assert not page(alice_client.get("/libraries/")).all("input", type="search")
    make_library("Cellar", owner=alice)
    assert page(alice_client.get("/libraries/")).all("input", type="search")
    found = page(alice_client.get("/libraries/", {"q": "shelf 1"}))
    assert len(found.all("li", class_="row")) == 10


@pytest.mark.parametrize("words", ["übungen", "ÜBUNGEN", "übungen (Alt)"])
def test_a_library_is_found_whatever_the_capitals(
    words: str, alice: User, alice_client: Client
) -> None:
    for title in ("Übungen (alt)", "Ubungen"):
        make_library(title, owner=alice)
    rows = page(alice_client.get("/libraries/", {"q": words})).classed("row-title")
    assert [row.one("bdi").text for row in rows] == ["Übungen (alt)"]


def test_the_list_takes_the_same_queries_for_any_number_of_libraries(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            page(alice_client.get("/libraries/"))
        return len(made)

    before = queries()
    for number in range(9):
        make_passage(make_library(f"Shelf {number}", owner=alice))
    assert queries() == before <= 10


def test_what_visitors_may_try_says_so(
    alice_client: Client, public_library: Library
) -> None:
    Library.objects.update(for_visitors=True)
    row = page(alice_client.get("/libraries/")).one("li", class_="row")
    assert "Open to visitors" in [badge.words for badge in row.classed("badge")]
