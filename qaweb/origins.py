"""Which pages may open a websocket."""

import logging
from typing import Any
from urllib.parse import urlparse

from channels.security.websocket import OriginValidator, WebsocketDenier

logger = logging.getLogger(__name__)


class OurOrigins:
    """Channels' own check, with a line in the log for each refusal.

    Channels refuses without a word, so that nobody who runs a site could see why pages
    do not connect; and what is no address at all is a fault to it.
    """

    def __init__(self, application: Any, origins: list[str]) -> None:
        self.application = application
        self.validator = OriginValidator(application, origins)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin1")
        if self.allows(origin):
            await self.application(scope, receive, send)
            return
        # As Python writes it: it could hold line breaks and colours of terminals.
        logger.warning("Websocket refused: QAWEB_ORIGINS lacks %.200r.", origin)
        await WebsocketDenier()(scope, receive, send)

    def allows(self, origin: str) -> bool:
        try:
            return bool(self.validator.valid_origin(urlparse(origin)))
        except ValueError:
            return False
