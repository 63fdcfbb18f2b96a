"""The server, running, and the catalogue's entry of what it serves."""

import threading
from collections.abc import Iterator

import pytest

from answers.fetching import Entry
from tests.fetched import entry_for
from tests.fetching.server import CONTENTS, Handler, Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")  # a proxy of this machine has no part in it
    server = Server(("127.0.0.1", 0), Handler)
    server.behave, server.asked, server.stop = {}, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def entry(server: Server) -> Entry:
    return entry_for(CONTENTS, server.address)
