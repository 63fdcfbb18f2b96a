"""What people ask, what is answered, and whether it helped."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers import outages
from answers.models.libraries import Library, Person, User
from answers.models.passages import Passage
from answers.texts import shortened, words_key

TITLE_CHARACTERS = 80  # of a title that nobody has chosen

# By the code that a failed question is saved with.
WHAT_WENT_WRONG = {
    "no_reader": _("No model is ready to read. Please tell whoever runs this."),
    "busy": _("The reader is busy. Please ask again in a moment."),
    "failed": _("Something went wrong while reading. Please ask again."),
    "outage": outages.SENTENCE,
    "empty_question": _("The question is empty."),
    "question_too_long": _(
        "The question has %(tokens)d tokens (words and pieces of words); the limit "
        "is %(limit)d. Please ask a shorter one."
    ),
    "passages_too_long": _(
        "The passages are too long for one question: they need %(windows)d windows; "
        "the limit is %(limit)d. Please ask one passage instead of all."
    ),
}


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: Person) -> Self:
        """A conversation is its owner's alone; its quotes: Answer.visible_to."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user=user)

    def pinned_first(self) -> Self:
        """Those pinned, the last one pinned first; then by what was asked last."""
        pinned = F("pinned_at").desc(nulls_last=True)
        return self.order_by(pinned, "-updated_at", "-pk")


class Conversation(models.Model):
    """A user's questions, in order. What each one asks, it says itself."""

    user = models.ForeignKey(
        User,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="conversations",
    )
    title = models.CharField(_("title"), max_length=200)
    created_at = models.DateTimeField(
        _("created at"), default=timezone.now, editable=False
    )
    updated_at = models.DateTimeField(
        _("last asked at"), default=timezone.now, editable=False
    )
    pinned_at = models.DateTimeField(_("pinned at"), null=True, blank=True)
    # Set: whoever has the link may read the conversation.
    share_token = models.CharField(
        _("key of its link"), max_length=43, null=True, blank=True, unique=True
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-updated_at", "-pk")
        indexes = (
            models.Index(fields=["user", "-updated_at"], name="conversations_by_user"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])

    @classmethod
    def title_for(cls, question: str) -> str:
        """Return the title of a conversation that begins with this question."""
        return shortened(question, TITLE_CHARACTERS)


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def legible_to(self, user: Person) -> Self:
        """Questions whose texts reviewers may read, whoever has asked.

        They asked nothing but what the person reviews, and no passage that has gone
        elsewhere since. Superusers read all.
        """
        if user.is_superuser:
            return self
        mine = Library.objects.reviewable_by(user)
        others = Question.libraries.through.objects.exclude(library__in=mine)
        read = Passage.objects.filter(library__in=mine, pk=OuterRef("passage"))
        legible = self.filter(~Exists(others.filter(question=OuterRef("pk"))))
        return legible.filter(Q(passage=None) | Exists(read))

    def with_answers(self, user: Person) -> Self:
        """Everything that the page of a conversation shows, in four queries.

        Two more where some of the answers were confirmed by reviewers. Quotes of
        libraries that are not shared with the person (any more) are left out.
        """
        answers = (
            Answer.objects.readable_by(user)
            .select_related("passage__library", "passage__successor", "question")
            .prefetch_related("feedback")
            .with_confirmations()
        )
        return self.select_related(
            "passage__library", "conversation__user"
        ).prefetch_related("libraries", models.Prefetch("answers", queryset=answers))


class Question(models.Model):
    """What the user typed, and how far answering it has come."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Being answered")
        ANSWERED = "answered", _("Answered")
        NO_ANSWER = "no_answer", _("No answer in these passages")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    # Made by the client, so that sending a question twice is harmless.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="questions",
    )
    text = models.TextField(_("text"))
    words_key = models.CharField(max_length=32, editable=False)  # texts.words_key
    libraries = models.ManyToManyField(  # asked
        Library, verbose_name=_("libraries"), related_name="questions"
    )
    passage = models.ForeignKey(  # set: only this passage is read
        Passage,
        verbose_name=_("passage"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="questions",
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    error_code = models.CharField(_("code of the error"), max_length=20, blank=True)
    error_params = models.JSONField(  # numbers in the sentence
        _("numbers of the error"), default=dict, blank=True
    )
    error_message = models.CharField(  # of an unknown code
        _("message of the error"), max_length=300, blank=True
    )
    # The passages are read though reviewers have confirmed an answer.
    read_anyway = models.BooleanField(_("read anyway"), default=False)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    model_name = models.CharField(_("name of the model"), max_length=100, blank=True)
    model_hash = models.CharField(_("hash of the model"), max_length=64, blank=True)
    passages_read = models.PositiveIntegerField(_("passages read"), default=0)
    windows_read = models.PositiveIntegerField(_("windows read"), default=0)
    took_ms = models.PositiveIntegerField(_("milliseconds taken"), default=0)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("asked_at", "pk")
        indexes = (
            models.Index(
                fields=["conversation", "asked_at"], name="questions_in_order"
            ),
            models.Index(fields=["-finished_at"], name="questions_by_finish"),
            models.Index(fields=["-asked_at", "words_key"], name="questions_by_time"),
            models.Index(fields=["status", "-asked_at"], name="questions_by_status"),
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.words_key = words_key(self.text)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"{self.conversation.get_absolute_url()}#question-{self.pk}"

    def may_be_read_by(self, user: Person) -> bool:
        """Whether the person asked it, and may still read some of what it asks.

        Whose conversation it is may have changed since the question was loaded.
        """
        owned = Conversation.objects.filter(pk=self.conversation_id, user=user.pk)
        if not owned.exists():
            return False
        if self.passage_id is not None:
            return Passage.objects.visible_to(user).filter(pk=self.passage_id).exists()
        pasted = Q(conversation=self.conversation_id)
        seen = Library.objects.filter(
            pasted | Q(pk__in=Library.objects.visible_to(user))
        )
        return seen.filter(questions=self.pk).exists()

    @property
    def error_text(self) -> str:
        """What went wrong, as a sentence in the language of whoever reads it."""
        sentence = WHAT_WENT_WRONG.get(self.error_code)
        if sentence is None:
            return self.error_message or str(WHAT_WENT_WRONG["failed"])
        try:
            return str(str(sentence) % self.error_params)
        except (KeyError, TypeError, ValueError):  # saved by another version
            return self.error_message or str(WHAT_WENT_WRONG["failed"])

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def was_read(self) -> bool:
        """Whether a model answers it; a reviewer or a file may have done so before."""
        return self.is_pending or bool(self.model_name)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: Person) -> Self:
        """Answers of the person's own questions, from passages that they may read."""
        mine = Question.objects.visible_to(user)
        return self.readable_by(user).filter(question__in=mine)

    def readable_by(self, user: Person) -> Self:
        """Answers from passages that the person may read, whoever has asked.

        Looked up for each answer: SQLite would else list all passages there are.
        """
        seen = Passage.objects.visible_to(user).filter(pk=OuterRef("passage"))
        return self.filter(Exists(seen))

    def legible_to(self, user: Person) -> Self:
        """Quotes that reviewers may read, of questions that they may read as well."""
        if user.is_superuser:
            return self
        mine = Library.objects.reviewable_by(user)
        quoted = Passage.objects.filter(library__in=mine, pk=OuterRef("passage"))
        asked = Question.objects.legible_to(user).filter(pk=OuterRef("question"))
        return self.filter(Exists(quoted), Exists(asked))

    def with_confirmations(self) -> Self:
        """With all that tells whether what reviewers confirmed still stands."""
        return self.select_related(
            "confirmation__reviewer", "confirmation__item"
        ).prefetch_related("confirmation__item__reviews__spans")


class Answer(models.Model):
    """A ranked span of a passage, as shown and saved.

    Of a question without an answer these are the nearest spans.
    """

    question = models.ForeignKey(
        Question,
        verbose_name=_("question"),
        on_delete=models.CASCADE,
        related_name="answers",
    )
    passage = models.ForeignKey(
        Passage,
        verbose_name=_("passage"),
        on_delete=models.CASCADE,
        related_name="answers",
    )
    rank = models.PositiveIntegerField(_("rank"))  # 1 is the best
    start = models.PositiveIntegerField(_("start"))
    end = models.PositiveIntegerField(_("end"))
    text = models.TextField(_("text"))
    margin = models.FloatField(_("margin"))  # span logit sum minus null score
    # The calibrated probability that the answer is right.
    score = models.FloatField(_("score"))
    # Why this answer: the passage's rank in the search (1 is best), and the window of
    # the passage that it was read in (from 0).
    passage_rank = models.PositiveIntegerField(
        _("rank of the passage"), null=True, blank=True
    )
    window = models.PositiveIntegerField(_("window"), null=True, blank=True)
    windows = models.PositiveIntegerField(  # of the passage
        _("windows"), null=True, blank=True
    )
    # Not empty: no model read this; a reviewer of this name had confirmed it for the
    # same question. Its score is 1 and its margin 0, and neither is to be shown.
    confirmed_by = models.CharField(_("confirmed by"), max_length=150, blank=True)
    # None once that review is gone with the question that it was about.
    confirmation = models.ForeignKey(
        "Review",
        verbose_name=_("confirmed by the review"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="confirmed_answers",
    )

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
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
            models.CheckConstraint(
                condition=Q(confirmation=None) | ~Q(confirmed_by=""),
                name="confirmations_say_by_whom",
            ),
        )

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """The passage, opened at the mark."""
        return f"{self.passage.get_absolute_url()}?answer={self.pk}#mark"

    @property
    def is_confirmed(self) -> bool:
        """Whether a reviewer's word stands in the place of score and margin."""
        return bool(self.confirmed_by)

    @property
    def is_scored(self) -> bool:
        """Whether score and margin are a model's; else they are not to be shown.

        A reviewer had confirmed it, or it came with its question from a file. Asks the
        database nothing where the question is loaded.
        """
        return not self.is_confirmed and self.question.was_read

    @property
    def is_exact(self) -> bool:
        """Whether the passage still holds the quote at its offsets."""
        return self.passage.text[self.start : self.end] == self.text


class Feedback(models.Model):
    """Whether an answer helped the person who asked."""

    answer = models.ForeignKey(
        Answer,
        verbose_name=_("answer"),
        on_delete=models.CASCADE,
        related_name="feedback",
    )
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="feedback"
    )
    helpful = models.BooleanField(_("helpful"))
    given_at = models.DateTimeField(_("given at"), default=timezone.now)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        indexes = (models.Index(fields=["given_at"], name="feedback_by_time"),)
        constraints = (
            models.UniqueConstraint(
                fields=["answer", "user"], name="one_feedback_per_person_and_answer"
            ),
        )

    def __str__(self) -> str:
        said = gettext("Helpful") if self.helpful else gettext("Not helpful")
        return f"{said}: {self.answer}"
