"""The log of reviews, to be read: no one adds to it here, changes it or deletes it."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.admin.bounded import BoundedAdmin, GoesWithItsQuestion, few_or_all
from answers.admin.cells import QUESTION_CHARACTERS
from answers.admin.listing import reviewer_of
from answers.admin.pools import seen_by
from answers.admin.queue import number_of
from answers.models import Review, ReviewEvent, ReviewItem, Verdict
from answers.texts import shortened

VALUE_CHARACTERS = 200
SPANS_SHOWN = 5
NAMES = {
    "verdict": _("verdict"),
    "note": _("note"),
    "decides": _("decides a conflict"),
    "withdrawn": _("withdrawn"),
    "spans": _("correct spans"),
    "wanted": _("reviews wanted"),
}


class ReadOnlyAdmin(BoundedAdmin):
    """Rows to look at, whoever looks."""

    actions = None
    list_display_links = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class ItemFilter(admin.SimpleListFilter):
    """The history of one item: offered nowhere, but by the link on its screen."""

    title = _("item")
    parameter_name = "item"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        key = number_of(request.GET.get("item", ""))
        return [] if key is None else [(str(key), f"#{key}")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ReviewEvent]
    ) -> QuerySet[ReviewEvent]:
        key = number_of(self.value() or "")
        return queryset if key is None else queryset.filter(item_id=key)


@admin.register(ReviewEvent)
class ReviewEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "kind", "item", "before", "after")
    list_filter = ("kind", ItemFilter)
    sortable_by = ()
    fields = (
        "at",
        "who",
        "kind",
        "item",
        "library_id",
        "question_id",
        "before",
        "after",
    )
    readonly_fields = ("who", "item", "before", "after")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewEvent]:
        visible = ReviewEvent.objects.visible_to(request.user)
        there = ReviewItem.objects.filter(
            seen_by(reviewer_of(request)), pk=OuterRef("item_id")
        )
        return few_or_all(visible)[0].annotate(is_there=Exists(there))

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    @admin.display(description=_("who"))
    def who(self, event: ReviewEvent) -> SafeString:
        return format_html("<bdi>{}</bdi>", shortened(event.actor_name, 150))

    @admin.display(description=_("item"))
    def item(self, event: ReviewEvent) -> SafeString | str:
        if event.item_id is None:
            return "–"
        if not getattr(event, "is_there", False):  # annotated above
            return f"#{event.item_id}"
        url = reverse("admin:review_item", args=[event.item_id])
        return format_html('<a href="{}">#{}</a>', url, event.item_id)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    @admin.display(description=_("before"))
    def before(self, event: ReviewEvent) -> SafeString | str:
        return said(event.old, event.new)

    @admin.display(description=_("after"))
    def after(self, event: ReviewEvent) -> SafeString | str:
        return said(event.new, event.old)


@admin.register(Review)
class ReviewAdmin(GoesWithItsQuestion, ReadOnlyAdmin):
    list_display = (
        "question",
        "verdict",
        "reviewer",
        "reviewed_at",
        "seconds",
        "decides",
        "withdrawn_at",
    )
    sortable_by = ()
    ordering = ("-pk",)
    list_select_related = ("item__question", "reviewer")
    fields = (
        "question",
        "verdict",
        "spans",
        "note",
        "reviewer",
        "reviewed_at",
        "seconds",
        "decides",
        "withdrawn_at",
    )
    readonly_fields = ("question", "spans")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        few, all_of_them = few_or_all(Review.objects.visible_to(request.user))
        seen = ReviewItem.objects.visible_to(request.user).filter(pk=OuterRef("item"))
        return Review.objects.filter(Exists(seen)) if all_of_them else few

    @admin.display(description=_("question"))
    def question(self, review: Review) -> SafeString:
        text = shortened(review.item.question.text, QUESTION_CHARACTERS)
        url = reverse("admin:review_item", args=[review.item_id])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, text)

    @admin.display(description=_("correct spans"))
    def spans(self, review: Review) -> SafeString:
        return format_html_join(
            "",
            "<div><bdi>{}</bdi></div>",
            ((shortened(span.text, VALUE_CHARACTERS),) for span in review.spans.all()),
        )


def said(state: Any, other: Any) -> SafeString | str:
    """Return what an event's state says, but for what the other says as well."""
    if not isinstance(state, dict):
        return "–"
    other = other if isinstance(other, dict) else {}
    lines = [
        (_name(name), _value(name, value))
        for name, value in state.items()
        if name not in other or other[name] != value
    ]
    return format_html_join("", "<div>{}: <bdi>{}</bdi></div>", lines)


def _name(name: str) -> Any:
    known = NAMES.get(name)
    return known or format_html("<bdi>{}</bdi>", shortened(name, VALUE_CHARACTERS))


def _value(name: str, value: Any) -> str:
    if name == "verdict" and value in Verdict.values:
        return str(Verdict(value).label)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "spans" and isinstance(value, list):
        return _spans(value)
    if isinstance(value, str):
        return shortened(value, VALUE_CHARACTERS)
    return shortened(json.dumps(value, ensure_ascii=False), VALUE_CHARACTERS)


def _spans(spans: list[Any]) -> str:
    texts = [
        f"“{shortened(str(span.get('text', '')), VALUE_CHARACTERS)}”"
        for span in spans[:SPANS_SHOWN]
        if isinstance(span, dict)
    ]
    return " ".join([*texts, *(["…"] if len(spans) > SPANS_SHOWN else [])]) or "–"
