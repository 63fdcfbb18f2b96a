"""The review desk: what the reader answered, and what people say to it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminRadioSelect
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Substr
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers import reviewing
from answers.admin.filters import (
    HelpfulFilter,
    LibraryFilter,
    ModelFilter,
    StatusFilter,
    VerdictFilter,
)
from answers.admin.marking import marked, marked_excerpt
from answers.models import Feedback, Question, Review, User

Action = Callable[["ReviewAdmin", HttpRequest, QuerySet[Review]], None]

AROUND = 300  # code points of the passage that the list fetches on each side
SHORT = {"right": _("Right"), "wrong_span": _("Wrong span"), "wrong": _("Wrong")}
GIVE = "_give"  # name of the verdict buttons in the list; their value is "pk:verdict"


def reviewer_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the admin is for staff
    return request.user


def bulk(verdict: Review.Verdict) -> Action:
    """Return the action that gives the selected answers this verdict."""

    said = format_lazy(_("Verdict: {verdict}"), verdict=verdict.label)

    @admin.action(description=said, permissions=["change"])
    def give(
        desk: "ReviewAdmin", request: HttpRequest, queryset: QuerySet[Review]
    ) -> None:
        keys = list(queryset.values_list("pk", flat=True))
        count = reviewing.give_verdicts(keys, verdict, by=reviewer_of(request))
        desk.message_user(request, f"{count} × {verdict.label}.", messages.SUCCESS)

    give.__name__ = f"give_{verdict.value}"
    return give


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin[Review]):
    """One row an answer; three buttons give the verdict right in the list."""

    list_display = (
        "question",
        "quote",
        "score_and_outcome",
        "give",
        "reviewer",
        "time",
    )
    list_display_links = ("question",)
    list_filter = (
        VerdictFilter,
        LibraryFilter,
        StatusFilter,
        HelpfulFilter,
        ModelFilter,
    )
    search_fields = (
        "answer__question__text",
        "answer__text",
        "answer__passage__title",
    )
    search_help_text = _("Words of the question, the answer or the passage's title")
    date_hierarchy = "answer__question__asked_at"
    list_per_page = 50
    show_full_result_count = False
    actions = tuple(bulk(verdict) for verdict in Review.Verdict)
    radio_fields: ClassVar = {"verdict": admin.HORIZONTAL}
    fields = (
        "question",
        "outcome",
        "answer_text",
        "score",
        "passage",
        "passage_text",
        "asker",
        "verdict",
        "note",
        "reviewer",
        "reviewed_at",
        "read_by",
    )
    readonly_fields = (
        "question",
        "outcome",
        "answer_text",
        "score",
        "passage",
        "passage_text",
        "asker",
        "reviewer",
        "reviewed_at",
        "read_by",
    )

    # -- rows -------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """Return the reviews of libraries that this person looks over.

        Of each passage only the part around the answer: fifty whole passages may be
        megabytes.
        """
        return (
            Review.objects.visible_to(reviewer_of(request))
            .select_related(
                "answer__question",
                "answer__passage__library",
                "reviewer",
            )
            .defer("answer__passage__text")
            .annotate(
                offset=Greatest(F("answer__start") - AROUND, 0),
                window=Substr(
                    "answer__passage__text",
                    F("offset") + 1,  # SQL counts from one
                    F("answer__end") - F("offset") + AROUND,
                ),
            )
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # reviews come from asking

    # -- cells ------------------------------------------------------------------

    @admin.display(description=_("Question"), ordering="answer__question__text")
    def question(self, review: Review) -> SafeString:
        return format_html("<bdi>{}</bdi>", review.answer.question.text)

    @admin.display(
        description=_("Answer in its passage"), ordering="answer__passage__title"
    )
    def quote(self, review: Review) -> SafeString:
        answer = review.answer
        part = marked_excerpt(
            getattr(review, "window", ""),  # annotated above
            getattr(review, "offset", 0),
            answer.start,
            answer.end,
            expected=answer.text,
        )
        return format_html('{}<p class="source">{}</p>', part, self.passage(review))

    @admin.display(description=_("Passage"))
    def passage(self, review: Review) -> SafeString:
        return format_html(
            "<bdi>{}</bdi>, <bdi>{}</bdi>",
            review.answer.passage.title,
            review.answer.passage.library.title,
        )

    @admin.display(description=_("Score"), ordering="answer__margin")
    def score_and_outcome(self, review: Review) -> SafeString:
        return format_html(
            '{} <span class="outcome">{}</span>',
            self.score(review),
            self.outcome(review),
        )

    @admin.display(description=_("Score"))
    def score(self, review: Review) -> str:
        return f"{int(100 * review.answer.score)} %"  # 100 is said only of 1

    @admin.display(description=_("Outcome"))
    def outcome(self, review: Review) -> str:
        question = review.answer.question
        if question.status == Question.Status.NO_ANSWER:
            return gettext("No answer; the nearest text")
        return question.get_status_display()

    @admin.display(description=_("Verdict"), ordering="verdict")
    def give(self, review: Review) -> SafeString:
        """Show three buttons; the one that was pressed gives the verdict back."""
        buttons = format_html_join(
            "\n",
            '<button type="submit" name="{}" value="{}:{}" aria-pressed="{}" '
            'class="verdict {}" aria-label="{}: {}" title="{}">{}</button>',
            (
                (
                    GIVE,
                    review.pk,
                    "" if verdict == review.verdict else verdict.value,
                    "true" if verdict == review.verdict else "false",
                    verdict.value,
                    verdict.label,
                    review.answer.question.text,
                    verdict.label,
                    SHORT[verdict.value],
                )
                for verdict in Review.Verdict
            ),
        )
        return format_html('<div class="verdicts">{}</div>', buttons)

    @admin.display(description=_("Date"), ordering="reviewed_at")
    def time(self, review: Review) -> SafeString | None:
        if review.reviewed_at is None:
            return None
        when = timezone.localtime(review.reviewed_at)
        return format_html(
            '<time datetime="{}">{}<br>{}</time>',
            when.isoformat(),
            f"{when:%Y-%m-%d}",
            f"{when:%H:%M}",
        )

    @admin.display(description=_("Answer"))
    def answer_text(self, review: Review) -> SafeString:
        return format_html("<bdi>{}</bdi>", review.answer.text)

    @admin.display(description=_("In the passage"))
    def passage_text(self, review: Review) -> SafeString:
        answer = review.answer
        return marked(
            answer.passage.text, answer.start, answer.end, expected=answer.text
        )

    @admin.display(description=_("The asker's word"))
    def asker(self, review: Review) -> str:
        said = Feedback.objects.filter(answer=review.answer).first()
        if said is None:
            return gettext("Nothing said")
        return gettext("Helpful") if said.helpful else gettext("Not helpful")

    @admin.display(description=_("Read by"))
    def read_by(self, review: Review) -> str:
        question = review.answer.question
        return f"{question.model_name} {question.model_hash}".strip() or gettext(
            "unknown"
        )

    # -- verdicts ---------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and GIVE in request.POST:
            self._give_in_list(request, request.POST[GIVE])
            return HttpResponseRedirect(request.get_full_path())
        title = {"title": gettext("Answers to review")}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = {"title": gettext("Review an answer")}
        return super().change_view(
            request, object_id, form_url, title | (extra_context or {})
        )

    def _give_in_list(self, request: HttpRequest, pressed: str) -> None:
        key, _, verdict = pressed.partition(":")
        review = None
        if key.isascii() and key.isdigit():
            review = self.get_queryset(request).filter(pk=key).first()
        if review is None or not self.has_change_permission(request, review):
            raise PermissionDenied
        try:
            reviewing.give_verdict(review, verdict, by=reviewer_of(request))
        except ValueError as error:
            raise PermissionDenied from error
        said = review.get_verdict_display() or gettext("Waiting again")
        self.log_change(
            request, review, gettext("Verdict: {verdict}").format(verdict=said)
        )
        self.message_user(
            request,
            format_html("{}: “<bdi>{}</bdi>”", said, review.answer.question.text),
            messages.SUCCESS,
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: Review,
        form: forms.ModelForm[Review],
        change: bool,
    ) -> None:
        reviewing.give_verdict(
            obj,
            form.cleaned_data["verdict"],
            by=reviewer_of(request),
            note=form.cleaned_data["note"],
        )

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "verdict":
            kwargs["choices"] = [("", _("Waiting")), *Review.Verdict.choices]
            kwargs["widget"] = AdminRadioSelect(attrs={"class": "radiolist inline"})
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def response_change(self, request: HttpRequest, obj: Review) -> HttpResponse:
        """Go on to the next waiting answer when that was asked for."""
        if "_next" not in request.POST:
            return super().response_change(request, obj)
        following = reviewing.next_waiting(reviewer_of(request), after=obj)
        if following is None:
            said = gettext("No answer is waiting.")
            self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:answers_review_changelist"))
        return HttpResponseRedirect(
            reverse("admin:answers_review_change", args=[following.pk])
        )
