"""Middlewares of our own: the security policy, outages, static files under ASGI."""

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.deprecation import MiddlewareMixin
from django.utils.encoding import escape_uri_path
from whitenoise.middleware import WhiteNoiseMiddleware

from answers.outages import SENTENCE, is_outage

logger = logging.getLogger(__name__)

# Everything comes from this very site; nothing inline. Django has a middleware for
# this only from 6.0 on.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the admin's style sheets hold small data: pictures
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class ContentSecurityPolicyMiddleware:
    """Send the strict Content-Security-Policy with every response."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(
        self, request: HttpRequest
    ) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        response = self.get_response(request)
        if isinstance(response, Awaitable):
            return self.awaited(response)
        return with_policy(response)

    async def awaited(self, response: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        return with_policy(await response)


def with_policy(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response


class OutageMiddleware(MiddlewareMixin):
    """Answer 503 where the disk is full or the database is held: no fault of ours."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not is_outage(exception):
            return None
        path = escape_uri_path(request.path)  # else it may hold line ends
        logger.error("%s %s: %s", request.method, path, exception)
        # Without the request: whoever is signed in is not looked up again.
        page = loader.render_to_string("503.html", {"explanation": SENTENCE})
        return HttpResponse(page, status=503, headers={"Retry-After": "60"})


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, with each file sent whole.

    WhiteNoise streams with a synchronous iterator; under ASGI Django warns of that and
    reads it whole anyhow (evansd/whitenoise#531). Our files are small.
    """

    @staticmethod
    def serve(static_file: object, request: HttpRequest) -> HttpResponseBase:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        headers = dict(streamed.headers)
        whole = HttpResponse(
            b"".join(streamed.streaming_content),
            status=streamed.status_code,
            headers=headers,
        )
        streamed.close()
        return whole
