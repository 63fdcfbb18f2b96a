"""The page that says how far reviewers agree."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from answers.admin.cells import TITLE_CHARACTERS
from answers.models import User, Verdict
from answers.reviewing.agreement import MOST_ITEMS, compare
from answers.reviewing.agreement_figures import Agreement
from answers.texts import shortened

SHOWN = 50  # pairs of people, and libraries; those with the most reviews


def page(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, user: User
) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    compared = compare(user)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Agreement of reviewers"),
        "opts": model_admin.opts,
        "most": MOST_ITEMS,
        "verdicts": [label for _value, label in Verdict.choices],
        "everyone": shown(compared.everyone),
        "groups": [
            {
                "title": _("By pair of reviewers"),
                "column": _("Reviewers"),
                "rows": [
                    {"names": names, **shown(figures)}
                    for names, figures in compared.people[:SHOWN]
                ],
            },
            {
                "title": _("By library"),
                "column": _("Library"),
                "rows": [
                    {"names": [shortened(title, TITLE_CHARACTERS)], **shown(figures)}
                    for title, figures in compared.libraries[:SHOWN]
                ],
            },
        ],
    }
    return TemplateResponse(request, "admin/answers/agreement.html", context)


def shown(figures: Agreement) -> dict[str, Any]:
    return {
        "figures": figures,
        "observed": 100 * figures.observed,
        "f1": None if figures.f1 is None else 100 * figures.f1,
        "table": labelled(figures.rows(Verdict.values)),
    }


def labelled(rows: Sequence[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    return [(str(Verdict(verdict).label), counts) for verdict, counts in rows]
