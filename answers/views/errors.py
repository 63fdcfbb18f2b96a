"""Error pages that Django has no template for."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A body that is too long says so; Django calls it a bad request like others."""
    if not isinstance(exception, RequestDataTooBig):
        return defaults.bad_request(request, exception)
    limit = number_format(settings.PASSAGE_CHARACTERS, force_grouping=True)
    return HttpResponse(render_to_string("413.html", {"limit": limit}), status=413)
