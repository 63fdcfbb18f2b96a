"""`manage.py serve`, as a process of its own: starts, answers, and stops cleanly."""

import http.client
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings
from websockets.sync.client import connect
from websockets.typing import Origin

from answers.consumers import largest_message
from answers.management import keeping
from answers.management.commands.serve import address, bind, check_mail, run


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@dataclass
class Served:
    """A server process that has said where it answers."""

    process: subprocess.Popen[str]
    url: str
    said: str  # on standard output, up to its address
    errors: Path

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send the signal; return the exit status and what was still said."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def served(
    tmp_path: Path, data: Path, request: pytest.FixtureRequest
) -> Iterator[Served]:
    """A first start without a model (which needs seconds, and has its own tests).

    What a test gives as the fixture's parameter is in the environment, too.
    """
    port = free_port()
    environment = os.environ | {
        "QAWEB_DATA": str(data),
        "QAWEB_WEIGHTS": str(tmp_path),
        "PORT": str(port),
        **getattr(request, "param", {}),
    }
    errors = tmp_path / "stderr"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    said = ""
    assert process.stdout is not None
    with process:
        while "Ctrl-C stops it." not in said:
            line = process.stdout.readline()
            assert line, f"the server ended: {said}{errors.read_text()}"
            said += line
        yield Served(process, f"http://127.0.0.1:{port}/", said, errors)
        if process.poll() is None:
            process.kill()


def sign_in(served: Served, data: Path) -> str:
    """Sign in as the demo user over HTTP; return the session's cookie header."""
    account = (data / "accounts.txt").read_text().splitlines()[0].split("\t")
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"{served.url}accounts/login/"
    with browser.open(login) as page:
        found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert found is not None
    form = {
        "csrfmiddlewaretoken": found[1],
        "login": account[0],
        "password": account[1],
    }
    data_sent = urllib.parse.urlencode(form).encode()
    sent = urllib.request.Request(login, data_sent, {"Referer": login})  # noqa: S310
    with browser.open(sent) as page:
        assert page.status == 200
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def test_a_first_start_tells_the_address_and_the_accounts_and_answers(
    served: Served, data: Path
) -> None:
    assert f"qaweb answers at {served.url}" in served.said
    accounts = (data / "accounts.txt").read_text().splitlines()
    passwords = [line.split("\t")[1] for line in accounts]
    assert all(password in served.said for password in passwords)
    assert "no question can be answered yet" in served.said
    with urllib.request.urlopen(served.url) as page:  # noqa: S310
        assert page.status == 200
        assert "server" not in {name.lower() for name in page.headers}
        assert "/static/" in page.read().decode()
    assert served.stop(signal.SIGINT) == (0, "Stopped.\n")
    assert "Traceback" not in served.errors.read_text()


@pytest.mark.parametrize(
    "served",
    [{"QAWEB_TASKS": "django_tasks.backends.dummy.DummyBackend"}],
    indirect=True,
)
def test_another_queue_starts_no_worker_here(served: Served) -> None:
    with urllib.request.urlopen(served.url) as page:  # noqa: S310
        assert page.status == 200
    assert children(served.process) == []
    assert served.stop(signal.SIGINT) == (0, "Stopped.\n")


@pytest.mark.parametrize(
    "served",
    [{"QAWEB_ALLOWED_HOSTS": "qa.example.org", "QAWEB_HTTPS": "yes"}],
    indirect=True,
)
def test_behind_a_proxy_it_tells_under_which_name_it_answers(served: Served) -> None:
    assert f"listens on {served.url} and answers as https://qa.exa" in served.said
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(served.url)  # noqa: S310
    named = urllib.request.Request(served.url, headers={"Host": "qa.example.org"})  # noqa: S310
    with urllib.request.urlopen(named) as page:  # noqa: S310
        assert page.status == 200


def test_it_stops_cleanly_while_somebody_is_connected(
    served: Served, data: Path
) -> None:
    headers = {"Cookie": sign_in(served, data)}
    with connect(
        served.url.replace("http", "ws") + "ws/chat/",
        origin=Origin(served.url.rstrip("/")),
        additional_headers=headers,
        proxy=None,
    ) as page:
        page.ping().wait(30)
        assert served.stop(signal.SIGTERM) == (0, "Stopped.\n")
    assert "Traceback" not in served.errors.read_text()


def children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that this one has started."""
    listed = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for path in listed for pid in path.read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "it took too long"
        threading.Event().wait(0.02)


def the_worker(served: Served) -> int:
    wait_for(lambda: bool(children(served.process)))
    (worker,) = children(served.process)
    return worker


def test_a_worker_runs_beside_it_is_replaced_when_it_dies_and_ends_with_it(
    served: Served,
) -> None:
    first = the_worker(served)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: first not in children(served.process))
    second = the_worker(served)
    assert "another one starts in 1 s" in served.errors.read_text()
    assert served.stop(signal.SIGTERM) == (0, "Stopped.\n")
    assert not is_alive(second)


def test_a_worker_ends_when_the_server_is_killed(served: Served) -> None:
    worker = the_worker(served)
    served.process.kill()
    served.process.wait()
    wait_for(lambda: not is_alive(worker))


def test_a_worker_that_cannot_be_started_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeper = keeping.Keeper(["/nowhere/python"], first_seconds=0.01)
    keeper.start()
    wait_for(lambda: keeper.started > 1)
    keeper.stop()
    assert "could not be started: No such file or directory" in caplog.text


def test_a_body_of_two_gigabytes_is_refused_unread(served: Served, data: Path) -> None:
    cookie = sign_in(served, data)
    address = urllib.parse.urlsplit(served.url)
    assert address.hostname is not None
    with closing(http.client.HTTPConnection(address.hostname, address.port)) as site:
        site.putrequest("POST", "/libraries/1/import/")
        site.putheader("Cookie", cookie)
        site.putheader("Content-Type", "multipart/form-data; boundary=x")
        site.putheader("Content-Length", str(2 << 30))
        site.endheaders()
        site.send(b"--x")
        answer = site.getresponse()
        assert answer.status == 413
        told = answer.read().decode()
    assert "You sent 2,048 MB; together the files may have at most 1,000 MB" in told


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}.*PORT="):
            bind("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(CommandError, match=r"HOST|Cannot listen"):
        bind("192.0.2.1", free_port())


def test_a_host_that_is_no_name_is_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"HOST=a\.\.b: "):
        bind("a..b", free_port())


def test_mail_that_nothing_could_send_is_refused(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    with pytest.raises(CommandError, match=r"QAWEB_EMAIL_BACKEND='no\.such\.Backend'"):
        check_mail()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),  # noqa: S104
        ("::1", "http://[::1]:8000/"),
        ("qa.example.org", "http://qa.example.org:8000/"),
    ],
)
def test_the_address_can_be_typed_into_a_browser(host: str, shown: str) -> None:
    assert address(host, 8000) == shown


@pytest.mark.parametrize("text", ["99999", "0", "-1", "x", "²"])
def test_a_port_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(CommandError, match="--port: expected a number from 1 to 65535"):
        call_command("serve", f"--port={text}")


@pytest.mark.parametrize("characters", [100_000, 1_000_000])
def test_a_message_that_the_page_sends_fits_into_a_frame(
    characters: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the page would send it again on every new connection, for ever."""
    settings.PASSAGE_CHARACTERS = characters
    made: list[uvicorn.Config] = []
    monkeypatch.setattr(
        uvicorn.Server, "run", lambda server, **_: made.append(server.config)
    )
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    with closing(socket.socket()) as listener:
        run(None, listener, lambda: None)
    assert made[0].ws_max_size >= len(("💩" * largest_message()).encode())


def test_host_and_port_may_be_given_as_options(tmp_path: Path) -> None:
    """They begin the process again with both in the environment, and then are used."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", port],
            cwd=settings.BASE_DIR,
            env=os.environ | {"QAWEB_DATA": str(tmp_path), "PORT": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"CommandError: Cannot listen on http://127.0.0.1:{port}/"
    )
