"""Bodies that are too long are cut off before Django writes them to the disk."""

from collections.abc import Mapping
from typing import Any

import pytest
from channels.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.urls import reverse

from answers import uploads
from qaweb.bodies import LimitBodies, Receive, Scope, Send

MB = 1 << 20
WAIT = 20  # seconds; generous, since a runner may be slow
BOUNDARY = b"multipart/form-data; boundary=x"
SESSION = (b"cookie", b"sessionid=somebody")


def scope_of(path: str, length: int, *headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", BOUNDARY),
            (b"content-length", str(length).encode()),
            *headers,
        ],
    }


async def sent_to(app: Any, scope: Scope, body: bytes) -> ApplicationCommunicator:
    wire = ApplicationCommunicator(LimitBodies(app), scope)
    await wire.send_input({"type": "http.request", "body": body, "more_body": False})
    return wire


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body as it came, and say in a header whether it was cut."""
    body: Mapping[str, Any] = await receive()
    cut = str(bool(scope.get("body_is_cut"))).encode()
    begin = {"type": "http.response.start", "status": 200, "headers": [(b"cut", cut)]}
    await send(begin)
    await send({"type": "http.response.body", "body": body["body"]})


@pytest.mark.parametrize(
    ("path", "length", "is_read"),
    [
        ("/libraries/1/passages/new/", MB, True),
        ("/libraries/1/passages/new/", 3 * MB, False),
        ("/libraries/1/import/", 3 * MB, True),
        ("/libraries/1/import/", 999 * MB, True),
        ("/libraries/1/import/", 1_002 * MB, False),
        ("/admin/answers/reviewitem/import/", 3 * MB, True),
        ("/admin/answers/reviewitem/import/", uploads.QUESTIONS_BYTES, True),
        ("/admin/answers/reviewitem/import/", 18 * MB, False),
        ("/admin/answers/reviewitem/", 3 * MB, False),
    ],
)
async def test_only_where_files_are_handed_over_much_is_read(
    path: str, length: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "RESERVE", -(1 << 40))  # however full this disk is
    wire = await sent_to(echo, scope_of(path, length, SESSION), b"--x")
    begin = await wire.receive_output(WAIT)
    assert begin["headers"] == [(b"cut", str(not is_read).encode())]
    assert (await wire.receive_output(WAIT))["body"] == (b"--x" if is_read else b"")
    await wire.wait(WAIT)


async def test_who_is_signed_out_hands_nothing_over() -> None:
    wire = await sent_to(echo, scope_of("/libraries/1/import/", 3 * MB), b"--x")
    assert (await wire.receive_output(WAIT))["headers"] == [(b"cut", b"True")]
    await wire.wait(WAIT)


def test_the_addresses_are_those_of_the_pages() -> None:
    assert reverse("import_new", args=[1]) == "/libraries/1/import/"
    assert reverse("admin:review_import") == "/admin/answers/reviewitem/import/"


@pytest.mark.parametrize(("length", "status"), [(MB, 403), (3 * MB, 413)])
async def test_a_form_that_was_cut_off_was_too_long_and_has_not_expired(
    length: int, status: int
) -> None:
    scope = scope_of("/language/", length)
    wire = await sent_to(get_asgi_application(), scope, b"")
    begin = await wire.receive_output(WAIT)
    assert begin["status"] == status
    told = (await wire.receive_output(WAIT))["body"].decode()
    await wire.wait(WAIT)
    assert ("This is too long" in told) == (status == 413)
    assert ("This form has expired" in told) == (status == 403)
