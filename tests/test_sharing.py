"""Members and invitation links: who may do what, and who may say so."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from answers import sharing
from answers.models import Invitation, Library, Membership, User
from tests.factories import make_address, make_library, make_member, make_user

pytestmark = pytest.mark.django_db


def role(library: Library, user: User) -> str:
    found = library.memberships.filter(user=user).first()
    return found.role if found else ""


def mine(library: Library, user: User) -> int:
    return library.memberships.get(user=user).pk


@pytest.mark.parametrize(
    "typed", ["mallory", "mallory@example.org", "Mallory@Example.Org"]
)
@pytest.mark.parametrize("given", ["viewer", "reviewer", "editor"])
def test_a_person_is_added_by_name_or_address(
    library: Library, alice: User, mallory: User, typed: str, given: str
) -> None:
    make_address(mallory)
    sharing.add_member(library, typed, given, by=alice)
    assert role(library, mallory) == given
    assert library in Library.objects.visible_to(mallory)


@pytest.mark.parametrize(
    "typed",
    [
        ("nobody", "gone", "visitor-1", ""),
        ("nobody@example.org", "gone@example.org", "mallory@example.org", "a@b", "@"),
    ],
)
def test_whoever_cannot_be_added_gets_one_and_the_same_sentence(
    library: Library, alice: User, mallory: User, typed: tuple[str, ...]
) -> None:
    """One for names and one for addresses: none tells what accounts there are."""
    make_address(make_user("gone", email="gone@example.org", is_active=False))
    make_address(mallory, verified=False)
    make_user("visitor-1", is_guest=True)
    make_user("a@b")
    said = set()
    for name in typed:
        with pytest.raises(sharing.NotShared) as error:
            sharing.add_member(library, name, "viewer", by=alice)
        said.add(str(error.value))
    assert len(said) == 1
    assert library.memberships.count() == 1


@pytest.mark.parametrize("how", ["typed", "unconfirmed", "as a user name"])
def test_an_address_that_somebody_only_says_is_theirs_finds_nobody(
    library: Library, alice: User, how: str
) -> None:
    name = "boss@example.org" if how == "as a user name" else "taker"
    taker = make_user(name, email="boss@example.org")
    if how == "unconfirmed":
        make_address(taker, verified=False)
    with pytest.raises(sharing.NotShared, match="people who have confirmed it"):
        sharing.add_member(library, "boss@example.org", "viewer", by=alice)
    assert role(library, taker) == ""


def test_an_address_finds_who_has_confirmed_it_whoever_else_says_it_is_theirs(
    library: Library, alice: User, mallory: User
) -> None:
    make_address(mallory)
    others = [
        make_user("mallory@example.org"),
        make_user("taker", email="mallory@example.org"),
    ]
    make_address(others[1], verified=False)
    sharing.add_member(library, "mallory@example.org", "viewer", by=alice)
    assert role(library, mallory) == "viewer"
    assert [role(library, other) for other in others] == ["", ""]


@pytest.mark.parametrize(
    ("names", "typed", "found"),
    [
        (("dora",), "Dora", "dora"),
        (("Dora",), "dora", "Dora"),
        (("dora", "Dora"), "Dora", "Dora"),
        (("dora", "Dora"), "DORA", ""),
        (("dora",), "d_ra", ""),
    ],
)
def test_a_name_is_found_in_whatever_case_unless_it_may_be_two(
    library: Library, alice: User, names: tuple[str, ...], typed: str, found: str
) -> None:
    people = {name: make_user(name) for name in names}
    if found:
        sharing.add_member(library, typed, "viewer", by=alice)
    else:
        with pytest.raises(sharing.NotShared):
            sharing.add_member(library, typed, "viewer", by=alice)
    added = [name for name, person in people.items() if role(library, person)]
    assert added == [found] * bool(found)


def test_nobody_is_added_in_the_place_of_somebody_who_is_shut_out(
    library: Library, alice: User
) -> None:
    make_user("dora")
    make_user("Dora", is_active=False)
    with pytest.raises(sharing.NotShared):
        sharing.add_member(library, "Dora", "viewer", by=alice)


def test_adding_a_member_again_changes_no_role(
    library: Library, alice: User, mallory: User
) -> None:
    make_member(library, mallory, "editor")
    with pytest.raises(sharing.NotShared, match="mallory is a member already"):
        sharing.add_member(library, "mallory", "viewer", by=alice)
    assert role(library, mallory) == "editor"


@pytest.mark.parametrize("given", ["viewer", "reviewer", "editor", "owner"])
def test_a_role_is_changed(
    library: Library, alice: User, mallory: User, given: str
) -> None:
    member = make_member(library, mallory)
    sharing.change_role(library, member.pk, given, by=alice)
    assert role(library, mallory) == given


def test_handing_over_swaps_owner_and_editor(
    library: Library, alice: User, mallory: User
) -> None:
    member = make_member(library, mallory)
    sharing.hand_over(library, member.pk, by=alice)
    assert (role(library, mallory), role(library, alice)) == ("owner", "editor")
    with pytest.raises(sharing.NotAnOwner):
        sharing.hand_over(library, mine(library, alice), by=alice)


def test_everyone_may_leave_but_the_last_owner(
    library: Library, alice: User, mallory: User
) -> None:
    member = make_member(library, mallory)
    sharing.remove_member(library, member.pk, by=mallory)
    assert role(library, mallory) == ""
    with pytest.raises(sharing.NotShared, match="needs an owner"):
        sharing.remove_member(library, mine(library, alice), by=alice)
    assert role(library, alice) == "owner"


def test_the_last_owner_cannot_become_less(library: Library, alice: User) -> None:
    with pytest.raises(sharing.NotShared, match="needs an owner"):
        sharing.change_role(library, mine(library, alice), "editor", by=alice)
    assert role(library, alice) == "owner"


def attempts(
    library: Library, member: int, link: int, by: User
) -> list[Callable[[], object]]:
    """All that only owners may do."""
    return [
        lambda: sharing.add_member(library, "rita", "viewer", by=by),
        lambda: sharing.change_role(library, member, "owner", by=by),
        lambda: sharing.hand_over(library, member, by=by),
        lambda: sharing.remove_member(library, member, by=by),
        lambda: sharing.invite(library, "editor", by=by),
        lambda: sharing.revoke(library, link, by=by),
        lambda: sharing.make_public(library, True, by=by),
    ]


@pytest.mark.parametrize("given", ["", "viewer", "reviewer", "editor"])
def test_nobody_but_owners_may_share(
    library: Library, alice: User, mallory: User, given: str
) -> None:
    if given:
        make_member(library, mallory, given)
    link = sharing.invite(library, "viewer", by=alice)
    for attempt in attempts(library, mine(library, alice), link.pk, mallory):
        with pytest.raises(sharing.NotAnOwner):
            attempt()
    library.refresh_from_db()
    assert (role(library, mallory), library.is_public) == (given, False)


def test_an_owner_of_another_library_has_no_say_here(
    library: Library, alice: User, mallory: User
) -> None:
    theirs = make_library("Theirs", owner=mallory)
    link = sharing.invite(library, "viewer", by=alice)
    with pytest.raises(sharing.NotShared):
        sharing.change_role(theirs, mine(library, alice), "viewer", by=mallory)
    sharing.revoke(theirs, link.pk, by=mallory)
    assert role(library, alice) == "owner"
    assert Invitation.objects.open().filter(pk=link.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_remove_each_other_at_once_one_stays(
    library: Library, alice: User, mallory: User
) -> None:
    make_member(library, mallory, "owner")
    both = [(alice, mine(library, mallory)), (mallory, mine(library, alice))]
    start = threading.Barrier(2)
    refused: list[type[Exception]] = []

    def remove(by: User, member: int) -> None:
        start.wait(10)
        try:
            sharing.remove_member(library, member, by=by)
        except sharing.NotShared as error:
            refused.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert library.memberships.filter(role="owner").count() == 1
    assert len(refused) == 1


# -- Links ---------------------------------------------------------------------------


def test_a_link_makes_whoever_follows_it_a_member(
    library: Library, alice: User, mallory: User, rita: User
) -> None:
    link = sharing.invite(library, "editor", by=alice)
    for person in (mallory, rita):
        accepted = sharing.accept(link.token, by=person)
        assert accepted is not None
        assert accepted.changed
        assert role(library, person) == "editor"


@pytest.mark.parametrize(
    ("has", "link", "then"),
    [
        ("viewer", "viewer", "viewer"),
        ("viewer", "editor", "editor"),
        ("viewer", "reviewer", "reviewer"),
        ("reviewer", "viewer", "reviewer"),
        ("reviewer", "editor", "reviewer"),
        ("editor", "viewer", "editor"),
        ("editor", "reviewer", "editor"),
        ("owner", "viewer", "owner"),
        ("owner", "editor", "owner"),
    ],
)
def test_accepting_never_takes_anything_away(
    library: Library, alice: User, mallory: User, has: str, link: str, then: str
) -> None:
    make_member(library, mallory, has)
    invitation = sharing.invite(library, link, by=alice)
    accepted = sharing.accept(invitation.token, by=mallory)
    assert accepted is not None
    assert accepted.changed == (has != then)
    assert role(library, mallory) == then


def test_a_link_that_is_over_makes_nobody_a_member(
    library: Library, alice: User, mallory: User
) -> None:
    revoked = sharing.invite(library, "viewer", by=alice)
    sharing.revoke(library, revoked.pk, by=alice)
    expired = sharing.invite(library, "viewer", by=alice)
    expired.expires_at = timezone.now() - timedelta(seconds=1)
    expired.save()
    for token in (revoked.token, expired.token, "", "guess"):
        assert sharing.accept(token, by=mallory) is None
    assert role(library, mallory) == ""


@pytest.mark.parametrize("how", ["left", "stepped down", "handed over"])
def test_who_is_no_longer_an_owner_leaves_no_links_behind(
    library: Library, alice: User, mallory: User, how: str
) -> None:
    make_member(library, mallory, "owner")
    kept = sharing.invite(library, "viewer", by=alice)
    sharing.invite(library, "editor", by=mallory)
    member = mine(library, mallory)
    if how == "left":
        sharing.remove_member(library, member, by=mallory)
    elif how == "stepped down":
        sharing.change_role(library, member, "viewer", by=mallory)
    else:
        sharing.hand_over(library, mine(library, alice), by=mallory)
    assert list(Invitation.objects.open()) == [kept]


@pytest.mark.parametrize(
    ("had", "gets"),
    [
        ("viewer", ""),
        ("editor", ""),
        ("owner", ""),
        ("editor", "viewer"),
        ("editor", "reviewer"),
        ("owner", "viewer"),
    ],
)
def test_what_is_taken_from_somebody_no_link_brings_back(
    library: Library, alice: User, mallory: User, had: str, gets: str
) -> None:
    links = [sharing.invite(library, role, by=alice) for role in ("viewer", "editor")]
    sharing.accept(links[0].token, by=mallory)
    sharing.change_role(library, mine(library, mallory), had, by=alice)
    if gets:
        changed = sharing.change_role(library, mine(library, mallory), gets, by=alice)
    else:
        changed = sharing.remove_member(library, mine(library, mallory), by=alice)
    assert changed.closed_links
    assert [sharing.accept(link.token, by=mallory) for link in links] == [None, None]
    assert role(library, mallory) == gets


@pytest.mark.parametrize(
    ("had", "gets"),
    [("viewer", "editor"), ("reviewer", "owner"), ("editor", "editor"), ("viewer", "")],
)
def test_links_of_others_stay_where_nothing_is_taken(
    library: Library, alice: User, mallory: User, had: str, gets: str
) -> None:
    """Whoever leaves by themselves may think better of it."""
    link = sharing.invite(library, "viewer", by=alice)
    member = make_member(library, mallory, had)
    if gets:
        changed = sharing.change_role(library, member.pk, gets, by=alice)
    else:
        changed = sharing.remove_member(library, member.pk, by=mallory)
    assert not changed.closed_links
    assert sharing.accept(link.token, by=mallory) is not None


def test_a_link_that_rests_is_closed_as_well(
    library: Library, alice: User, mallory: User
) -> None:
    """It opens nothing while its maker is shut out, and would again afterwards."""
    ben = make_user("ben")
    make_member(library, ben, "owner")
    link = sharing.invite(library, "viewer", by=ben)
    sharing.accept(link.token, by=mallory)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    sharing.remove_member(library, mine(library, mallory), by=alice)
    User.objects.filter(pk=ben.pk).update(is_active=True)
    assert sharing.accept(link.token, by=mallory) is None


def test_the_links_of_whoever_is_shut_out_open_nothing(
    library: Library, alice: User, mallory: User
) -> None:
    link = sharing.invite(library, "editor", by=alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sharing.accept(link.token, by=mallory) is None
    assert role(library, mallory) == ""


def test_an_owner_who_is_shut_out_does_not_count_as_another(
    library: Library, alice: User
) -> None:
    make_member(library, make_user("gone", is_active=False), "owner")
    with pytest.raises(sharing.NotShared, match="needs an owner"):
        sharing.remove_member(library, mine(library, alice), by=alice)


def test_what_only_members_may_read_visitors_may_not(
    public_library: Library, alice: User, mallory: User
) -> None:
    Library.objects.update(for_visitors=True)
    public_library.refresh_from_db()
    guest = make_user("visitor-1", is_guest=True)
    sharing.make_public(public_library, True, by=alice)
    assert public_library in Library.objects.visible_to(guest)
    sharing.make_public(public_library, False, by=alice)
    for person in (guest, mallory):
        assert public_library not in Library.objects.visible_to(person)


def test_so_many_links_and_no_more(
    library: Library, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LINKS_AT_MOST", 2)
    links = [sharing.invite(library, "viewer", by=alice) for _ in range(2)]
    with pytest.raises(sharing.NotShared, match="2 links"):
        sharing.invite(library, "viewer", by=alice)
    sharing.revoke(library, links[0].pk, by=alice)
    sharing.invite(library, "viewer", by=alice)


def test_revoking_again_keeps_the_first_time(library: Library, alice: User) -> None:
    link = sharing.invite(library, "viewer", by=alice)
    sharing.revoke(library, link.pk, by=alice)
    first = Invitation.objects.get(pk=link.pk).revoked_at
    sharing.revoke(library, link.pk, by=alice)
    assert Invitation.objects.get(pk=link.pk).revoked_at == first


def test_open_sockets_hear_of_lost_access(
    library: Library,
    alice: User,
    mallory: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    from answers import news

    heard: list[int | None] = []
    monkeypatch.setattr(news, "tell", lambda person, _: heard.append(person))
    member = make_member(library, mallory, "editor")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        sharing.change_role(library, member.pk, "viewer", by=alice)
        sharing.remove_member(library, member.pk, by=alice)
        sharing.make_public(library, True, by=alice)
    assert heard == [mallory.pk, mallory.pk, None]
    assert not Membership.objects.filter(user=mallory).exists()
