"""The language of a websocket, chosen by the same rule as that of a page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, parse_cookie
from django.utils import translation


def language_of(scope: Mapping[str, Any]) -> str:
    """Return the code of the language that the page of this socket was shown in.

    The cookie of the language switch wins, then the browser's Accept-Language, then
    LANGUAGE_CODE; what nobody translated counts as not said. Give it to
    `translation.override(...)` around what is rendered.
    """
    headers = {
        bytes(name).lower(): bytes(value).decode("latin-1")
        for name, value in scope.get("headers", ())
    }
    handshake = HttpRequest()
    handshake.COOKIES = parse_cookie(headers.get(b"cookie", ""))
    handshake.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", "")
    return translation.get_language_from_request(handshake)
