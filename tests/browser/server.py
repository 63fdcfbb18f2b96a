"""A real server process with a data folder of its own, to be killed and restarted."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Server:
    """`python manage.py serve` on a free port, with the demo library and accounts."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self.listener: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("QAWEB_")}
        return kept | {
            "QAWEB_DATA": str(self.data),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "QAWEB_GUESTS_PER_HOUR": "1000",  # all come from this machine
            "QAWEB_QUESTIONS_PER_MINUTE": "1000",  # alice asks in many tests
        }

    def start(self) -> None:
        """Start it and return when it answers; leave none behind that does not."""
        self.process = self._manage("serve")
        ready = threading.Event()
        self.listener = threading.Thread(target=self._listen, args=[ready])
        self.listener.start()
        try:
            assert ready.wait(120), self._story()
            assert self.process.poll() is None, self._story()
        except AssertionError:
            self.kill()
            raise

    def _listen(self, ready: threading.Event) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("qaweb answers at"):
                ready.set()
        ready.set()  # it has ended

    def _story(self) -> str:
        return "".join(self.said[-40:])

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None or self.listener is None:
            return
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.listener.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def _manage(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, *arguments: str) -> str:
        """Return what a management command writes to standard output."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def password(self, username: str) -> str:
        accounts = (self.data / "accounts.txt").read_text()
        found = re.search(rf"^\s*{username}\s+(\S+)", accounts, re.MULTILINE)
        assert found, accounts
        return found[1]

    def write(self, sql: str, *values: str) -> None:
        """Change the database behind the server's back, for states hard to make."""
        with closing(sqlite3.connect(self.data / "qaweb.sqlite3", timeout=20)) as base:
            base.execute(sql, values)
            base.commit()
