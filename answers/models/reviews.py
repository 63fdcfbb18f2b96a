"""What waits for reviewers, and what they say.

An item is a question that was answered; a review is what one person said of it. An
item wants one review, or two by different people; where they differ a third decides.
What stands then is the item's verdict, and its correct spans are the golds that models
are measured with and trained on.
"""

import random
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.models.conversations import Answer, Question
from answers.models.libraries import Library, Person, User
from answers.models.passages import Passage
from answers.texts import shortened

CLAIMS_LAST = timedelta(minutes=15)
LOTS = 1 << 31


def draw_lot() -> int:
    """Return a number for the random order of the queue, and for second reviews."""
    return random.randrange(LOTS)  # noqa: S311  nothing depends on its being secret


class Verdict(models.TextChoices):
    """What a reviewer says of the best answer to a question."""

    RIGHT = "right", _("Right")
    WRONG_SPAN = "wrong_span", _("Right passage, wrong span")
    WRONG = "wrong", _("Wrong")
    NO_ANSWER = "no_answer", _("The passages hold no answer")
    UNCLEAR = "unclear", _("The question is unclear")


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def visible_to(self, user: Person) -> Self:
        """Items of libraries that the person may look over."""
        return self.filter(library__in=Library.objects.reviewable_by(user))

    def waiting_for(self, user: User) -> Self:
        """Items that still want a review, and the person can give it now.

        Those that they have not reviewed themselves, and that nobody else has taken.
        """
        return self.free_for(user).filter(state=ReviewItem.State.WAITING)

    def in_conflict_for(self, user: User) -> Self:
        """Items whose reviewers differ and that the person, a third, can decide."""
        return self.free_for(user).filter(state=ReviewItem.State.CONFLICT)

    def free_for(self, user: User) -> Self:
        """Items that nobody else has taken and the person has not reviewed."""
        theirs = Review.objects.standing().filter(item=OuterRef("pk"), reviewer=user)
        free = Q(claimed_by=None) | Q(claimed_by=user)
        free |= Q(claimed_until__lte=timezone.now())
        return self.visible_to(user).filter(free).exclude(Exists(theirs))

    def decided(self) -> Self:
        """Items whose reviewers differed and that a third has decided."""
        return self.filter(_decided())

    def wanting_another(self) -> Self:
        """Items that wait, and want more than one review."""
        return self.filter(_wanting_another())

    def free_for_another(self) -> Self:
        """Items that one more person can be asked to look at."""
        return self.exclude(_wanting_another()).exclude(_decided())

    def settled(self) -> Self:
        """Items with a verdict that stands."""
        return self.filter(state=ReviewItem.State.REVIEWED)


def _wanting_another() -> Q:
    return Q(state=ReviewItem.State.WAITING, wanted__gt=1)


def _decided() -> Q:
    last_words = Review.objects.standing().filter(item=OuterRef("pk"), decides=True)
    return Q(state=ReviewItem.State.REVIEWED) & Q(Exists(last_words))


class ReviewItem(models.Model):
    """A question that was answered, and what its reviewers made of it.

    Some columns repeat what other tables say: the queue is ordered by them, and must
    not join and sort a million rows for each item.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CONFLICT = "conflict", _("In conflict")
        REVIEWED = "reviewed", _("Reviewed")

    question = models.OneToOneField(
        Question,
        verbose_name=_("question"),
        on_delete=models.CASCADE,
        related_name="review_item",
    )
    # The best one: what the verdict is about. None only for a question from a file that
    # says there is no answer: lists and screens say "No answer was given", `passage` is
    # the one to show, and a reviewer who agrees says NO_ANSWER ("right" is refused).
    answer = models.ForeignKey(
        Answer,
        verbose_name=_("answer"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="review_items",
    )
    library = models.ForeignKey(  # of the passage
        Library,
        verbose_name=_("library"),
        on_delete=models.CASCADE,
        related_name="review_items",
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.WAITING
    )
    wanted = models.PositiveSmallIntegerField(_("reviews wanted"), default=1)
    verdict = models.CharField(  # that stands; empty until the item is reviewed
        _("verdict"), max_length=12, choices=Verdict.choices, blank=True
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    claimed_by = models.ForeignKey(
        User,
        verbose_name=_("taken by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    # Imported from a file, with its id there; the file's golds are the answers. No
    # model gave them: the question has no model_name, and their scores and margins are
    # not to be shown. The question's own passage is the one that the file asks.
    external_id = models.CharField(
        _("id in its file"), max_length=200, blank=True, default=""
    )
    # For the queue. Doubt is 0..0.5, the highest where the score is one half.
    score = models.FloatField(_("score"))
    doubt = models.FloatField(_("doubt"))
    unhelpful = models.PositiveIntegerField(_("called not helpful"), default=0)
    lot = models.PositiveIntegerField(_("lot"), default=draw_lot)
    asked_at = models.DateTimeField(_("asked at"))
    model_hash = models.CharField(  # of the model that answered
        _("hash of the model"), max_length=64, blank=True, default=""
    )
    # Of the question's words (texts.words_key), for confirmed answers.
    words_key = models.CharField(max_length=32, editable=False)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items to review")
        ordering = ("-asked_at", "-pk")
        indexes = (
            models.Index(fields=["state", "-doubt", "-id"], name="items_by_doubt"),
            models.Index(
                fields=["state", "-unhelpful", "-id"], name="items_by_dispute"
            ),
            models.Index(fields=["state", "-asked_at", "-id"], name="items_by_time"),
            models.Index(fields=["state", "lot", "-id"], name="items_by_lot"),
            models.Index(fields=["library", "state"], name="items_of_library"),
            models.Index(
                fields=["settled_at"],
                condition=Q(settled_at__isnull=False),
                name="reviewed_items_by_time",
            ),
            models.Index(fields=["model_hash", "state"], name="items_of_model"),
            models.Index(fields=["state", "wanted"], name="items_by_wanted"),
            models.Index(fields=["verdict", "state"], name="items_by_verdict"),
            models.Index(fields=["-asked_at", "-id"], name="items_of_all_states"),
            models.Index(
                fields=["words_key", "-settled_at", "library"],
                condition=Q(state="reviewed"),
                name="reviewed_items_by_words",
            ),
            # Not unique: items follow their passages to other libraries.
            models.Index(
                fields=["library", "external_id"], name="items_by_external_id"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(answer__isnull=False) | ~Q(external_id=""),
                name="only_files_ask_without_an_answer",
            ),
            models.CheckConstraint(
                condition=Q(state="reviewed", settled_at__isnull=False) & ~Q(verdict="")
                | (~Q(state="reviewed") & Q(settled_at=None, verdict="")),
                name="reviewed_items_say_what_and_when",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None) | Q(claimed_until__isnull=False),
                name="claims_say_until_when",
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=1), name="an_item_wants_a_review"
            ),
        )

    def __str__(self) -> str:
        said = self.get_verdict_display() or gettext("Waiting")
        return f"{said}: {shortened(self.question.text, 80)}"

    @classmethod
    def of(cls, question: Question, answer: Answer, library_id: int) -> Self:
        """Return the item, not saved yet, of a question with its best answer."""
        return cls(
            question=question,
            answer=answer,
            library_id=library_id,
            score=answer.score,
            doubt=0.5 - abs(answer.score - 0.5),
            asked_at=question.asked_at,
            model_hash=question.model_hash,
            words_key=question.words_key,
        )

    @property
    def passage(self) -> Passage | None:
        """The passage that the verdict is about."""
        return self.answer.passage if self.answer else self.question.passage

    @property
    def passage_id(self) -> int | None:
        return self.answer.passage_id if self.answer else self.question.passage_id

    @property
    def is_settled(self) -> bool:
        return self.state == self.State.REVIEWED

    def is_claimed_by_another(self, user: User) -> bool:
        return (
            self.claimed_by_id not in (None, user.pk)
            and self.claimed_until is not None
            and self.claimed_until > timezone.now()
        )


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Person) -> Self:
        """Reviews of libraries that the person may look over."""
        return self.filter(item__library__in=Library.objects.reviewable_by(user))

    def standing(self) -> Self:
        """Reviews that were not withdrawn."""
        return self.filter(withdrawn_at=None)

    def that_count(self) -> Self:
        """Of items with a verdict that stands, the reviews that made it.

        The third's alone where reviewers differed, else all of them. No other item has
        a verdict; asked for the state as well, SQLite would go through all that are
        reviewed, however few are wanted.
        """
        return self.standing().filter(verdict=F("item__verdict"))


class Review(models.Model):
    """What one person said of an item."""

    item = models.ForeignKey(
        ReviewItem,
        verbose_name=_("item"),
        on_delete=models.CASCADE,
        related_name="reviews",
    )
    reviewer = models.ForeignKey(
        User,
        verbose_name=_("reviewer"),
        on_delete=models.PROTECT,
        related_name="reviews",
    )
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    decides = models.BooleanField(_("decides a conflict"), default=False)
    reviewed_at = models.DateTimeField(_("reviewed at"), default=timezone.now)
    seconds = models.PositiveIntegerField(  # from seeing the item to the verdict
        _("seconds taken"), null=True, blank=True
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["reviewer", "-reviewed_at"], name="reviews_by_person"),
            models.Index(fields=["-reviewed_at"], name="reviews_by_time"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["item", "reviewer"], name="one_review_per_person_and_item"
            ),
            models.CheckConstraint(
                condition=~Q(verdict=""), name="a_review_has_a_verdict"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {shortened(self.item.question.text, 80)}"

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    def confirms(self, answer: Answer) -> bool:
        """Whether the answer's span is (still) correct by this review's word.

        As reviewing.golds_of says it, of one span; asks the database nothing where the
        item, its reviews and their spans are loaded.
        """
        counting = [
            review
            for review in self.item.reviews.all()
            if review.stands and review.verdict == self.item.verdict
        ]
        mine = any(one.pk == self.pk and one.marks(answer) for one in counting)
        deciding = [one for one in counting if one.decides] or counting
        return mine and any(one.marks(answer) for one in deciding)

    def marks(self, answer: Answer) -> bool:
        """Whether the answer's span is one of this review's correct ones."""
        place = (answer.passage_id, answer.start, answer.end)
        return any(
            (span.passage_id, span.start, span.end) == place
            for span in self.spans.all()
        )


class CorrectSpan(models.Model):
    """A correct answer by a reviewer's word: text[start:end] of the passage.

    A review that calls the answer right repeats the answer's own span here, so that
    these rows alone are the golds.
    """

    review = models.ForeignKey(
        Review,
        verbose_name=_("review"),
        on_delete=models.CASCADE,
        related_name="spans",
    )
    passage = models.ForeignKey(
        Passage,
        verbose_name=_("passage"),
        on_delete=models.CASCADE,
        related_name="correct_spans",
    )
    start = models.PositiveIntegerField(_("start"))
    end = models.PositiveIntegerField(_("end"))
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("correct span")
        verbose_name_plural = _("correct spans")
        ordering = ("review", "passage", "start", "end")
        constraints = (
            models.UniqueConstraint(
                fields=["review", "passage", "start", "end"],
                name="one_correct_span_per_place",
            ),
            models.CheckConstraint(
                condition=Q(start__gte=0, end__gt=F("start")),
                name="correct_span_ends_after_its_start",
            ),
        )

    def __str__(self) -> str:
        return self.text
