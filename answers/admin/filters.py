"""Filters of the review desk; none offers what the reviewer may not see.

They only show what can be chosen: the list is narrowed by the same parameters, and the
same code, as the queue (`queue.py`), so that reviewing goes through what is listed.
"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from answers.admin.queue import ALL
from answers.models import Library, Question, Review, ReviewItem, Verdict
from answers.reviewing import Order
from answers.texts import shortened

LATEST = 5_000  # items or reviews that are looked at for what to offer
OFFERED = 50
TITLE_CHARACTERS = 60
State = ReviewItem.State
Items = QuerySet[ReviewItem]
Choices = Iterable[tuple[str, Any]]


def name(said: str) -> SafeString:
    """What somebody called something, so that it turns no other text around."""
    return format_html("<bdi>{}</bdi>", said)


class DeskFilter(admin.SimpleListFilter):
    """A choice that the queue understands; what else stands there is left alone."""

    def queryset(self, request: HttpRequest, queryset: Items) -> Items:
        return queryset


class DefaultFilter(DeskFilter):
    """A choice that is always made: one is the default, and needs no parameter."""

    default: ClassVar[Any]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            chosen = self.value() or self.default
            query = None if value == self.default else value
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string(
                    {str(self.parameter_name): query}
                ),
                "display": label,
            }


class StateFilter(DefaultFilter):
    title = _("state")
    parameter_name = "state"
    default = State.WAITING.value

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*State.choices, (ALL, _("All"))]


class OrderFilter(DefaultFilter):
    title = _("order")
    parameter_name = "order"
    default = Order.NEWEST.value

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return Order.choices


class VerdictFilter(DeskFilter):
    title = _("verdict")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return Verdict.choices


class LibraryFilter(DeskFilter):
    title = _("library")
    parameter_name = "library"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        mine = Library.objects.reviewable_by(request.user)[:OFFERED]
        return [
            (str(library.pk), name(shortened(library.title, TITLE_CHARACTERS)))
            for library in mine
        ]


class ModelFilter(DeskFilter):
    """By the very model that answered: its hash tells two of one name apart."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        latest = ReviewItem.objects.order_by("-asked_at", "-pk")[:LATEST]
        seen = ReviewItem.objects.visible_to(request.user).filter(
            pk__in=latest.values("pk")
        )
        models = (
            seen.exclude(model_hash="")
            .order_by("question__model_name", "model_hash")
            .values_list("model_hash", "question__model_name")
            .distinct()
        )
        return [
            (key, name(f"{shortened(said, TITLE_CHARACTERS)} ({key[:6]})"))
            for key, said in models[:OFFERED]
        ]


class PersonFilter(DeskFilter):
    """By who has reviewed lately; who asked stays unknown."""

    title = pgettext_lazy("filter", "reviewer")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        latest = Review.objects.order_by("-reviewed_at")[:LATEST].values("pk")
        seen = Review.objects.visible_to(request.user).filter(pk__in=latest)
        people = (
            seen.order_by("reviewer__username")
            .values_list("reviewer", "reviewer__username")
            .distinct()
        )
        return [(str(key), name(said)) for key, said in people[:OFFERED]]


class StatusFilter(DeskFilter):
    title = _("outcome")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        finished = (Question.Status.ANSWERED, Question.Status.NO_ANSWER)
        return [(status.value, status.label) for status in finished]


class HelpfulFilter(DeskFilter):
    """By what the person who asked said of the answer."""

    title = _("the asker's word")
    parameter_name = "helpful"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            ("yes", _("Helpful")),
            ("no", _("Not helpful")),
            ("none", _("Nothing said")),
        ]


class RangeFilter(admin.ListFilter):
    """Two fields, from and to, of a form of their own."""

    template = "admin/answers/range_filter.html"
    fields: ClassVar[tuple[tuple[str, Any], ...]]  # parameter, label
    input_type: ClassVar[str]

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[ReviewItem],
        model_admin: Any,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for parameter, _label in self.fields:
            if value := params.pop(parameter, None):
                self.used_parameters[parameter] = value[-1]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [name for name, _label in self.fields]

    def queryset(self, request: HttpRequest, queryset: Items) -> Items:
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the one form: its fields, and the parameters to keep."""
        own = [parameter for parameter, _label in self.fields]
        kept = [pair for pair in changelist.params.items() if pair[0] not in own]
        fields = [
            {
                "name": name,
                "label": label,
                "value": str(self.used_parameters.get(name, ""))[:10],
            }
            for name, label in self.fields
        ]
        clear = changelist.get_query_string(remove=own)
        is_used = bool(self.used_parameters)
        yield {"fields": fields, "kept": kept, "clear": clear, "is_used": is_used}


class DayFilter(RangeFilter):
    title = _("day of the question")
    fields = (("since", _("From")), ("until", _("To")))
    input_type = "date"


class ScoreFilter(RangeFilter):
    title = _("score in percent")
    fields = (("score_from", _("From")), ("score_to", _("To")))
    input_type = "number"


FILTERS = (
    StateFilter,
    OrderFilter,
    VerdictFilter,
    LibraryFilter,
    DayFilter,
    ScoreFilter,
    HelpfulFilter,
    StatusFilter,
    PersonFilter,
    ModelFilter,
)
