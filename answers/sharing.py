"""Who may do what in a library: members and invitation links.

Each function is one transaction that looks again, inside, whether who acts is (still)
an owner: SQLite's transactions take the write lock when they begin, so of two owners
who remove each other at once, the second finds that they no longer may. A library
always has an owner.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers import addresses
from answers.models import Invitation, Library, Membership, User

Role = Membership.Role
LINKS_AT_MOST = 50  # open ones of a library
NEEDS_OWNER = gettext_lazy(
    "A library needs an owner. Make somebody else an owner first."
)


class NotShared(Exception):
    """It cannot be done; the message is a sentence for the person who tried."""


class NotAnOwner(NotShared):
    """Only owners may, and the person is none (any more)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What following an invitation did."""

    membership: Membership
    changed: bool  # else the person had a role that it would not have raised


@dataclass(frozen=True, slots=True)
class Changed:
    """A member whose role was changed, or who is none any more."""

    membership: Membership
    closed_links: bool  # of others too: whoever had them has to be sent new ones


def find_person(name_or_email: str) -> User | None:
    """Return the active person of this user name, or who has confirmed this address.

    Guests are nobody. What looks like an address is nobody's user name: anyone may have
    taken another's for one, to be shared what was meant for them.
    """
    if "@" in name_or_email:
        person = addresses.confirmed_by(name_or_email)
    else:
        person = _named(name_or_email)
    return person if person and person.is_active and not person.is_guest else None


def _named(name: str) -> User | None:
    """Return the person of this name, in whatever case, as signing in does.

    Of several whose names differ in case alone, the one that is named exactly.
    """
    found = list(User.objects.filter(username__iexact=name))
    exactly = [person for person in found if person.username == name]
    alike = exactly or found
    return alike[0] if len(alike) == 1 else None


def add_member(
    library: Library, name_or_email: str, role: str, *, by: User
) -> Membership:
    """Make a person a member. Raises NotShared; the same for whoever is not found."""
    with transaction.atomic():
        _check_owner(library, by)
        person = find_person(name_or_email)
        if person is None:
            raise NotShared(_not_found(name_or_email))
        membership, new = Membership.objects.get_or_create(
            library=library, user=person, defaults={"role": role}
        )
    if not new:
        said = _("{name} is a member already: change the role in the list.")
        raise NotShared(said.format(name=person.get_username()))
    return membership


def change_role(library: Library, member: int, role: str, *, by: User) -> Changed:
    """Give the member of this id another role. Raises NotShared."""
    with transaction.atomic():
        _check_owner(library, by)
        return give(_member(library, member), role, by=by)


def hand_over(library: Library, member: int, *, by: User) -> Membership:
    """Make the member an owner, and the owner who does it an editor."""
    with transaction.atomic():
        mine = _check_owner(library, by)
        membership = _member(library, member)
        if membership.pk == mine.pk:
            raise NotShared(_("You are the owner already."))
        give(membership, Role.OWNER, by=by)
        give(mine, Role.EDITOR, by=by)
    return membership


def remove_member(library: Library, member: int, *, by: User) -> Changed:
    """End a membership; everyone may end their own, but for the last owner."""
    with transaction.atomic():
        membership = _member(library, member)
        if membership.user_id != by.pk:
            _check_owner(library, by)
        return end(membership, by=by)


def give(membership: Membership, role: str, *, by: User) -> Changed:
    """Change a role. Raises NotShared; whether `by` may is for the caller to ask."""
    closed = False
    with transaction.atomic():
        if role not in (membership.role, Role.OWNER):
            check_another_owner(membership)
            if membership.role != Role.VIEWER:
                closed = _close_links(membership, by)
        membership.role = role
        membership.save(update_fields=["role"])  # whose signal looks after open sockets
    return Changed(membership, closed)


def end(membership: Membership, *, by: User) -> Changed:
    """Delete a membership. Raises NotShared; whether `by` may is for the caller."""
    with transaction.atomic():
        check_another_owner(membership)
        closed = _close_links(membership, by)
        membership.delete()
    return Changed(membership, closed)


def invite(library: Library, role: str, *, by: User) -> Invitation:
    """Make an invitation link. Raises NotShared where there are too many."""
    with transaction.atomic():
        _check_owner(library, by)
        if Invitation.objects.open().filter(library=library).count() >= LINKS_AT_MOST:
            said = _("There are {count} links already. Revoke some of them first.")
            raise NotShared(said.format(count=LINKS_AT_MOST))
        return Invitation.objects.create(library=library, role=role, created_by=by)


def revoke(library: Library, invitation: int, *, by: User) -> None:
    """End an invitation link; who accepted it stays a member."""
    with transaction.atomic():
        _check_owner(library, by)
        mine = Invitation.objects.filter(library=library, revoked_at=None)
        mine.filter(pk=invitation).update(revoked_at=timezone.now())


def accept(token: str, *, by: User) -> Accepted | None:
    """Make the person a member by a link; None where that has expired or was revoked.

    Only viewers rise: editors and reviewers may each do what the other may not.
    """
    with transaction.atomic():
        open_links = Invitation.objects.open().select_related("library")
        link = open_links.filter(token=token).first()
        if link is None:
            return None
        membership, new = Membership.objects.get_or_create(
            library=link.library, user=by, defaults={"role": link.role}
        )
        rises = not new and membership.role == Role.VIEWER != link.role
        if rises:
            give(membership, link.role, by=by)
    return Accepted(membership, new or rises)


def make_public(library: Library, public: bool, *, by: User) -> None:
    """Let everyone who is signed in read and ask the library, or only its members.

    Where only these may, visitors may not; administrators alone let them in again.
    """
    with transaction.atomic():
        _check_owner(library, by)
        library.is_public = public
        library.for_visitors = public and library.for_visitors
        library.save(update_fields=["is_public", "for_visitors"])


def give_owner(library: Library, person: User) -> None:
    """Make the person the owner of a library that has none."""
    owners = Membership.objects.filter(library=library, role=Role.OWNER)
    if not owners.exists():
        Membership.objects.update_or_create(
            library=library, user=person, defaults={"role": Role.OWNER}
        )


def check_another_owner(membership: Membership) -> None:
    """Raise NotShared where nobody would be left who may share the library."""
    if left_without_owner(Membership.objects.filter(pk=membership.pk)).exists():
        raise NotShared(NEEDS_OWNER)


def left_without_owner(leaving: QuerySet[Membership]) -> QuerySet[Library]:
    """Return the libraries that these alone own, of all who can still sign in."""
    owners = Membership.objects.filter(role=Role.OWNER)
    others = owners.filter(library=OuterRef("pk"), user__is_active=True)
    owned = Library.objects.filter(
        pk__in=leaving.filter(role=Role.OWNER).values("library")
    )
    return owned.exclude(Exists(others.exclude(pk__in=leaving.values("pk"))))


def _check_owner(library: Library, by: User) -> Membership:
    owners = Membership.objects.filter(library=library, role=Role.OWNER)
    mine = owners.filter(user=by).first()
    if mine is None:
        raise NotAnOwner(_("Only owners of the library may do this."))
    return mine


def _not_found(name_or_email: str) -> str:
    """Say the same whether nobody has the name or address or somebody may not be added.

    Whether an account has an address that nobody has confirmed, others need not know.
    """
    if "@" in name_or_email:
        return _(
            "Nobody could be added by this address: it finds only people who have "
            "confirmed it here. Add the person by their user name, or make an "
            "invitation link and send it to them."
        )
    return _(
        "Nobody could be added by this name. Check it, or make an invitation link and "
        "send it to the person."
    )


def _member(library: Library, member: int) -> Membership:
    members = Membership.objects.filter(library=library).select_related("user")
    membership = members.filter(pk=member).first()
    if membership is None:
        raise NotShared(_("This person is no longer a member."))
    return membership


def _close_links(membership: Membership, by: User) -> bool:
    """Revoke links by which somebody could get back what is taken from them now.

    That may be any: nobody knows who has been sent which. Who gives something up by
    themselves may come back, but leaves no ways in behind. Tells whether any was open.
    """
    links = Invitation.objects.filter(library=membership.library_id, revoked_at=None)
    if membership.user_id == by.pk:
        links = links.filter(created_by=by)
    were_open = links.open().exists()
    links.update(revoked_at=timezone.now())
    return were_open
