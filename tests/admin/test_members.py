"""Members of libraries at the admin: a library keeps an owner, and closes its links."""

from typing import Any

import pytest
from django.test import Client

from answers import sharing
from answers.models import Invitation, Library, Membership, User
from tests.admin.pages import get
from tests.conftest import signed_in
from tests.factories import make_member, make_user

ADD = "/admin/answers/library/add/"
MEMBERS = "/admin/answers/membership/"
NEEDED = "A library needs an owner"
Row = tuple[Membership | None, User | None, str, bool]  # … role, whether to delete it


@pytest.fixture
def root(admin_user: User) -> User:
    return admin_user


def role(library: Library, user: User) -> str:
    found = library.memberships.filter(user=user).first()
    return found.role if found else ""


def mine(library: Library, user: User) -> Membership:
    return library.memberships.get(user=user)


def post(client: Client, library: Library | None, *rows: Row, **values: Any) -> str:
    """Send the page of a library with these rows of members; returns what follows."""
    sent: dict[str, Any] = {"title": library.title if library else "New"} | values
    old = sum(row[0] is not None for row in rows)
    sent |= {"memberships-TOTAL_FORMS": len(rows), "memberships-INITIAL_FORMS": old}
    for number, (member, user, given, goes) in enumerate(rows):
        row = {"role": given, "library": library.pk if library else ""}
        row |= {"id": member.pk} if member else {}
        row |= {"user": user.pk} if user else {}
        row |= {"DELETE": "on"} if goes else {}
        sent |= {f"memberships-{number}-{name}": value for name, value in row.items()}
    url = f"/admin/answers/library/{library.pk}/change/" if library else ADD
    return client.post(url, sent, follow=True).content.decode()


@pytest.mark.parametrize("how", ["removed", "demoted", "only one who left stays"])
def test_the_page_of_a_library_keeps_an_owner(
    admin_client: Client, alice: User, mallory: User, library: Library, how: str
) -> None:
    member = make_member(library, mallory, "editor")
    rows: list[Row] = [(mine(library, alice), alice, "owner", True)]
    if how == "demoted":
        rows[0] = (mine(library, alice), alice, "editor", False)
    if how == "only one who left stays":
        User.objects.filter(pk=mallory.pk).update(is_active=False)
        rows += [(member, mallory, "owner", False)]
    else:
        rows += [(member, mallory, "viewer", False)]
    assert NEEDED in post(admin_client, library, *rows)
    assert (role(library, alice), role(library, mallory)) == ("owner", "editor")


def test_a_row_that_goes_needs_no_sense_and_an_owner_is_needed_all_the_same(
    admin_client: Client, alice: User, library: Library
) -> None:
    rows: Row = (mine(library, alice), alice, "nonsense", True)
    assert NEEDED in post(admin_client, library, rows)
    assert role(library, alice) == "owner"


def test_owners_change_places_and_links_are_closed(
    admin_client: Client, alice: User, mallory: User, library: Library
) -> None:
    member = make_member(library, mallory, "editor")
    sharing.invite(library, "viewer", by=alice)
    html = post(
        admin_client,
        library,
        (mine(library, alice), alice, "viewer", False),
        (member, mallory, "owner", False),
    )
    assert (role(library, alice), role(library, mallory)) == ("viewer", "owner")
    assert not Invitation.objects.open().exists()
    assert "The open invitation links to “Tea and bread” were closed, too." in html


def test_whoever_is_removed_on_the_page_of_a_library_does_not_come_back(
    admin_client: Client, alice: User, mallory: User, library: Library
) -> None:
    link = sharing.invite(library, "viewer", by=alice)
    sharing.accept(link.token, by=mallory)
    ben = make_user("ben")
    post(
        admin_client,
        library,
        (mine(library, alice), alice, "owner", False),
        (mine(library, mallory), mallory, "viewer", True),
        (None, ben, "editor", False),
    )
    assert sharing.accept(link.token, by=mallory) is None
    assert (role(library, mallory), role(library, ben)) == ("", "editor")


def test_a_library_without_an_owner_can_be_changed_otherwise(
    admin_client: Client, mallory: User
) -> None:
    library = Library.objects.create(title="Nobody's", is_public=True)
    member = make_member(library, mallory)
    post(admin_client, library, (member, mallory, "viewer", False), description="New")
    assert Library.objects.get(pk=library.pk).description == "New"


def test_a_membership_stays_that_of_the_same_person(
    admin_client: Client, alice: User, mallory: User, library: Library
) -> None:
    row: Row = (mine(library, alice), mallory, "owner", False)
    post(admin_client, library, row, description="Changed")
    assert (role(library, alice), role(library, mallory)) == ("owner", "")


@pytest.mark.parametrize("named", ["nobody", "a viewer", "an owner", "themselves"])
def test_whoever_adds_a_library_owns_it_unless_an_owner_is_named(
    admin_client: Client, root: User, mallory: User, named: str
) -> None:
    given: dict[str, list[Row]] = {
        "nobody": [],
        "a viewer": [(None, mallory, "viewer", False)],
        "an owner": [(None, mallory, "owner", False)],
        "themselves": [(None, root, "editor", False)],
    }
    post(admin_client, None, *given[named])
    library = Library.objects.get(title="New")
    owners = library.memberships.filter(role="owner")
    assert [one.user for one in owners] == [mallory if named == "an owner" else root]
    assert role(library, mallory) == {"a viewer": "viewer", "an owner": "owner"}.get(
        named, ""
    )


def test_an_owner_who_cannot_sign_in_is_none(admin_client: Client, db: None) -> None:
    gone = make_user("gone", is_active=False)
    assert NEEDED in post(admin_client, None, (None, gone, "owner", False))
    assert not Library.objects.exists()


def test_who_may_add_libraries_without_members_owns_them(db: None) -> None:
    from django.contrib.auth.models import Permission

    staff = make_user("staff", is_staff=True)
    for name in ("add_library", "view_library", "change_library"):
        staff.user_permissions.add(Permission.objects.get(codename=name))
    signed_in(staff).post(ADD, {"title": "New"})
    assert role(Library.objects.get(title="New"), staff) == "owner"


# -- The list of members -----------------------------------------------------------


def test_the_page_of_a_member_keeps_an_owner(
    admin_client: Client, alice: User, mallory: User, library: Library
) -> None:
    url = f"{MEMBERS}{mine(library, alice).pk}/change/"
    response = admin_client.post(url, {"role": "viewer", "user": mallory.pk})
    assert NEEDED in response.content.decode()
    make_member(library, mallory, "owner")
    link = sharing.invite(library, "viewer", by=alice)
    admin_client.post(url, {"role": "viewer", "user": mallory.pk})
    assert role(library, alice) == "viewer"
    assert sharing.accept(link.token, by=make_user("ben")) is None


@pytest.mark.parametrize("how", ["page", "ticked"])
def test_the_last_owner_is_not_deleted_from_the_list(
    admin_client: Client, alice: User, mallory: User, library: Library, how: str
) -> None:
    key = mine(library, alice).pk
    url = f"{MEMBERS}{key}/delete/" if how == "page" else MEMBERS
    ticked = {"action": "delete_selected", "_selected_action": str(key)}
    sent = {"post": "yes"} if how == "page" else ticked | {"post": "yes"}
    asked = admin_client.get(url) if how == "page" else admin_client.post(url, ticked)
    assert "Tea and bread: make somebody else its owner" in asked.content.decode()
    admin_client.post(url, sent)
    assert role(library, alice) == "owner"

    make_member(library, mallory, "owner")
    link = sharing.invite(library, "viewer", by=mallory)
    admin_client.post(url, sent)
    assert role(library, alice) == ""
    assert sharing.accept(link.token, by=alice) is None


def test_a_member_is_added_to_the_list(
    admin_client: Client, mallory: User, library: Library
) -> None:
    sent = {"library": library.pk, "user": mallory.pk, "role": "viewer"}
    admin_client.post(f"{MEMBERS}add/", sent)
    assert role(library, mallory) == "viewer"
    assert "mallory" in get(admin_client, MEMBERS)
