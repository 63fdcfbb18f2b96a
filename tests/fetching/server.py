"""A local server of small files that also cuts off, lies, redirects and stalls."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENTS = {
    "vocab.txt": b"[PAD]\n[UNK]\n",
    "model.xml": b"<net/>" * 300,
    "model.bin": bytes(range(256)) * 2000,  # several chunks
}
CUT = 200_000  # bytes of model.bin; more than one chunk
Behave = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """Serves CONTENTS; `behave` may answer in the place of a file's name."""

    daemon_threads = True
    behave: dict[str, Behave]
    asked: list[tuple[str, str | None]]  # path, Range
    stop: threading.Event

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Range"]))
        # Once: what goes wrong the first time goes well the second.
        behave = self.server.behave.pop(self.path, Handler.serve)
        behave(self)

    def body(self) -> bytes:
        return CONTENTS[self.path.rsplit("/", 1)[-1]]

    def serve(self) -> None:
        body, start = self.body(), 0
        if wanted := self.headers["Range"]:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            whole = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.send_header("Content-Range", whole)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def say(self, body: bytes, *, length: int | None = None, status: int = 200) -> None:
        """These bytes, with this Content-Length or none at all."""
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def cut_off(handler: Handler) -> None:
    body = handler.body()
    handler.say(body[:CUT], length=len(body))


def cut_off_without_length(handler: Handler) -> None:
    handler.say(handler.body()[:CUT])


def wrong_bytes(handler: Handler) -> None:
    handler.say(b"x" * len(handler.body()), length=len(handler.body()))


def ignore_range(handler: Handler) -> None:
    handler.say(handler.body(), length=len(handler.body()))


def another_part(handler: Handler) -> None:
    handler.send_response(206)
    handler.send_header("Content-Range", "bytes 0-9/512000")
    handler.send_header("Content-Length", "10")
    handler.end_headers()
    handler.wfile.write(b"0123456789")


def too_short_a_promise(handler: Handler) -> None:
    handler.say(b"<html>Please log in</html>", length=26)


def too_long_a_promise(handler: Handler) -> None:
    handler.say(b"", length=10**12)


def endless(handler: Handler) -> None:
    handler.say(handler.body() * 3)


def fail_with(status: int) -> Behave:
    return lambda handler: handler.say(b"", length=0, status=status)


def redirect_to(address: str) -> Behave:
    def behave(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def stall(handler: Handler) -> None:
    body = handler.body()
    handler.say(body[:CUT], length=len(body))
    handler.wfile.flush()
    handler.server.stop.wait(20)
