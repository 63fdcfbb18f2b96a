"""Saved texts. A text never changes once it is saved: an edit makes a successor."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Self

from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.models.libraries import Library, Person, User
from answers.texts import BELOW

MOST_VERSIONS = 200  # looked for in either direction
# Successors are always newer rows, so that the ids put versions in order.
VERSIONS = """
WITH RECURSIVE older(id, steps) AS (
    SELECT %s, 0 UNION ALL
    SELECT p.id, steps + 1
    FROM answers_passage p JOIN older ON p.successor_id = older.id
    WHERE steps < %s
), newer(id, steps) AS (
    SELECT %s, 0 UNION ALL
    SELECT p.successor_id, steps + 1
    FROM answers_passage p JOIN newer ON p.id = newer.id
    WHERE p.successor_id IS NOT NULL AND steps < %s
)
SELECT id FROM older UNION SELECT id FROM newer"""

# In this order: SQLite takes a list of texts for many, and would read the library.
HELD_BY = """
SELECT p.id FROM json_each(%s) AS wanted CROSS JOIN answers_passage p
ON p.library_id = %s AND p.text_sha256 = wanted.value AND p.archived_at IS NULL"""


class PassageQuerySet(models.QuerySet["Passage"]):
    def visible_to(self, user: Person) -> Self:
        """Passages that the person may read, archived ones included (answers quote).

        Those of visible libraries, and what they pasted into their conversations.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(library__in=Library.objects.visible_to(user))
            | Q(library__conversation__user=user)
        )

    def editable_by(self, user: Person) -> Self:
        return self.filter(library__in=Library.objects.editable_by(user))

    def current(self) -> Self:
        """Passages that are neither archived nor replaced: those that are read."""
        return self.filter(archived_at=None)

    def archived(self) -> Self:
        """Passages that were archived; those that were replaced are older versions.

        By an expression: SQLite would else look through all rows without a successor.
        """
        return self.alias(replaced_by=Coalesce("successor", 0)).filter(
            archived_at__isnull=False, replaced_by=0
        )

    def held_by(self, library: Library, texts: Iterable[str]) -> Self:
        """Current passages of the library with these texts, given by their hashes."""
        wanted = json.dumps(sorted(texts))
        found = RawSQL(HELD_BY, [wanted, library.pk])  # noqa: S611  a constant
        return self.filter(pk__in=found)


class Tag(models.Model):
    """A word that a library's editors give to passages."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["library", "name"], name="one_tag_per_name_and_library"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="tag_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """A file that passages of a library were imported from."""

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="sources"
    )
    name = models.CharField(max_length=255)  # as it was called where it came from
    format = models.CharField(max_length=10)  # ".pdf"
    sha256 = models.CharField(max_length=64)  # of the file's bytes
    size = models.PositiveBigIntegerField(default=0)  # bytes
    imported_at = models.DateTimeField(default=timezone.now, editable=False)
    imported_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["library", "sha256"], name="one_source_per_file_and_library"
            ),
        )

    def __str__(self) -> str:
        return self.name


class PassageChanged(Exception):
    """Somebody tried to change the text of a saved passage, or edit an archived one."""


class Passage(models.Model):
    """One saved text; what is retrieved and read. Its text never changes."""

    library = models.ForeignKey(
        Library,
        verbose_name=_("library"),
        on_delete=models.CASCADE,
        related_name="passages",
    )
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"))
    text_sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(
        _("created at"), default=timezone.now, editable=False
    )
    created_by = models.ForeignKey(
        User,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    archived_at = models.DateTimeField(
        _("archived at"), null=True, blank=True, editable=False
    )
    successor = models.OneToOneField(
        "self",
        verbose_name=_("newer version"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="predecessor",
        editable=False,
    )

    # Where the text stood in the file that it came from.
    source = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="passages",
        editable=False,
    )
    source_order = models.PositiveIntegerField(null=True, blank=True, editable=False)
    page = models.PositiveIntegerField(null=True, blank=True, editable=False)  # from 1
    section = models.CharField(max_length=300, blank=True, editable=False)  # "A › B"
    tags = models.ManyToManyField(Tag, blank=True, related_name="passages")

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ("title", "pk")
        indexes = (
            models.Index(fields=["source", "source_order"], name="passages_in_source"),
            models.Index(
                fields=["library", "title", "id"],
                condition=Q(archived_at=None),
                name="current_passages_by_title",
            ),
            models.Index(
                fields=["library", "source", "source_order", "id"],
                condition=Q(archived_at=None),
                name="current_passages_by_source",
            ),
            models.Index(
                fields=["library", "archived_at", "id"], name="passages_by_state"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="passage_has_a_text"),
            models.CheckConstraint(condition=~Q(title=""), name="passage_has_a_title"),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(archived_at__isnull=False),
                name="replaced_passage_is_archived",
            ),
            models.UniqueConstraint(
                fields=["library", "text_sha256", "title", "section"],
                condition=Q(archived_at=None),
                name="one_current_passage_per_text_and_heading",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.text_sha256 = text_hash(self.text)
        elif self.text_sha256 != text_hash(self.text):
            raise PassageChanged("A saved passage never changes: use replace().")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("passage", args=[self.library_id, self.pk])

    @property
    def heading(self) -> str:
        """All that it stands under, the highest first: what is read with its text."""
        *above, last = self.section.split(BELOW)
        # "": no section. "Care (2)" says "Care" already; "Careful use" does not.
        goes_on = self.title[len(last) :][:1].isalnum()
        if last and (goes_on or not self.title.startswith(last)):
            above.append(last)
        return ", ".join([*above, self.title])

    def versions(self) -> "list[Passage]":
        """All versions of the passage, oldest first, without their texts."""
        with connection.cursor() as cursor:
            cursor.execute(VERSIONS, [self.pk, MOST_VERSIONS, self.pk, MOST_VERSIONS])
            found = [row[0] for row in cursor.fetchall()]
        rows = Passage.objects.defer("text").select_related("created_by")
        return list(rows.filter(pk__in=found).order_by("pk"))

    def get_changes_url(self) -> str:
        """Where this version is compared with the newest."""
        return reverse("passage_changes", args=[self.library_id, self.pk])

    def archive(self) -> None:
        """Take the passage out of search; answers that quote it stay."""
        if self.archived_at is None:
            self.archived_at = timezone.now()
            self.save(update_fields=["archived_at"])

    def replace(self, *, title: str, text: str, by: User) -> "Passage":
        """Save an edit: the successor takes this passage's place, this one is archived.

        A changed title alone keeps the passage, since no offset depends on it.
        Raises PassageChanged when someone else has edited or archived it meanwhile.
        """
        with transaction.atomic():
            current = Passage.objects.current().filter(pk=self.pk).first()
            if current is None:
                said = gettext("“%(title)s” has been edited or archived.")
                raise PassageChanged(said % {"title": self.title})
            if current.text == text:
                Passage.objects.filter(pk=self.pk).update(title=title)
                self.title = title
                return self
            self.archive()
            successor = Passage.objects.create(
                library_id=self.library_id,
                title=title,
                text=text,
                created_by=by,
                source_id=self.source_id,
                source_order=self.source_order,
                page=self.page,
                section=self.section,
            )
            successor.tags.set(self.tags.all())
            self.successor = successor
            self.save(update_fields=["successor"])
        return successor


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
