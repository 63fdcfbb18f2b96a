"""The page on which a library is shared, and the page of an invitation."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from answers import sharing
from answers.models import Invitation, Library, User
from tests.conftest import signed_in
from tests.factories import make_library, make_member, make_user
from tests.views.page import Element, page

pytestmark = pytest.mark.django_db
WORD = "correct horse battery"


def address(library: Library) -> str:
    return f"/libraries/{library.pk}/sharing/"


def do(client: Client, library: Library, what: str, **values: object) -> Element:
    """Press the button and see the page that follows."""
    sent = {"do": what} | values
    return page(client.post(address(library), sent, follow=True))


def names(shown: Element) -> list[str]:
    return [e.words.removesuffix(" You") for e in shown.classed("member-name")]


@pytest.fixture
def member(library: Library, mallory: User) -> int:
    return make_member(library, mallory).pk


@pytest.fixture
def link(library: Library, alice: User) -> Invitation:
    return sharing.invite(library, "editor", by=alice)


# -- Members -------------------------------------------------------------------------


def test_the_owner_adds_a_person_by_name(
    library: Library, alice_client: Client, mallory: User
) -> None:
    shown = do(alice_client, library, "add", name=" mallory ", role="editor")
    assert names(shown) == ["alice", "mallory"]
    assert "mallory is a member now: Editor." in shown.words


def test_whoever_is_unknown_stays_in_the_form_with_a_sentence(
    library: Library, alice_client: Client
) -> None:
    shown = do(alice_client, library, "add", name="nobody", role="viewer")
    assert "Nobody could be added by this name." in shown.words
    assert shown.one("input", id="id_name")["value"] == "nobody"


def test_a_telephone_leaves_a_user_name_as_it_is_typed(
    library: Library, alice_client: Client, client: Client
) -> None:
    fields = [
        page(alice_client.get(address(library))).one("input", id="id_name"),
        *(
            page(client.get(f"/accounts/{way}/")).one("main").all("form")[-1]
            for way in ("login", "signup")
        ),
    ]
    for field in fields:
        assert (field["autocapitalize"], field["spellcheck"]) == ("none", "false")


def test_an_address_has_to_be_confirmed_which_the_form_says_before_and_after(
    library: Library, alice_client: Client, mallory: User
) -> None:
    before = page(alice_client.get(address(library)))
    assert "finds only people who have confirmed it here." in before.words
    shown = do(alice_client, library, "add", name=mallory.email, role="viewer")
    assert "Nobody could be added by this address" in shown.words
    assert "mallory" not in names(shown)


@pytest.mark.parametrize(
    "values", [{}, {"name": ""}, {"name": "x\0y"}, {"name": "mallory", "role": "owner"}]
)
def test_a_form_that_lacks_something_is_shown_again(
    library: Library, alice_client: Client, mallory: User, values: dict[str, str]
) -> None:
    shown = do(alice_client, library, "add", **values)
    assert "Please look at this again" in shown.words
    assert library.memberships.count() == 1


def test_the_owner_changes_a_role_and_removes_a_member(
    library: Library, alice_client: Client, member: int
) -> None:
    shown = do(alice_client, library, "change", member=member, role="reviewer")
    assert "mallory has a new role: Reviewer." in shown.words
    shown = do(alice_client, library, "remove", member=member)
    assert names(shown) == ["alice"]


CLOSED = "The open invitation links were closed, too"


@pytest.mark.parametrize("what", ["remove", "change"])
def test_whoever_takes_something_away_is_told_that_links_are_closed(
    library: Library, mallory: User, alice_client: Client, link: Invitation, what: str
) -> None:
    member = make_member(library, mallory, "editor").pk
    before = page(alice_client.get(address(library)))
    assert "The open invitation links are closed, so that nobody" in before.words
    shown = do(alice_client, library, what, member=member, role="viewer")
    assert CLOSED in shown.words
    assert not shown.all("input", id=f"link-{link.pk}")


def test_nothing_is_said_of_links_where_none_is_open(
    library: Library, alice_client: Client, member: int
) -> None:
    before = page(alice_client.get(address(library)))
    assert "The open invitation links" not in before.words
    shown = do(alice_client, library, "remove", member=member)
    assert CLOSED not in shown.words


def test_the_owner_hands_the_library_over(
    library: Library, alice_client: Client, member: int
) -> None:
    shown = do(alice_client, library, "hand-over", member=member)
    assert "mallory is the owner now, and you are an editor." in shown.words
    assert library.memberships.get(pk=member).role == "owner"


def test_the_last_owner_is_told_why_leaving_does_not_go(
    library: Library, alice: User, alice_client: Client
) -> None:
    mine = library.memberships.get(user=alice).pk
    shown = do(alice_client, library, "remove", member=mine)
    assert "A library needs an owner" in shown.words
    assert names(shown) == ["alice"]


def test_a_member_leaves_and_sees_the_library_no_more(
    library: Library, mallory_client: Client, member: int
) -> None:
    shown = do(mallory_client, library, "remove", member=member)
    assert "You have left the library" in shown.words
    assert mallory_client.get(address(library)).status_code == 404


def test_members_read_the_list_without_addresses_or_buttons(
    library: Library, mallory_client: Client, member: int, link: Invitation
) -> None:
    response = mallory_client.get(address(library))
    shown = page(response)
    assert names(shown) == ["alice", "mallory"]
    assert b"@example.org" not in response.content
    assert link.token.encode() not in response.content
    buttons = [b.words for b in shown.one("main").all("button")]
    assert buttons == ["Yes, leave the library"]


@pytest.mark.parametrize(
    "what", ["add", "change", "hand-over", "invite", "revoke", "publish"]
)
def test_members_who_are_no_owners_find_no_such_page(
    library: Library, mallory_client: Client, member: int, link: Invitation, what: str
) -> None:
    values = {"member": member, "invitation": link.pk, "role": "editor", "name": "rita"}
    response = mallory_client.post(address(library), {"do": what} | values)
    assert response.status_code == 404
    assert Invitation.objects.open().count() == 1


def test_a_public_library_shows_its_members_to_members_only(
    public_library: Library, mallory_client: Client
) -> None:
    assert mallory_client.get(f"/libraries/{public_library.pk}/").status_code == 200
    assert mallory_client.get(address(public_library)).status_code == 404
    assert mallory_client.post(address(public_library)).status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"do": "change", "member": "x", "role": "editor"},
        {"do": "change", "member": "9" * 30, "role": "editor"},
        {"do": "change", "member": "1", "role": "king"},
        {"do": "invite", "role": "owner"},
        {"do": "remove", "member": "-1"},
        {"do": "revoke", "invitation": "²"},
    ],
)
def test_nonsense_changes_nothing(
    library: Library, alice_client: Client, values: dict[str, str]
) -> None:
    assert alice_client.post(address(library), values).status_code == 302
    assert library.memberships.count() == 1
    assert library.invitations.count() == 0


@pytest.mark.parametrize("values", [{}, {"do": "destroy"}])
def test_an_unknown_button_is_a_bad_request(
    library: Library, alice_client: Client, values: dict[str, str]
) -> None:
    assert alice_client.post(address(library), values).status_code == 400


def test_the_library_is_made_public_and_private_again(
    library: Library, alice_client: Client, mallory_client: Client
) -> None:
    shown = do(alice_client, library, "publish", public="yes")
    assert "Everyone who is signed in may read and ask this library." in shown.words
    assert mallory_client.get(library.get_absolute_url()).status_code == 200
    do(alice_client, library, "publish")
    assert mallory_client.get(library.get_absolute_url()).status_code == 404


def test_the_page_says_who_opens_a_library_to_visitors(
    library: Library, alice_client: Client
) -> None:
    shown = page(alice_client.get(address(library)))
    assert "Only the site’s administrators can open a library" in shown.words


def test_hostile_names_are_text(library: Library, alice_client: Client) -> None:
    library.title = '<script>alert("t")</script>'
    library.save()
    make_member(library, make_user("<img src=x>"))
    response = alice_client.get(address(library))
    assert "<img src=x>" in names(page(response))
    assert b"<img src=x>" not in response.content
    assert b"<script>alert" not in response.content


def test_many_members_take_as_many_queries_as_one(
    library: Library,
    alice: User,
    alice_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        make_member(library, make_user(f"person{number}"))
        sharing.invite(library, "viewer", by=alice)
    with django_assert_max_num_queries(7):
        alice_client.get(address(library))


# -- Invitations ---------------------------------------------------------------------


def test_a_link_is_made_shown_with_its_end_and_revoked(
    library: Library, alice_client: Client
) -> None:
    shown = do(alice_client, library, "invite", role="reviewer")
    link = library.invitations.get()
    field = shown.one("input", id=f"link-{link.pk}")
    assert field["value"] == f"http://testserver/invitations/{link.token}/"
    assert "Reviewer, until" in shown.words
    shown = do(alice_client, library, "revoke", invitation=link.pk)
    assert link.token not in str(shown.text)
    assert not Invitation.objects.open().exists()


def test_an_invitation_says_what_who_and_as_what(
    link: Invitation, mallory_client: Client
) -> None:
    response = mallory_client.get(link.get_absolute_url())
    shown = page(response)
    assert "You are invited to “Tea and bread”" in shown.words
    assert "alice shares this library with you. Your role: Editor." in shown.words
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert not link.library.memberships.filter(user__username="mallory").exists()


def test_accepting_leads_to_the_library(
    link: Invitation, mallory_client: Client
) -> None:
    shown = page(mallory_client.post(link.get_absolute_url(), follow=True))
    assert "“Tea and bread” is shared with you now. Your role: Editor." in shown.words
    shown = page(mallory_client.post(link.get_absolute_url(), follow=True))
    assert "You are a member of “Tea and bread” already." in shown.words


def test_a_member_is_told_the_role_that_stays(
    link: Invitation, alice_client: Client
) -> None:
    shown = page(alice_client.get(link.get_absolute_url()))
    assert "You are a member already. Your role: Owner." in shown.words


@pytest.mark.parametrize("over", ["expired", "revoked"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_invitation_that_is_over_says_so(
    link: Invitation, mallory_client: Client, over: str, method: str
) -> None:
    ago = timezone.now() - timedelta(minutes=1)
    setattr(link, {"expired": "expires_at", "revoked": "revoked_at"}[over], ago)
    link.save()
    response = getattr(mallory_client, method)(link.get_absolute_url())
    assert "This invitation is over" in page(response, 410).words
    assert b"Tea and bread" not in response.content
    assert link.library.memberships.count() == 1


def test_a_guessed_link_is_not_found(mallory_client: Client) -> None:
    assert mallory_client.get("/invitations/guess/").status_code == 404
    assert mallory_client.post("/invitations/guess/").status_code == 404


def test_nobody_is_led_through_sign_up_and_back(
    link: Invitation, client: Client
) -> None:
    shown = page(client.get(link.get_absolute_url()))
    up = next(a for a in shown.one("main").all("a") if a.words == "Sign up")["href"]
    form = page(client.get(up)).one("main").all("form")[-1]
    sent = form.values() | {"username": "nora", "password1": WORD, "password2": WORD}
    response = client.post(up.split("?")[0], sent)
    assert response.headers["Location"] == link.get_absolute_url()
    client.post(link.get_absolute_url())
    assert link.library.memberships.get(user__username="nora").role == "editor"


def test_nobody_is_led_through_sign_in_and_back(
    link: Invitation, client: Client
) -> None:
    make_user("nora", password=WORD)
    shown = page(client.get(link.get_absolute_url()))
    way = next(a for a in shown.one("main").all("a") if a.words == "Sign in")["href"]
    assert client.post(link.get_absolute_url()).headers["Location"] == way
    form = page(client.get(way)).one("main").all("form")[-1]
    response = client.post(
        way.split("?")[0], form.values() | {"login": "nora", "password": WORD}
    )
    assert response.headers["Location"] == link.get_absolute_url()


def test_the_way_from_signing_in_to_signing_up_keeps_the_invitation(
    link: Invitation, client: Client
) -> None:
    way = f"/accounts/login/?next={link.get_absolute_url()}"
    links = [a["href"] for a in page(client.get(way)).one("main").all("a")]
    ups = [href for href in links if href.startswith("/accounts/signup/")]
    assert ups
    assert all("next=" in href for href in ups)


def test_visitors_are_asked_to_sign_up(link: Invitation) -> None:
    guest = signed_in(make_user("visitor-1", is_guest=True))
    shown = page(guest.get(link.get_absolute_url()))
    assert "For this you need an account." in shown.words
    assert guest.post(link.get_absolute_url()).status_code == 302
    assert link.library.memberships.count() == 1


def test_where_sign_up_is_closed_only_signing_in_is_offered(
    link: Invitation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIGN_UP_OPEN", False)
    ways = page(client.get(link.get_absolute_url())).one("main").all("a")
    assert [way.words for way in ways] == ["Sign in"]


def test_a_strangers_library_has_no_links_for_others(
    alice: User, mallory: User, mallory_client: Client, link: Invitation
) -> None:
    theirs = make_library("Theirs", owner=mallory)
    do(mallory_client, theirs, "revoke", invitation=link.pk)
    assert Invitation.objects.open().filter(pk=link.pk).exists()
