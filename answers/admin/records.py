"""What is saved, for looking at. Texts are edited on the site, never here.

A passage never changes once it is saved, and questions and answers are what really
happened: here they can be read, and deleted by those who may.
"""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from answers.admin.bounded import FEW, BoundedAdmin, ShortNames, few_or_all
from answers.admin.searching import questions_with
from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Library,
    Membership,
    Passage,
    Question,
    User,
)


class RecordAdmin(BoundedAdmin):
    """Rows that nobody adds or changes here, the newest first.

    In no other order: none has an index, and sorting a million rows takes seconds.
    """

    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class MembershipInline(admin.TabularInline[Membership, Library]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Library)
class LibraryAdmin(BoundedAdmin):
    list_display = ("title", "is_public", "current_passages", "created_at")
    list_filter = ("is_public",)
    search_fields = ("title",)
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Library]:
        current = Count("passages", filter=Q(passages__archived_at=None))
        return Library.objects.reviewable_by(request.user).annotate(current=current)

    @admin.display(description=_("Passages"), ordering="current")
    def current_passages(self, library: Library) -> int:
        current: int = getattr(library, "current", 0)  # annotated above
        return current


@admin.register(Passage)
class PassageAdmin(RecordAdmin):
    list_display = ("title", "library", "created_at", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter),)
    search_fields = ("title",)
    fields = (
        "title",
        "library",
        "whole_text",
        "created_at",
        "created_by",
        "archived_at",
        "successor",
    )
    readonly_fields = ("whole_text",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        libraries = Library.objects.reviewable_by(request.user)
        return Passage.objects.filter(library__in=libraries).select_related("library")

    @admin.display(description=_("Text"))
    def whole_text(self, passage: Passage) -> SafeString:
        return format_html(
            '<div class="passage" dir="auto" tabindex="0" role="group" '
            'aria-label="{}">{}</div>',
            _("Passage"),
            passage.text,
        )


@admin.register(Conversation)
class ConversationAdmin(RecordAdmin):
    """A conversation is its owner's alone: only superusers see those of others."""

    list_display = ("title", "user", "updated_at")
    search_fields = ("user__username__exact",)
    search_help_text = _("The name of who asked")
    list_select_related = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        if isinstance(request.user, User) and request.user.is_superuser:
            return Conversation.objects.all()
        return Conversation.objects.visible_to(request.user)


class SearchedAdmin(RecordAdmin):
    """Rows that are found by words of a question or its quotes, by their index."""

    search_fields = ("pk",)  # in truth by the index
    search_help_text = _("Words of the question or the answer; the newest are found")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip() or not isinstance(request.user, User):
            return queryset, False
        return self.holding(queryset, questions_with(search_term, request.user)), False

    def holding(self, rows: QuerySet[Any], questions: set[UUID]) -> QuerySet[Any]:
        raise NotImplementedError


@admin.register(Question)
class QuestionAdmin(SearchedAdmin):
    """Questions to libraries that one reviews, without saying who asked."""

    list_display = ("text", "asked", "status", "took_ms", "asked_at")
    list_filter = ("status",)
    ordering = ("-asked_at", "-pk")
    exclude = ("conversation", "libraries")
    readonly_fields = ("asked",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        libraries = Library.objects.reviewable_by(request.user)
        asked = Question.libraries.through.objects.filter(library__in=libraries)
        if asked[: FEW + 1].count() > FEW:
            questions = Question.objects.filter(
                Exists(asked.filter(question=OuterRef("pk")))
            )
        else:  # walking all in order of time would take long to find any
            questions = Question.objects.filter(pk__in=asked.values("question"))
        return questions.prefetch_related(Prefetch("libraries", queryset=libraries))

    def holding(self, rows: QuerySet[Any], questions: set[UUID]) -> QuerySet[Any]:
        return rows.filter(pk__in=questions)

    @admin.display(description=_("Libraries"))
    def asked(self, question: Question) -> str:
        return ", ".join(library.title for library in question.libraries.all())


@admin.register(Answer)
class AnswerAdmin(SearchedAdmin):
    list_display = (
        "text",
        "rank",
        "question",
        "passage",
        "model_score",
        "model_margin",
    )
    list_select_related = ("question", "passage")
    exclude = ("score", "margin")
    readonly_fields = ("model_score", "model_margin")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        libraries = Library.objects.reviewable_by(request.user)
        passages = Passage.objects.filter(library__in=libraries)
        few, are_many = few_or_all(Answer.objects.filter(passage__in=passages))
        if not are_many:
            return few
        return Answer.objects.filter(Exists(passages.filter(pk=OuterRef("passage"))))

    def holding(self, rows: QuerySet[Any], questions: set[UUID]) -> QuerySet[Any]:
        return rows.filter(question__in=questions)

    @admin.display(description=_("score"))
    def model_score(self, answer: Answer) -> str | float:
        if answer.is_confirmed:
            return _("Confirmed by %(name)s") % {"name": answer.confirmed_by}
        return answer.score

    @admin.display(description=_("margin"))
    def model_margin(self, answer: Answer) -> float | None:
        return None if answer.is_confirmed else answer.margin


@admin.register(Feedback)
class FeedbackAdmin(RecordAdmin):
    list_display = ("answer", "helpful", "user", "given_at")
    list_filter = ("helpful",)
    list_select_related = ("answer", "user")


@admin.register(User)
class PersonAdmin(ShortNames, UserAdmin[User]):
    """Accounts, as Django looks after them."""
