"""Error pages that Django has no template for."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.views import csrf


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A body that is too long says so; Django calls it a bad request like others.

    Of the request nothing is asked: that it cannot be read may be what is wrong, and
    Django's own page looks for a token in it.
    """
    if isinstance(exception, RequestDataTooBig):
        return _too_long()
    return HttpResponse(render_to_string("400.html"), status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token; its body may have been cut off (qaweb/bodies.py)."""
    if getattr(request, "scope", {}).get("body_is_cut"):
        return _too_long()
    return csrf.csrf_failure(request, reason=reason)


def _too_long() -> HttpResponse:
    limit = number_format(settings.PASSAGE_CHARACTERS, force_grouping=True)
    return HttpResponse(render_to_string("413.html", {"limit": limit}), status=413)
