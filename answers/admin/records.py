"""What is saved, for looking at. Texts are edited on the site, never here.

A passage never changes once it is saved, and questions and answers are what really
happened: here they can be read, and deleted by those who may.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, Model, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

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


class RecordAdmin(admin.ModelAdmin[Any]):
    """Rows that nobody adds or changes here."""

    list_per_page = 50
    show_full_result_count = False

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
class LibraryAdmin(admin.ModelAdmin[Library]):
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
    search_fields = ("title", "user__username")
    date_hierarchy = "updated_at"
    list_select_related = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        if isinstance(request.user, User) and request.user.is_superuser:
            return Conversation.objects.all()
        return Conversation.objects.visible_to(request.user)


@admin.register(Question)
class QuestionAdmin(RecordAdmin):
    """Questions to libraries that one reviews, without saying who asked."""

    list_display = ("text", "asked", "status", "took_ms", "asked_at")
    list_filter = ("status",)
    search_fields = ("text",)
    date_hierarchy = "asked_at"
    exclude = ("conversation", "libraries")
    readonly_fields = ("asked",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        libraries = Library.objects.reviewable_by(request.user)
        asked = Question.objects.filter(libraries__in=libraries).distinct()
        return asked.prefetch_related(Prefetch("libraries", queryset=libraries))

    @admin.display(description=_("Libraries"))
    def asked(self, question: Question) -> str:
        return ", ".join(library.title for library in question.libraries.all())


@admin.register(Answer)
class AnswerAdmin(RecordAdmin):
    list_display = (
        "text",
        "rank",
        "question",
        "passage",
        "model_score",
        "model_margin",
    )
    search_fields = ("text", "question__text")
    list_select_related = ("question", "passage")
    exclude = ("score", "margin")
    readonly_fields = ("model_score", "model_margin")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        libraries = Library.objects.reviewable_by(request.user)
        return Answer.objects.filter(passage__library__in=libraries)

    @admin.display(description=_("score"), ordering="score")
    def model_score(self, answer: Answer) -> str | float:
        if answer.is_confirmed:
            return _("Confirmed by %(name)s") % {"name": answer.confirmed_by}
        return answer.score

    @admin.display(description=_("margin"), ordering="margin")
    def model_margin(self, answer: Answer) -> float | None:
        return None if answer.is_confirmed else answer.margin


@admin.register(Feedback)
class FeedbackAdmin(RecordAdmin):
    list_display = ("answer", "helpful", "user", "given_at")
    list_filter = ("helpful",)
    list_select_related = ("answer", "user")


admin.site.register(User, UserAdmin)
