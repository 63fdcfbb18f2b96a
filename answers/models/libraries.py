"""People, libraries, and what a person may do in a library."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in. Roles live in Membership."""

    is_guest = models.BooleanField(
        _("guest"),
        default=False,
        help_text=_("A visitor who tries the site without an account."),
    )

    def __str__(self) -> str:
        return gettext("Visitor") if self.is_guest else self.get_username()


Person = User | AnonymousUser


class LibraryQuerySet(models.QuerySet["Library"]):
    def visible_to(self, user: Person) -> Self:
        """Libraries whose passages the person may read and ask.

        Here and below, what was pasted into a conversation is in no library of anyone.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_guest:
            open_now = self.shelves().filter(for_visitors=True)
            return open_now if settings.VISITORS else self.none()
        mine = Q(pk__in=Membership.objects.filter(user=user).values("library"))
        # What visitors have asked stays theirs once they have an account.
        return self.shelves().filter(mine | Q(is_public=True) | Q(for_visitors=True))

    def shelves(self) -> Self:
        """Libraries that people made, without what was pasted into conversations."""
        return self.filter(conversation=None)

    def editable_by(self, user: Person) -> Self:
        """Libraries whose passages the person may add to, edit and archive."""
        if not user.is_authenticated:
            return self.none()
        roles = [Membership.Role.OWNER, Membership.Role.EDITOR]
        mine = Membership.objects.filter(user=user, role__in=roles).values("library")
        return self.shelves().filter(pk__in=mine)

    def owned_by(self, user: Person) -> Self:
        """Libraries that the person may share and delete."""
        if not user.is_authenticated:
            return self.none()
        mine = Membership.objects.filter(user=user, role=Membership.Role.OWNER)
        return self.shelves().filter(pk__in=mine.values("library"))

    def reviewable_by(self, user: Person) -> Self:
        """Libraries whose answers the person may look over.

        Staff review everything that belongs to a public library; a private one only
        after its owner has made them its reviewer. Superusers see all.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.shelves()
        roles = [Membership.Role.OWNER, Membership.Role.REVIEWER]
        mine = Membership.objects.filter(user=user, role__in=roles).values("library")
        if user.is_staff:
            return self.shelves().filter(Q(is_public=True) | Q(pk__in=mine))
        return self.shelves().filter(pk__in=mine)


class Library(models.Model):
    """A named collection of saved passages."""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    examples = models.TextField(
        _("example questions"),
        blank=True,
        max_length=2000,
        help_text=_("Questions to suggest to those who ask it, one a line. Optional."),
    )
    is_public = models.BooleanField(
        _("shared with everyone"),
        default=False,
        help_text=_("Everyone who is signed in may read and ask it."),
    )
    for_visitors = models.BooleanField(
        _("open to visitors"),
        default=False,
        help_text=_("Visitors without an account may try it."),
    )
    # Set: not a library that anyone made, but what was pasted into this conversation.
    conversation = models.OneToOneField(
        "answers.Conversation",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="pasted",
        editable=False,
    )
    created_at = models.DateTimeField(
        _("created at"), default=timezone.now, editable=False
    )
    members = models.ManyToManyField(User, through="Membership", related_name="+")

    objects = LibraryQuerySet.as_manager()

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("libraries")
        ordering = ("title", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(title=""), name="library_has_a_title"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("passages", args=[self.pk])

    @classmethod
    def create_for(cls, user: User, title: str, **values: Any) -> "Library":
        """Save a library together with its owner."""
        with transaction.atomic():
            library = cls.objects.create(title=title, **values)
            Membership.objects.create(
                library=library, user=user, role=Membership.Role.OWNER
            )
        return library


class Membership(models.Model):
    """What a person may do in a library."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        REVIEWER = "reviewer", _("Reviewer")
        VIEWER = "viewer", _("Viewer")

    library = models.ForeignKey(
        Library,
        verbose_name=_("library"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    user = models.ForeignKey(
        User,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    role = models.CharField(
        _("role"), max_length=10, choices=Role.choices, default=Role.VIEWER
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(
                fields=["library", "user"], name="one_role_per_person_and_library"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "editor", "reviewer", "viewer"]),
                name="membership_role_is_known",
            ),
        )

    def __str__(self) -> str:
        said = gettext("%(name)s: %(role)s of %(library)s")
        role = self.get_role_display()
        return said % {"name": self.user, "role": role, "library": self.library}


INVITATIONS_LAST = timedelta(days=14)


def new_token() -> str:
    """Return 43 characters that nobody guesses: whoever has them may use the link."""
    return secrets.token_urlsafe(32)


def two_weeks_on() -> datetime:
    return timezone.now() + INVITATIONS_LAST


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Invitations that can still be accepted: whose makers are still let in."""
        return self.filter(
            revoked_at=None, expires_at__gt=timezone.now(), created_by__is_active=True
        )


class Invitation(models.Model):
    """A link that makes whoever follows it a member of a library."""

    ROLES = (Membership.Role.EDITOR, Membership.Role.REVIEWER, Membership.Role.VIEWER)

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(
        max_length=10, choices=[(role.value, role.label) for role in ROLES]
    )
    token = models.CharField(max_length=43, unique=True, default=new_token)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=two_weeks_on)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=["editor", "reviewer", "viewer"]),
                name="invitation_role_is_known",
            ),
        )

    def __str__(self) -> str:
        said = gettext("%(role)s of %(library)s")
        return said % {"role": self.get_role_display(), "library": self.library}

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.token])
