"""The dashboard: how the site is doing, from figures that were summed up beforehand."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from answers import figures, tasks
from answers.admin import plots
from answers.figures.report import Asked, Period, Report, models_of, report
from answers.models import Figures, Library, User

PERIODS: tuple[tuple[int, str | Promise], ...] = (
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days, in 13 weeks")),
    (365, gettext_lazy("365 days, in 53 weeks")),
)
SEES = "answers.view_reviewitem"  # whoever reviews
USUAL = 30  # days
LIBRARIES = 200  # to choose from; a list of more helps nobody
REVIEWERS = 20  # shown, the busiest first
TASK_SECONDS = 60  # between two tasks that sum up what a look left


class ChoiceForm(forms.Form):
    """Which figures: any part of it that makes no sense is left out."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"), choices=PERIODS, coerce=int
    )
    library = forms.TypedChoiceField(
        label=gettext_lazy("Library"), required=False, coerce=int, empty_value=None
    )
    model = forms.ChoiceField(label=gettext_lazy("Model"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        mine = Library.objects.reviewable_by(user).values_list("pk", "title")
        titles = [(str(pk), title) for pk, title in mine[:LIBRARIES]]
        self._offer("library", [("", _("All libraries")), *titles])

    def period(self) -> Period:
        self.is_valid()
        return Period.until_today(self.cleaned_data.get("days", USUAL))

    def chosen(self) -> Asked:
        period = self.period()
        library = self.cleaned_data.get("library")
        models = models_of(Asked(self.user, period, library))
        named = [(key, f"{name} ({key[:6]})") for key, name in models]
        self._offer("model", [("", _("All models")), *named])
        wanted = self.data.get("model", "")
        model = wanted if wanted in dict(models) else ""
        self.initial = {"days": period.days, "library": library, "model": model}
        self.is_bound = False  # shown as it was understood
        return Asked(self.user, period, library, model)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


@admin.register(Figures)
class FiguresAdmin(admin.ModelAdmin[Figures]):
    """One page, in the place of a list."""

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}  # the index has a link of its own

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.dashboard_view)
        return [path("", view, name="dashboard")]

    def dashboard_view(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.has_perm(SEES):
            raise PermissionDenied
        form = ChoiceForm(request.GET, user=user)
        left = sum_up_now(form.period())
        asked = form.chosen()
        made = report(asked)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dashboard"),
            "form": form,
            "days_left": left,
            "headlines": headlines(made),
            "plots": plots.plots(made, asked.period),
            "report": made,
            "reviewers": reviewer_rows(made, asked.period),
            "library": asked.library,
        }
        return TemplateResponse(request, "admin/answers/dashboard.html", context)


def sum_up_now(period: Period) -> int:
    """Sum up what little is missing; a task does the rest. Returns how many days."""
    left = figures.catch_up(period.whole_days)
    if left and cache.add("answers.figures", True, TASK_SECONDS):
        tasks.sum_up_days.enqueue()
    return len(left)


def headlines(made: Report) -> list[tuple[str, str]]:
    total = made.total
    shares = (
        (_("Answer found"), plots.answer_rate(total)),
        (_("Called helpful"), plots.helpful_rate(total)),
        (_("Right, by reviewers"), plots.right_rate(total)),
    )
    reviews = sum(one.reviews for one in made.reviewers)
    return [
        (_("Questions"), plots.whole(total["asked"])),
        *((name, "–" if n is None else plots.percent(n)) for name, n in shares),
        (
            _("Seconds, half of the questions"),
            "–" if made.median is None else plots.seconds(made.median),
        ),
        (_("Reviews"), plots.whole(reviews)),
    ]


def reviewer_rows(made: Report, period: Period) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "reviews": plots.whole(one.reviews),
            "a_day": plots.tenths(one.reviews / period.whole_days),
            "seconds": "–" if one.seconds is None else plots.whole(one.seconds),
            "spark": plots.pace(one),
        }
        for one in made.reviewers[:REVIEWERS]
    ]
