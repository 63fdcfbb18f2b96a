"""What is saved: people, libraries, passages, questions, answers and verdicts.

A passage never changes once it is saved: an edit makes a successor and archives the old
one, so that every answer ever given stays a quote that can be checked,
`answer.passage.text[answer.start:answer.end] == answer.text`.

Offsets are Python code points, half open, into `Passage.text`. Every read of a row that
belongs to someone goes through `visible_to(user)`.
"""

import hashlib
import uuid
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import F, Q
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


class PassageQuerySet(models.QuerySet["Passage"]):
    def visible_to(self, user: Person) -> Self:
        """Passages of visible libraries, archived ones included (old answers quote)."""
        return self.filter(library__in=Library.objects.visible_to(user))

    def editable_by(self, user: Person) -> Self:
        return self.filter(library__in=Library.objects.editable_by(user))

    def current(self) -> Self:
        """Passages that are neither archived nor replaced: those that are read."""
        return self.filter(archived_at=None)


class PassageChanged(Exception):
    """Somebody tried to change the text of a saved passage, or edit an archived one."""


class Passage(models.Model):
    """One saved text; what is retrieved and read. Its text never changes."""

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="passages"
    )
    title = models.CharField(max_length=300)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    successor = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="predecessor",
        editable=False,
    )

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")
        indexes = (
            models.Index(
                fields=["library", "title", "id"],
                condition=Q(archived_at=None),
                name="current_passages_by_title",
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
                fields=["library", "text_sha256"],
                condition=Q(archived_at=None),
                name="one_current_passage_per_text",
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
                raise PassageChanged(f"“{self.title}” has been edited or archived.")
            if current.text == text:
                Passage.objects.filter(pk=self.pk).update(title=title)
                self.title = title
                return self
            self.archive()
            successor = Passage.objects.create(
                library_id=self.library_id, title=title, text=text, created_by=by
            )
            self.successor = successor
            self.save(update_fields=["successor"])
        return successor


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: Person) -> Self:
        """A conversation is its owner's alone, while they may read its library."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user=user, library__in=Library.objects.visible_to(user))


class Conversation(models.Model):
    """A user's questions to one library, in order."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="conversations"
    )
    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="conversations"
    )
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "-pk")
        indexes = (
            models.Index(fields=["user", "-updated_at"], name="conversations_by_user"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def with_answers(self) -> Self:
        """Everything that the page of a conversation shows, in three queries."""
        answers = Answer.objects.select_related("passage", "question").prefetch_related(
            "feedback"
        )
        return self.select_related("passage", "conversation__library").prefetch_related(
            models.Prefetch("answers", queryset=answers)
        )


class Question(models.Model):
    """What the user typed, and how far answering it has come."""

    class Status(models.TextChoices):
        PENDING = "pending", "Being answered"
        ANSWERED = "answered", "Answered"
        NO_ANSWER = "no_answer", "No answer in these passages"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    # Made by the client, so that sending a question twice is harmless.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="questions"
    )
    text = models.TextField()
    passage = models.ForeignKey(  # set: only this passage is read
        Passage,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="questions",
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PENDING
    )
    error_code = models.CharField(max_length=20, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    model_hash = models.CharField(max_length=64, blank=True)
    passages_read = models.PositiveIntegerField(default=0)
    windows_read = models.PositiveIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        indexes = (
            models.Index(
                fields=["conversation", "asked_at"], name="questions_in_order"
            ),
            models.Index(fields=["-finished_at"], name="questions_by_finish"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="question_has_a_text"),
            models.CheckConstraint(
                condition=Q(status="pending", finished_at=None)
                | (~Q(status="pending") & Q(finished_at__isnull=False)),
                name="finished_questions_say_when",
            ),
        )

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.conversation.get_absolute_url()}#question-{self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(question__in=Question.objects.visible_to(user))


class Answer(models.Model):
    """A ranked span of a passage, as shown and saved.

    Of a question without an answer these are the nearest spans.
    """

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="answers"
    )
    passage = models.ForeignKey(
        Passage, on_delete=models.CASCADE, related_name="answers"
    )
    rank = models.PositiveIntegerField()  # 1 is the best
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    margin = models.FloatField()  # span logit sum minus null score
    score = models.FloatField()  # calibrated probability that the answer is right

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ("question", "rank")
        constraints = (
            models.UniqueConstraint(
                fields=["question", "rank"], name="one_answer_per_rank"
            ),
            models.CheckConstraint(
                condition=Q(start__gte=0, end__gt=F("start")),
                name="answer_ends_after_its_start",
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="ranks_begin_at_one"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1), name="score_is_a_probability"
            ),
        )

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """The passage, opened at the mark."""
        return f"{self.passage.get_absolute_url()}?answer={self.pk}#mark"

    @property
    def is_exact(self) -> bool:
        """Whether the passage still holds the quote at its offsets."""
        return self.passage.text[self.start : self.end] == self.text


class Feedback(models.Model):
    """Whether an answer helped the person who asked."""

    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, related_name="feedback"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feedback")
    helpful = models.BooleanField()
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = (
            models.UniqueConstraint(
                fields=["answer", "user"], name="one_feedback_per_person_and_answer"
            ),
        )

    def __str__(self) -> str:
        return f"{'helpful' if self.helpful else 'not helpful'}: {self.answer}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Person) -> Self:
        """Reviews of libraries that the person may look over."""
        libraries = Library.objects.reviewable_by(user)
        return self.filter(answer__question__conversation__library__in=libraries)

    def waiting(self) -> Self:
        return self.filter(verdict="")


class Review(models.Model):
    """A reviewer's verdict on the best answer of a question; empty until given."""

    class Verdict(models.TextChoices):
        RIGHT = "right", "Right"
        WRONG_SPAN = "wrong_span", "Right passage, wrong span"
        WRONG = "wrong", "Wrong"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=12, choices=Verdict.choices, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    reviewer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(verdict="", reviewed_at=None, reviewer=None)
                | (
                    ~Q(verdict="")
                    & Q(reviewed_at__isnull=False, reviewer__isnull=False)
                ),
                name="verdicts_say_who_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display() or 'Waiting'}: {self.answer}"

    def give(self, verdict: str, *, by: User, note: str = "") -> None:
        """Record the verdict; an empty one puts the answer back into the queue."""
        self.verdict = verdict
        self.note = note
        self.reviewer = by if verdict else None
        self.reviewed_at = timezone.now() if verdict else None
        self.save(update_fields=["verdict", "note", "reviewer", "reviewed_at"])
