"""Sockets against a real server process, which can be killed."""

import json
import socket as sockets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.browser.server import Server

WAIT = 60  # seconds; generous, since a runner may be slow
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from answers.models import Library, Passage, User
user = User.objects.create_user({name!r})
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
library = Library.create_for(user, "Notes")
for number in range({passages}):
    text = f"Note {{number}}. Tea is brewed for {{number + 2}} minutes. " * {repeat}
    Passage.objects.create(library=library, title=f"Note {{number}}", text=text)
print(session.session_key, library.pk)
"""


@dataclass(slots=True)
class Tab:
    """A page's end of the socket."""

    wire: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)

    def send(self, **message: Any) -> None:
        self.wire.send(json.dumps(message))

    def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.wire.recv(timeout=WAIT))
        self.frames.append(frame)
        return frame

    def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """Return the next frame of this kind with these values, passing over others."""
        while True:
            frame = self.frame()
            assert frame["type"] != "error" or kind == "error", frame
            if frame["type"] == kind and values.items() <= frame.items():
                return frame

    @property
    def seq(self) -> int:
        return max((int(frame["seq"]) for frame in self.frames), default=0)

    def finished(self) -> list[str]:
        """Return the ids of the questions whose last frame came, in this order."""
        last = [f["id"] for f in self.frames if f["type"] == "answers" and f["final"]]
        return list(dict.fromkeys(last))


@dataclass(slots=True)
class Person:
    """Somebody with an account, a session and a library of notes."""

    server: Server
    session: str
    library: int

    def tab(self, wire: sockets.socket | None = None) -> ClientConnection:
        """Open a socket; with a `wire` of its own it reads one frame ahead at most."""
        return connect(
            f"ws://127.0.0.1:{self.server.port}/ws/chat/",
            sock=wire,
            origin=Origin(self.server.url),
            additional_headers={"Cookie": f"sessionid={self.session}"},
            max_size=None,
            compression=None,
            ping_interval=None,
            max_queue=1 if wire else 16,
        )

    def question(self, text: str = "How long is tea brewed?") -> dict[str, Any]:
        return {
            "type": "ask",
            "id": str(uuid4()),
            "question": text,
            "library": self.library,
        }

    def lines(self, count: int) -> dict[str, Any]:
        asked = [
            {"id": str(uuid4()), "question": f"How long is tea {number} brewed?"}
            for number in range(count)
        ]
        return {"type": "ask", "questions": asked, "library": self.library}

    def rows(self, sql: str) -> list[Any]:
        """Return what the database holds, behind the server's back."""
        path = self.server.data / "qaweb.sqlite3"
        with closing(sqlite3.connect(path, timeout=20)) as base:
            return base.execute(sql, [self.library]).fetchall()

    def saved(self) -> list[tuple[str, str, Any]]:
        """Return id, status and end of each question, in the order asked."""
        rows = self.rows(
            "SELECT q.id, q.status, q.finished_at FROM answers_question q"
            " JOIN answers_question_libraries l ON l.question_id = q.id"
            " WHERE l.library_id = ? ORDER BY q.asked_at"
        )
        return [(dashed(key), status, end) for key, status, end in rows]

    def reviews(self) -> int:
        """Return how often a question was answered, all questions together."""
        (count,) = self.rows(
            "SELECT count(*) FROM answers_reviewitem i"
            " JOIN answers_answer a ON a.id = i.answer_id"
            " JOIN answers_passage p ON p.id = a.passage_id WHERE p.library_id = ?"
        )[0]
        return int(count)


def dashed(key: str) -> str:
    """Return the id as frames write it."""
    return "-".join([key[:8], key[8:12], key[12:16], key[16:20], key[20:]])


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def person(server: Server, request: pytest.FixtureRequest) -> Callable[..., Person]:
    """Make somebody with a library of so many notes of so many sentences."""

    def make(*, passages: int = 4, repeat: int = 1) -> Person:
        name = f"p{uuid4().hex[:12]}"
        code = SIGN_IN.format(name=name, passages=passages, repeat=repeat)
        session, library = server.command("shell", "-v0", "-c", code).split()[-2:]
        return Person(server, session, int(library))

    return make
