"""A browser tab's end of the websocket, through the whole ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import Client

from answers.models import Library

WAIT = 20  # seconds; generous, since a runner may be slow
QUIET = 0.3  # seconds without a frame that count as silence
T = TypeVar("T")
QUESTION = "How long should tea be brewed?"


class Socket:
    """A browser tab's end of the websocket."""

    def __init__(self, client: Client | None, *, origin: str | None = "") -> None:
        from qaweb.asgi import application

        headers = []
        if origin is not None:
            origin = origin or django_settings.ORIGINS[0]
            headers.append((b"origin", origin.encode()))
        if client is not None:
            session = client.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={session}".encode()))
        self.wire = WebsocketCommunicator(application, "/ws/chat/", headers=headers)

    async def send(self, **message: Any) -> None:
        await self.wire.send_json_to(message)

    async def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.wire.receive_json_from(timeout=WAIT)
        return frame

    async def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """Return the next frame of this kind with these values, passing over others."""
        while True:
            frame = await self.frame()
            if frame["type"] == kind and values.items() <= frame.items():
                return frame

    async def closing_code(self) -> int:
        event = await self.wire.receive_output(timeout=WAIT)
        assert event["type"] == "websocket.close", event
        return int(event["code"])

    async def is_silent(self) -> bool:
        return bool(await self.wire.receive_nothing(timeout=QUIET))


@asynccontextmanager
async def opened(client: Client | None) -> AsyncIterator[Socket]:
    socket = Socket(client)
    connected, _ = await socket.wire.connect(timeout=WAIT)
    assert connected
    try:
        yield socket
    finally:
        await socket.wire.disconnect(timeout=WAIT)


async def in_database(function: Callable[..., T], *args: Any, **values: Any) -> T:
    result: T = await database_sync_to_async(function)(*args, **values)
    return result


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(WAIT):
        while not happened():  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.005)


def new_question(library: Library, **values: Any) -> dict[str, Any]:
    message = {"type": "ask", "id": str(uuid4()), "question": QUESTION}
    return {**message, "library": library.pk, **values}
