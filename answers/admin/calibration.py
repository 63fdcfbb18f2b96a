"""Calibration: how reliable the score is here, and what another threshold would cost.

The scores are those of all libraries, so that whoever reviews one of them only looks:
applying takes the permission to change calibrations, which superusers have.
"""

from dataclasses import asdict
from typing import Any, cast

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answers import plotting, recalibrating, runtime
from answers.admin import plots
from answers.admin.records import RecordAdmin
from answers.models import Recalibration, User
from answers.plotting import Plot, Point, Points
from answers.reader import Adjustment, Calibration
from answers.recalibrating import Known, Proposal, Refused

CHANGE = "answers.change_recalibration"
PAGE = "admin:answers_recalibration_changelist"
EARLIER = 20  # rows of the history
SALT = "answers.recalibration"
OFFERED_FOR = 24 * 3600  # seconds


@admin.register(Recalibration)
class RecalibrationAdmin(RecordAdmin):
    """One page in the place of the list; rows come and go by its buttons alone."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        mine = [
            path("apply/", wrap(self.apply_view), name="recalibration_apply"),
            path("<int:pk>/undo/", wrap(self.undo_view), name="recalibration_undo"),
        ]
        return [*mine, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Calibration"),
            "opts": self.opts,
            "may_change": request.user.has_perm(CHANGE),
            "least": recalibrating.LEAST,
            **_shown(),
        }
        page = "admin/answers/recalibration/change_list.html"
        return TemplateResponse(request, page, context)

    def apply_view(self, request: HttpRequest) -> HttpResponse:
        if problem := _not_by(request):
            return problem
        try:
            _apply(request)
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("This holds from the next question on."))
        return HttpResponseRedirect(reverse(PAGE))

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if problem := _not_by(request):
            return problem
        try:
            row = Recalibration.objects.filter(pk=pk).first()
            if row is None:
                raise Refused(_("Another one is in force by now. Look at it first."))
            recalibrating.undo(row, by=cast(User, request.user))
        except (Refused, runtime.NoReader) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("What was there before is in force again."))
        return HttpResponseRedirect(reverse(PAGE))


def _not_by(request: HttpRequest) -> HttpResponse | None:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])


# -- the page ----------------------------------------------------------------------


def _shown() -> dict[str, Any]:
    rows = Recalibration.objects.select_related("made_by")[:EARLIER]
    try:
        config = runtime.get_reader().config
    except runtime.NoReader as error:
        return {"problem": str(error), "rows": rows}
    found = recalibrating.known(config.model_hash)
    row = Recalibration.objects.in_force(config.model_hash)
    shown = {"config": config, "known": found, "in_force": row, "rows": rows}
    if not found.is_enough:
        return shown | {"missing": _missing(found)}
    proposal = recalibrating.propose(found, config)
    return shown | {
        "proposal": proposal,
        "plots": [_before(proposal), _after(proposal)],
        "offer": _offer(proposal, config.model_hash, row),
        "error_before": percent(proposal.error_before),
        "error_after": percent(proposal.error_after),
        "now": round(proposal.threshold, 4),  # as the choices are
        "most": recalibrating.MOST,
    }


def _missing(found: Known) -> str:
    if found.missing:
        return ngettext(
            "%(count)d more review is needed.",
            "%(count)d more reviews are needed.",
            found.missing,
        ) % {"count": found.missing}
    return _(
        "Too few different questions were reviewed: what is fitted to some of them "
        "could not be checked with others."
    )


def _before(proposal: Proposal) -> Plot:
    return _plot("before", _("As it is now"), proposal.before, proposal.error_before)


def _after(proposal: Proposal) -> Plot:
    title = _("With the new score, on questions that the fit had not seen")
    return _plot("after", title, proposal.after, proposal.error_after)


def _plot(name: str, title: str, points: list[Point], error: float) -> Plot:
    described = _(
        "Across: the score. Up: how many of the answers with about this score were "
        "right, with the range that holds the true share in 95 of 100 cases. On the "
        "dashed line the score keeps its word. The mean gap is %(gap)s."
    ) % {"gap": percent(error)}
    return plotting.reliability(
        f"reliability-{name}",
        title,
        [Points(title, points)],
        description=described,
        of_score=_("Score"),
        of_share=_("Right answers"),
        of_count=_("Answers"),
        write=percent,
        count=lambda value: number_format(value, 0),
    )


def percent(share: float) -> str:
    """Return a share of 1 in per cent; of a small one a digit more counts."""
    return plots.percent(share, 1 if 0 < share < 0.1 else 0)


# -- what is offered is what is applied ----------------------------------------------


def _offer(proposal: Proposal, model_hash: str, row: Recalibration | None) -> str:
    """Return what the page shows, signed: later reviews do not change it."""
    return signing.dumps(
        {
            "model": model_hash,
            "instead_of": row.pk if row else None,
            "reviews": proposal.reviews,
            "slope": proposal.calibration.slope,
            "intercept": proposal.calibration.intercept,
            "errors": [proposal.error_before, proposal.error_after],
            "choices": [asdict(choice) for choice in proposal.choices],
        },
        salt=SALT,
        compress=True,
    )


def _apply(request: HttpRequest) -> None:
    """Apply what was offered and chosen. Raises Refused."""
    try:
        offer = signing.loads(
            request.POST.get("offer", ""), salt=SALT, max_age=OFFERED_FOR
        )
        config = runtime.get_reader().config
    except signing.BadSignature as error:
        raise Refused(_("This page is too old. Look at it once more.")) from error
    except runtime.NoReader as error:
        raise Refused(str(error)) from error
    row = Recalibration.objects.in_force(offer["model"])
    if offer["instead_of"] != (row.pk if row else None):
        raise Refused(_("Another one is in force by now. Look at it first."))
    calibration = config.calibration
    if "score" in request.POST:
        calibration = Calibration(offer["slope"], offer["intercept"])
    choice = _chosen(offer["choices"], request.POST.get("threshold", ""))
    adjustment = Adjustment(calibration, choice["threshold"])
    if config.adjusted(adjustment) == config:
        raise Refused(_("That is what is in force already."))
    before, after = offer["errors"]
    recalibrating.apply(
        adjustment,
        model_hash=offer["model"],
        by=cast(User, request.user),
        reviews=offer["reviews"],
        figures={
            "score": "score" in request.POST,
            "error_before": before,
            "error_after": after,
            "threshold": choice,
        },
    )


def _chosen(choices: list[dict[str, Any]], value: str) -> dict[str, Any]:
    for number, choice in enumerate(choices):
        if value == str(number):
            return choice
    raise Refused(_("Please choose a threshold."))
