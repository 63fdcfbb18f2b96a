"""How long the body of a request may be, decided before any of it is read.

Django writes a body to the disk, however long, before a view or a middleware sees the
request. So what is too long is cut off here: Django gets the request with an empty body
and its true Content-Length, and the page that answers it says what is wrong. Its scope
holds `body_is_cut`: a form whose token went with its body has not expired.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings

from answers import uploads

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Where files are handed over.
IMPORT = re.compile(r"/libraries/\d+/import/")
QUESTIONS_IMPORT = re.compile(r"/admin/answers/reviewitem/import/")
# A browser reads the answer only when it has sent all, or nearly all.
DRAIN_SECONDS = 30


class LimitBodies:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not await _is_read(scope):
            cut = {**scope, "body_is_cut": True}
            await self.app(cut, _nothing(), _Draining(receive, send))
        else:
            await self.app(scope, receive, send)


async def _is_read(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if b"transfer-encoding" in headers or not length.isdigit():
        return False  # no browser does this
    if int(length) <= 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return True  # Django has its own limit
    most = _most(scope["path"])
    if int(length) > most + uploads.SLACK or not _has_session(headers):
        return False
    return not await asyncio.to_thread(uploads.refusal, int(length))


def _most(path: str) -> int:
    """Return how many bytes of files may come to this address at once."""
    if IMPORT.fullmatch(path):
        return int(settings.IMPORT_BYTES)
    return uploads.QUESTIONS_BYTES if QUESTIONS_IMPORT.fullmatch(path) else 0


def _has_session(headers: dict[bytes, bytes]) -> bool:
    """Whether it may be somebody; others are only told to sign in."""
    name = f"{settings.SESSION_COOKIE_NAME}=".encode()
    return name in headers.get(b"cookie", b"")


def _nothing() -> Receive:
    """Return a `receive` of an empty body, after which nothing ever comes."""
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


class _Draining:
    """A `send` that ends the answer when the body has been read, and thrown away."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.receive, self.send = receive, send

    async def __call__(self, message: Message) -> None:
        ends = message["type"] == "http.response.body" and not message.get("more_body")
        if not ends:
            await self.send(message)
            return
        await self.send({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while (await self.receive()).get("more_body"):
                    pass
        await self.send({"type": "http.response.body", "body": b""})
