"""Replays: another model tried on what was reviewed, before anyone switches to it."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from answers import installed, replaying, tasks
from answers.admin.outcomes import compared, outcomes, results_of
from answers.admin.records import RecordAdmin
from answers.models import Library, Replay, ReplayResult, User
from answers.replaying import figures_of

LISTED = 20  # outcomes on a page
SHOWN = {
    "worse": gettext_lazy("What got worse"),
    "better": gettext_lazy("What got better"),
}


class StartForm(forms.Form):
    """Which model to try, and on the reviews of which libraries."""

    model = forms.ChoiceField(
        label=pgettext_lazy("of the reader", "Model"), widget=forms.RadioSelect
    )
    libraries = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Libraries"),
        queryset=Library.objects.none(),
        required=False,
        help_text=gettext_lazy("None chosen: all that you may review."),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        found = installed.installed(settings.WEIGHTS_DIR, verify=False)
        self.fields["model"].choices = [  # type: ignore[attr-defined]
            (one.name, _described(one)) for one in found if one.config
        ]
        mine = Library.objects.reviewable_by(user)
        self.fields["libraries"].queryset = mine  # type: ignore[attr-defined]


def _described(model: installed.Installed) -> SafeString:
    """The model's name, how large it is, and whether it is the one that serves."""
    size = _("%(size).1f MB") % {"size": model.size / 1e6}
    serves = _("serves now") if model.name == settings.MODEL else ""
    facts = ", ".join(fact for fact in (size, serves) if fact)
    return format_html("<bdi>{}</bdi> ({})", model.name, facts)


@admin.register(Replay)
class ReplayAdmin(RecordAdmin):
    """The list of one's replays, the page of one, and the form that starts one."""

    list_display = ("tried", "against", "state", "started_by", "started_at")
    list_display_links = ("tried",)
    sortable_by = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replay]:
        mine = Replay.objects.visible_to(cast(User, request.user))
        return mine.select_related("started_by").order_by("-pk")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        mine = [
            path("start/", wrap(self.start_view), name="replay_start"),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name="replay_cancel"),
        ]
        return [*mine, *super().get_urls()]

    # -- the list -----------------------------------------------------------------

    @admin.display(description=gettext_lazy("model"))
    def tried(self, replay: Replay) -> SafeString:
        return format_html("<bdi>{}</bdi>", replay.model_name)

    @admin.display(description=gettext_lazy("beside"))
    def against(self, replay: Replay) -> SafeString:
        return format_html("<bdi>{}</bdi>", replay.serving_name or "–")

    @admin.display(description=gettext_lazy("status"))
    def state(self, replay: Replay) -> str:
        if replay.is_finished:
            return replay.get_status_display()
        return f"{replay.get_status_display()}, {replay.percent} %"

    # -- one replay -----------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One replay; ?part= is what changes of it, for the script that looks."""
        self._check(request)
        replay = self._one(request, object_id)
        shown = "better" if request.GET.get("show") == "better" else "worse"
        figures = figures_of(replay)
        page = self._page(request, replay, shown)
        context = {
            **self._context(request, _("Replay of %(model)s"), replay),
            "replay": replay,
            "figures": figures,
            "compared": compared(figures) if figures else (),
            "shown": shown,
            "shown_title": SHOWN[shown],
            "page": page,
            "outcomes": outcomes(page.object_list),
        }
        name = "_part" if "part" in request.GET else "change_form"
        template = f"admin/answers/replay/{name}.html"
        response = TemplateResponse(request, template, context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(
        self, request: HttpRequest, replay: Replay, shown: str
    ) -> Page[ReplayResult]:
        results = results_of(replay, shown, cast(User, request.user))
        return Paginator(results, LISTED).get_page(request.GET.get("page"))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._check(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        replaying.cancel(self._one(request, str(pk)))
        return _to(pk)

    def start_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        user = cast(User, request.user)
        if not Library.objects.reviewable_by(user).exists():
            raise PermissionDenied
        form = StartForm(request.POST if request.method == "POST" else None, user=user)
        if form.is_valid() and (replay := _started(request, form, user)):
            return _to(replay.pk)
        context = {
            **self._context(request, _("Start a replay")),
            "form": form,
            "alone": len(form.fields["model"].choices) < 2,  # type: ignore[attr-defined]
            "weights": settings.WEIGHTS_DIR,
        }
        return TemplateResponse(request, "admin/answers/replay/start.html", context)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _one(self, request: HttpRequest, key: str) -> Replay:
        number = int(key) if key.isascii() and key.isdecimal() else 0
        return get_object_or_404(self.get_queryset(request), pk=min(number, 2**62))

    def _context(
        self, request: HttpRequest, title: str, replay: Replay | None = None
    ) -> dict[str, Any]:
        shown = title % {"model": replay.model_name} if replay else title
        context = self.admin_site.each_context(request)
        return {**context, "title": shown, "opts": self.opts}


def _to(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:answers_replay_change", args=[pk]))


def _started(request: HttpRequest, form: StartForm, user: User) -> Replay | None:
    chosen = form.cleaned_data
    try:
        replay = replaying.start(chosen["model"], chosen["libraries"], by=user)
    except replaying.Refused as error:
        messages.error(request, str(error))
        return None
    tasks.enqueue(replay)
    return replay
