"""python manage.py serve: the whole site, and a worker for what runs in background.

Pages and websockets are one process; a child of it runs the tasks (`run_tasks`).
"""

import os
import signal
import socket
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from answers import runtime, tasks
from answers.management import keeping, preparing
from answers.management.choosing import need_database
from answers.management.commands.prepare import account_lines
from answers.management.preparing import Account

ALL_ADDRESSES = {"0.0.0.0", "::"}  # noqa: S104  only compared with
LAST_PORT = 65_535
BYTES_PER_CHARACTER = 4  # of a websocket message, in UTF-8, at most
STOP_SECONDS = 5  # how long open connections may take to end


class Command(BaseCommand):
    help = "Prepare what is missing, load the model, and serve until Ctrl-C."

    requires_system_checks = ()  # they run once there is a database to check

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", help="address to listen on (HOST)")
        parser.add_argument("--port", type=port, help="port to listen on (PORT)")
        parser.add_argument(
            "--no-prepare", action="store_true", help="everything is prepared already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _restart_with(HOST=options["host"], PORT=options["port"])
        began = time.monotonic()
        # A signal that comes before the server takes over ends the command quietly.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _leave)
        if options["no_prepare"]:
            need_database()
        listener = bind(settings.HOST, settings.PORT)
        check_mail()
        made: list[Account] = []
        if not options["no_prepare"]:
            made = preparing.prepare(self._say)
        self.check(databases=[DEFAULT_DB_ALIAS])
        from qaweb.asgi import application  # loads the model, or warns

        self._say("Model", model_line())

        worker = keeping.Keeper(keeping.command())

        has_worker = keeping.has_own_worker()
        if not has_worker:
            tasks.recover()  # not in `announce`: no query may run in its event loop

        def announce() -> None:
            if has_worker:
                worker.start()
            self._announce(began, made)

        try:
            run(application, listener, announce)
        finally:
            worker.stop()
            runtime.reset()
        self.stdout.write("Stopped.")

    def _announce(self, began: float, made: list[Account]) -> None:
        """Tell where the site is, now that it answers there."""
        url = address(settings.HOST, settings.PORT)
        seconds = time.monotonic() - began
        told = f"answers at {url}"
        if url.rstrip("/") not in settings.ORIGINS:  # it refuses that name
            told = f"listens on {url} and answers as {', '.join(settings.ORIGINS)}"
        self.stdout.write(f"\nqaweb {told} ({seconds:.1f} s to start).")
        if settings.HOST in ALL_ADDRESSES:
            names = "the names in QAWEB_ALLOWED_HOSTS"
            self.stdout.write(f"It answers other machines under {names}.")
        for line in account_lines(made):
            self.stdout.write(line)
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()

    def _say(self, what: str, outcome: str) -> None:
        self.stdout.write(f"{what + ':':<14}{outcome}")
        self.stdout.flush()


def port(text: str) -> int:
    """Return the number of a port. Raises ArgumentTypeError."""
    if text.isdecimal() and 1 <= int(text) <= LAST_PORT:
        return int(text)
    raise ArgumentTypeError(f"expected a number from 1 to {LAST_PORT}, not {text!r}.")


def check_mail() -> None:
    """Refuse a backend that is not there before somebody waits for its first mail."""
    try:
        get_connection()
    except (ImportError, ImproperlyConfigured, TypeError) as error:
        name = settings.EMAIL_BACKEND
        raise CommandError(f"QAWEB_EMAIL_BACKEND={name!r}: {error}.") from error


def model_line() -> str:
    try:
        return preparing.model_name()
    except runtime.NoReader:
        # The site works without; questions are closed with an error that says so.
        return "none, so that no question can be answered yet"


def run(
    application: Any, listener: socket.socket, announce: Callable[[], None]
) -> None:
    """Serve on the socket until a signal; `announce` is called once it answers."""
    import uvicorn

    from answers.consumers import largest_message

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce()

    config = uvicorn.Config(
        application,
        ws="websockets-sansio",
        ws_max_size=BYTES_PER_CHARACTER * largest_message(),
        lifespan="off",
        log_config=None,  # Django's logging it is
        log_level="warning",
        access_log=False,
        server_header=False,
        # Only a proxy that was announced may say for whom it speaks.
        proxy_headers=settings.HTTPS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    # uvicorn raises the signal again once it has stopped: nothing is left to do then.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)
    Server(config).run(sockets=[listener])


def _restart_with(**values: str | int | None) -> None:
    """Begin again with these in the environment, if they are not there already.

    Allowed hosts and origins are made of them when the settings are read, once.
    """
    given = {k: str(v).strip() for k, v in values.items() if v is not None}
    changed = {k: v for k, v in given.items() if v and v != str(getattr(settings, k))}
    if changed:
        os.environ.update(changed)
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def bind(host: str, port: int) -> socket.socket:
    """Take the address before anything slow is done. Raises CommandError."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # a name as "a..b" cannot be encoded
        reason = error.strerror if isinstance(error, OSError) else error
        raise CommandError(f"HOST={host}: {reason}.") from error
    try:
        # Else a server that has just stopped would hold the port for a minute.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
    except OSError as error:
        listener.close()
        raise CommandError(
            f"Cannot listen on {address(host, port)}: {os.strerror(error.errno or 0)}. "
            "PORT names another port, as in: make run PORT=8001"
        ) from error
    return listener


def address(host: str, port: int) -> str:
    """Return the address to type into a browser on this machine."""
    name = "127.0.0.1" if host in ALL_ADDRESSES else host
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
