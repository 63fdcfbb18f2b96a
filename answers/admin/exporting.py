"""Taking reviewed questions out: the page on which the kind of file is chosen."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from answers.admin.listing import PARAMETERS, reviewer_of
from answers.admin.queue import Queue
from answers.admin.searching import all_items_with
from answers.models import ReviewItem
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing.examples import Tally
from answers.reviewing.files import FORMATS
from answers.streaming import download

# What an export of reviewed questions makes no use of: they have one state, and come
# in an order of their own.
UNUSED = {"state", "order"}


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the address of the page; the admin puts it before its own."""
    view = partial(review_export, model_admin=model_admin)
    wrapped = model_admin.admin_site.admin_view(view)
    return [path("export/", wrapped, name="review_export")]


@require_safe
def review_export(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What was reviewed, of what the list's filters leave, as ?format=squad2, …

    Without a format, a page to choose it.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if "format" not in request.GET:
        return _choice(request, model_admin)
    name = request.GET["format"]
    chosen = FORMATS.get(name)
    if chosen is None:
        raise Http404
    user = reviewer_of(request)
    pieces = chosen.pieces(wanted(request), user=user, tally=Tally())
    return download(pieces, f"reviews-{name}{chosen.suffix}", chosen.media_type)


def wanted(request: HttpRequest) -> ReviewItemQuerySet:
    """Return all reviewed items that fit the filters and the search.

    Not only a page of them, nor only the newest that a list looks at.
    """
    user = reviewer_of(request)
    queue = Queue.of(request.GET)
    asked = queue.conditions(ReviewItem.State.REVIEWED)
    items = ReviewItem.objects.visible_to(user)
    items = items.filter(*asked.indexed, *asked.others)
    words = queue.words
    return items.filter(all_items_with(words, user)) if words else items


def _choice(request: HttpRequest, model_admin: Any) -> HttpResponse:
    known = (PARAMETERS | {"q"}) - UNUSED
    kept = {name: value for name, value in request.GET.items() if name in known}
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Export what was reviewed"),
        "opts": model_admin.opts,
        "filters": {name: value for name, value in kept.items() if value},
    }
    template = "admin/answers/reviewitem/export.html"
    return TemplateResponse(request, template, context)
