"""Websocket addresses."""

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from django.urls import path, re_path

from answers.consumers import ChatConsumer


async def nowhere(
    scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Refuse the handshake; where no route is found, Channels raises instead."""
    await receive()
    await send({"type": "websocket.close", "code": 1000, "reason": None})


websocket_urlpatterns = [
    path("ws/chat/", ChatConsumer.as_asgi()),
    re_path(r"", nowhere),  # type: ignore[arg-type]  # no view, but an application
]
