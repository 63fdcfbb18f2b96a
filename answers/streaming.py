"""Files that are made while they are sent."""

from collections.abc import AsyncIterator, Iterator

from channels.db import database_sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header


def download(pieces: Iterator[bytes], name: str, media_type: str) -> HttpResponse:
    """Return a response that sends the pieces as a file of this name.

    An empty piece is not sent: it lets others have the database in between.
    """
    return StreamingHttpResponse(  # type: ignore[return-value]  # is no HttpResponse
        _sent(pieces),
        headers={
            "Content-Type": media_type,
            "Content-Disposition": content_disposition_header(True, name) or "",
            "Cache-Control": "private, no-store",
        },
    )


async def _sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces; each is made in the database's thread, which others share."""
    next_piece = database_sync_to_async(lambda: next(pieces, None))
    while (piece := await next_piece()) is not None:
        if piece:
            yield piece
