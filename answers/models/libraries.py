"""People, libraries, and what a person may do in a library."""

from typing import Any, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


class User(AbstractUser):
    """A person who signs in. Roles live in Membership."""


Person = User | AnonymousUser


class LibraryQuerySet(models.QuerySet["Library"]):
    def visible_to(self, user: Person) -> Self:
        """Libraries whose passages the person may read and ask."""
        if not user.is_authenticated:
            return self.none()
        mine = Membership.objects.filter(user=user).values("library")
        return self.filter(Q(is_public=True) | Q(pk__in=mine))

    def editable_by(self, user: Person) -> Self:
        """Libraries whose passages the person may add to, edit and archive."""
        if not user.is_authenticated:
            return self.none()
        roles = [Membership.Role.OWNER, Membership.Role.EDITOR]
        mine = Membership.objects.filter(user=user, role__in=roles).values("library")
        return self.filter(pk__in=mine)

    def reviewable_by(self, user: Person) -> Self:
        """Libraries whose answers the person may look over.

        Staff review everything that belongs to a public library; a private one only
        after its owner has made them its reviewer. Superusers see all.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        roles = [Membership.Role.OWNER, Membership.Role.REVIEWER]
        mine = Membership.objects.filter(user=user, role__in=roles).values("library")
        if user.is_staff:
            return self.filter(Q(is_public=True) | Q(pk__in=mine))
        return self.filter(pk__in=mine)


class Library(models.Model):
    """A named collection of saved passages."""

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=2000)
    is_public = models.BooleanField(
        default=False, help_text="Everyone who is signed in may read and ask it."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="+")

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")
        verbose_name_plural = "libraries"
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
        OWNER = "owner", "Owner"
        EDITOR = "editor", "Editor"
        REVIEWER = "reviewer", "Reviewer"
        VIEWER = "viewer", "Viewer"

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
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
        return f"{self.user} is {self.role} of {self.library}"
