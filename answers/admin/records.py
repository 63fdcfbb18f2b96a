"""What is saved, for looking at. Texts are edited on the site, never here.

A passage never changes once it is saved, and questions and answers are what really
happened: here they can be read, and deleted by those who may.
"""

from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers import addresses, organising, recalling, sharing
from answers.admin.bounded import (
    FEW,
    BoundedAdmin,
    BoundedSearch,
    ShortNames,
    few_or_all,
    numbers_of,
)
from answers.admin.members import MembershipInline, owners_needed
from answers.admin.searching import questions_with
from answers.models import (
    Answer,
    Conversation,
    Feedback,
    Library,
    Membership,
    Passage,
    Question,
    Replay,
    Review,
    ReviewItem,
    User,
)

# On the page of a library. Django refuses a form of more than a thousand fields.
MEMBERS_EDITED = 50


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

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Lead to the page on the site only those who may open it."""
        response = super().render_change_form(request, context, *args, **kwargs)
        row = kwargs.get("obj")
        if context.get("has_absolute_url") and isinstance(request.user, User):
            context["has_absolute_url"] = self.is_open_to(request.user, row)
        return response

    def is_open_to(self, user: User, row: Any) -> bool:
        """Whether the person may open the row's page on the site."""
        seen: QuerySet[Any] = type(row).objects.visible_to(user)
        return seen.filter(pk=row.pk).exists()


@admin.register(Library)
class LibraryAdmin(BoundedAdmin):
    list_display = ("title", "is_public", "current_passages", "created_at")
    list_filter = ("is_public",)
    search_fields = ("title",)
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)

    def get_inlines(self, request: HttpRequest, obj: Library | None) -> Any:
        return () if has_many_members(obj) else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        more = ("all_members",) if has_many_members(obj) else ()
        return (*self.readonly_fields, *more)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Library]:
        current = Count("passages", filter=Q(passages__archived_at=None))
        return Library.objects.reviewable_by(request.user).annotate(current=current)

    @admin.display(description=_("Passages"), ordering="current")
    def current_passages(self, library: Library) -> int:
        current: int = getattr(library, "current", 0)  # annotated above
        return current

    @admin.display(description=_("memberships"))
    def all_members(self, library: Library) -> SafeString:
        """Lead to the list of them, where they are too many for this page."""
        url = reverse("admin:answers_membership_changelist")
        count = library.memberships.count()
        return format_html(
            '<a href="{}?library__id__exact={}">{}</a>',
            url,
            library.pk,
            gettext("All %(count)d members") % {"count": count},
        )

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: bool
    ) -> None:
        formset.save_through_sharing(request)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Whoever adds a library owns it, unless an owner was named."""
        super().save_related(request, form, formsets, change)
        if not change:
            sharing.give_owner(form.instance, cast(User, request.user))

    def what_goes(self, objs: Any) -> dict[str, int]:
        return numbers_of(
            Library.objects.filter(pk__in=_keys(objs)),
            Passage.objects.filter(library__in=_keys(objs)),
            Answer.objects.filter(passage__library__in=_keys(objs)),
            ReviewItem.objects.filter(library__in=_keys(objs)),
        )

    def delete_model(self, request: HttpRequest, obj: Library) -> None:
        """Once the admin's transaction is over: in lots, others can write between."""
        transaction.on_commit(partial(organising.delete_library, obj))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for library in queryset:
            self.delete_model(request, library)


def has_many_members(library: Library | None) -> bool:
    if library is None:
        return False
    return library.memberships.count() > MEMBERS_EDITED


def _keys(objs: Any) -> list[int]:
    return [one.pk for one in objs]


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
        passages = Passage.objects.filter(library__in=libraries)
        # The newer text may have gone where they may not look.
        newer = Prefetch("successor", queryset=passages.defer("text"))
        return passages.select_related("library").prefetch_related(newer)

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

    def what_goes(self, objs: Any) -> dict[str, int]:
        return numbers_of(
            Conversation.objects.filter(pk__in=_keys(objs)),
            Question.objects.filter(conversation__in=_keys(objs)),
            Answer.objects.filter(question__conversation__in=_keys(objs)),
            Review.objects.filter(item__question__conversation__in=_keys(objs)),
        )

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        recalling.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for conversation in queryset:
            recalling.delete(conversation)


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
    """Questions to nothing but libraries that one reviews, not saying who asked."""

    list_display = ("text", "asked", "status", "took_ms", "asked_at")
    list_filter = ("status",)
    ordering = ("-asked_at", "-pk")
    exclude = ("conversation", "libraries")
    readonly_fields = ("asked",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        libraries = Library.objects.reviewable_by(request.user)
        asked = Question.libraries.through.objects.filter(library__in=libraries)
        questions = Question.objects.legible_to(request.user)
        if asked[: FEW + 1].count() > FEW:
            questions = questions.filter(Exists(asked.filter(question=OuterRef("pk"))))
        else:  # walking all in order of time would take long to find any
            questions = questions.filter(pk__in=asked.values("question"))
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
        legible = Answer.objects.legible_to(request.user)
        few, are_many = few_or_all(legible.filter(passage__in=passages))
        if not are_many:
            return few
        return legible.filter(Exists(passages.filter(pk=OuterRef("passage"))))

    def holding(self, rows: QuerySet[Any], questions: set[UUID]) -> QuerySet[Any]:
        return rows.filter(question__in=questions)

    def is_open_to(self, user: User, row: Answer) -> bool:
        return Answer.objects.readable_by(user).filter(pk=row.pk).exists()

    @admin.display(description=_("score"))
    def model_score(self, answer: Answer) -> str | float:
        if answer.is_confirmed:
            return _("Confirmed by %(name)s") % {"name": answer.confirmed_by}
        return answer.score if answer.is_scored else gettext("From a file")

    @admin.display(description=_("margin"))
    def model_margin(self, answer: Answer) -> float | None:
        return answer.margin if answer.is_scored else None


@admin.register(Feedback)
class FeedbackAdmin(RecordAdmin):
    list_display = ("answer", "helpful", "user", "given_at")
    list_filter = ("helpful",)
    list_select_related = ("answer", "user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        legible = Answer.objects.legible_to(request.user)
        return Feedback.objects.filter(Exists(legible.filter(pk=OuterRef("answer"))))


class PersonForm(UserChangeForm[User]):
    """An account, with an address that no other has."""

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"].lower()  # as allauth keeps it
        anothers = address and addresses.is_anothers(address, self.instance)
        if anothers and "email" in self.changed_data:
            raise ValidationError(_("Another account has this address."))
        return address


@admin.register(User)
class PersonAdmin(BoundedSearch, ShortNames, UserAdmin[User]):
    """Accounts, as Django looks after them."""

    form = PersonForm

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            addresses.corrected(obj, before=form.initial.get("email", ""))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Keep reviewers, and whoever alone could share and delete a library."""
        keys = _keys(objs)
        *others, needed, protected = super().get_deleted_objects(objs, request)
        if Replay.objects.filter(started_by__in=keys).exists():
            needed = {*needed, str(Replay._meta.verbose_name)}
        reviews = Review.objects.filter(reviewer__in=keys)
        if reviews.exists() and not protected:  # Django has not looked
            protected = [f"{name}: {n}" for name, n in numbers_of(reviews).items()]
        alone = owners_needed(Membership.objects.filter(user__in=keys))
        return *others, needed, [*protected, *alone]

    def what_goes(self, objs: Any) -> dict[str, int]:
        asked = Question.objects.filter(conversation__user__in=_keys(objs))
        return numbers_of(
            User.objects.filter(pk__in=_keys(objs)),
            Conversation.objects.filter(user__in=_keys(objs)),
            asked,
            Answer.objects.filter(question__in=asked),
        )
