"""Filters of the review desk; none offers what the reviewer may not see."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from answers.models import Feedback, Library, Question, Review

WAITING = "waiting"  # an empty parameter would mean "all"

Reviews = QuerySet[Review]


class VerdictFilter(admin.SimpleListFilter):
    title = _("verdict")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        return [(WAITING, _("Waiting")), *Review.Verdict.choices]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(verdict="" if value == WAITING else value)


class LibraryFilter(admin.SimpleListFilter):
    title = _("library")
    parameter_name = "library"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        mine = Library.objects.reviewable_by(request.user)
        return [(str(library.pk), library.title) for library in mine]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        value = self.value() or ""
        if not value.isascii() or not value.isdigit():
            return queryset
        return queryset.filter(answer__passage__library=int(value))


class ModelFilter(admin.SimpleListFilter):
    """By the very model that answered: its hash tells two of one name apart."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        libraries = Library.objects.reviewable_by(request.user)
        models = (
            Question.objects.filter(libraries__in=libraries)
            .exclude(model_hash="")
            .order_by("model_name", "model_hash")
            .values_list("model_hash", "model_name")
            .distinct()
        )
        return [(key, f"{name} ({key[:6]})") for key, name in models]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(answer__question__model_hash=value)


class StatusFilter(admin.SimpleListFilter):
    title = _("outcome")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        finished = (Question.Status.ANSWERED, Question.Status.NO_ANSWER)
        return [(status.value, status.label) for status in finished]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(answer__question__status=value)


class HelpfulFilter(admin.SimpleListFilter):
    """By what the person who asked said of the answer."""

    title = _("the asker's word")
    parameter_name = "helpful"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        return [
            ("yes", _("Helpful")),
            ("no", _("Not helpful")),
            ("none", _("Nothing said")),
        ]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        said = Feedback.objects.filter(answer=OuterRef("answer"))
        match self.value():
            case "yes":
                return queryset.filter(Exists(said.filter(helpful=True)))
            case "no":
                return queryset.filter(Exists(said.filter(helpful=False)))
            case "none":
                return queryset.filter(~Exists(said))
        return queryset
