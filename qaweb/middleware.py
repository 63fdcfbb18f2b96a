"""Two middlewares of our own: the security policy, and static files under ASGI."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

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
