"""Fetching: from a local server that also cuts off, lies, redirects and stalls."""

import dataclasses
import hashlib
import json
import socket
import ssl
import threading
import urllib.error
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from answers.fetching import Entry, FetchError, fetch, is_intact, load_catalogue
from answers.fetching.card import CARD
from answers.fetching.downloading import explain
from answers.reader import ReaderConfig
from tests.fetched import OMZ, entry_for

HTTP = frozenset({"http"})
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


def get(entry: Entry, weights: Path, **options: Any) -> Path:
    return fetch(entry, weights, **{"schemes": HTTP, "timeout": 10.0, **options})


def refused(entry: Entry, weights: Path, **options: Any) -> str:
    """The sentence of the error; nothing that looks like a model is left."""
    with pytest.raises(FetchError) as error:
        get(entry, weights, **options)
    assert not (weights / OMZ).exists()
    return str(error.value)


def assert_whole(folder: Path) -> None:
    for name, content in CONTENTS.items():
        assert (folder / name).read_bytes() == content
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*CONTENTS, "reader.json", CARD])
    assert [path.name for path in folder.parent.iterdir()] == [OMZ]


# -- works -------------------------------------------------------------------------


def test_a_model_is_fetched_whole_with_reader_json_and_card(
    entry: Entry, tmp_path: Path
) -> None:
    told: list[tuple[int, int, int]] = []
    folder = get(entry, tmp_path, report=lambda *at: told.append(at))

    assert_whole(folder)
    config = ReaderConfig.load(folder)
    config.verify(folder, *CONTENTS)
    assert config.name == folder.name == OMZ
    assert config.inputs["position_ids"] == "position_ids"
    assert (config.max_length, config.max_question_tokens) == (384, 64)
    assert told == sorted(told)
    assert told[-1] == (entry.size, entry.size, 0)
    assert is_intact(entry, tmp_path)


def test_the_card_says_whose_it_is_and_what_nobody_measured(
    entry: Entry, tmp_path: Path
) -> None:
    folder = get(entry, tmp_path)
    text = (folder / CARD).read_text(encoding="utf-8")
    model_hash = ReaderConfig.load(folder).model_hash
    for part in ("Apache-2.0", entry.source, "91.4", "84.4", "Not calibrated"):
        assert part in text
    assert model_hash in text


def test_the_folder_of_weights_is_made(entry: Entry, tmp_path: Path) -> None:
    assert_whole(get(entry, tmp_path / "not" / "there"))


def test_a_broken_download_goes_on_where_it_was(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = cut_off
    assert "cut off after 200,000 of 512,000 bytes" in refused(entry, tmp_path)

    told: list[tuple[int, int, int]] = []
    assert_whole(get(entry, tmp_path, report=lambda *at: told.append(at)))
    asked = [("/model.bin", None), ("/model.bin", f"bytes={CUT}-")]
    assert [one for one in server.asked if one[0] == "/model.bin"] == asked
    before = entry.size - 512_000 + CUT
    assert told[0][0] > before
    assert {at[2] for at in told} == {before}


def test_what_has_arrived_whole_is_not_asked_for_again(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = fail_with(503)
    refused(entry, tmp_path)
    get(entry, tmp_path)
    assert [path for path, _ in server.asked].count("/vocab.txt") == 1


def test_ctrl_c_leaves_what_a_second_run_goes_on_with(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int, before: int) -> None:
        if done > entry.size - 512_000 + CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(entry, tmp_path, report=interrupt)
    assert not (tmp_path / OMZ).exists()
    assert_whole(get(entry, tmp_path))
    assert server.asked[-1][1] is not None


@pytest.mark.parametrize("behave", [ignore_range, another_part, fail_with(416)])
def test_a_server_that_cannot_go_on_is_asked_for_all(
    entry: Entry, server: Server, tmp_path: Path, behave: Behave
) -> None:
    server.behave["/model.bin"] = cut_off
    refused(entry, tmp_path)
    server.behave["/model.bin"] = behave
    assert_whole(get(entry, tmp_path))


def test_a_beginning_of_something_else_is_thrown_away(
    entry: Entry, tmp_path: Path
) -> None:
    part = tmp_path / f"{OMZ}.part"
    part.mkdir()
    (part / "model.bin").write_bytes(b"<html>Please log in</html>")
    (part / "model.xml").write_bytes(b"x" * 10_000)  # longer than the file
    (part / "vocab.txt").write_bytes(b"y" * 12)  # as long
    (part / "of an older catalogue").write_bytes(b"z")
    assert_whole(get(entry, tmp_path))


def test_redirects_are_followed(entry: Entry, server: Server, tmp_path: Path) -> None:
    server.behave["/model.bin"] = redirect_to(f"{server.address}/moved/model.bin")
    assert_whole(get(entry, tmp_path))
    assert ("/moved/model.bin", None) in server.asked


def test_a_second_address_stands_in_for_the_first(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/old/vocab.txt"] = fail_with(404)
    files = [
        dataclasses.replace(
            file, urls=(f"{server.address}/old/{file.name}", *file.urls)
        )
        for file in entry.files[:1]
    ]
    entry = dataclasses.replace(entry, files=(*files, *entry.files[1:]))
    assert_whole(get(entry, tmp_path))


def test_force_replaces_what_is_there(entry: Entry, tmp_path: Path) -> None:
    folder = get(entry, tmp_path)
    (folder / "model.bin").write_bytes(b"damaged")
    (folder / "left over").write_bytes(b"")
    assert not is_intact(entry, tmp_path)
    assert_whole(get(entry, tmp_path, force=True))


def test_a_failed_force_leaves_the_old_one_in_place(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    folder = get(entry, tmp_path)
    server.behave["/model.bin"] = wrong_bytes
    with pytest.raises(FetchError):
        get(entry, tmp_path, force=True)
    assert (folder / "model.bin").read_bytes() == CONTENTS["model.bin"]
    assert is_intact(entry, tmp_path)


# -- from a folder -----------------------------------------------------------------


@pytest.mark.parametrize("place", range(5))
def test_files_are_found_under_the_publishers_names(
    entry: Entry, server: Server, tmp_path: Path, place: int
) -> None:
    source = tmp_path / "brought" / "here"
    for file in entry.files:
        names = [file.name, *file.also]
        path = source / names[min(place, len(names) - 1)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENTS[file.name])
    assert_whole(get(entry, tmp_path / "weights", source=source))
    assert server.asked == []


def test_files_may_have_been_brought_to_where_they_arrive(
    entry: Entry, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    part = weights / f"{entry.name}.part"
    part.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (part / name).write_bytes(content)
    assert_whole(get(entry, weights, source=part))


def test_a_missing_file_is_named_with_where_it_was_looked_for(
    entry: Entry, tmp_path: Path
) -> None:
    source = tmp_path / "brought"
    source.mkdir()
    (source / "vocab.txt").write_bytes(CONTENTS["vocab.txt"])
    sentence = refused(entry, tmp_path / "weights", source=source)
    assert "does not hold model.xml" in sentence
    assert "FP16-INT8/bert-small-uncased-whole-word-masking-squad-int8-0002.xml" in (
        sentence
    )
    assert "is not a folder" in refused(entry, tmp_path / "w", source=tmp_path / "no")


def test_files_of_another_release_are_refused(entry: Entry, tmp_path: Path) -> None:
    source = tmp_path / "brought"
    source.mkdir()
    for name, content in CONTENTS.items():
        (source / name).write_bytes(content)
    (source / "model.bin").write_bytes(b"x" * 512_000)
    assert "has the right length, but other bytes" in refused(
        entry, tmp_path / "weights", source=source
    )
    (source / "model.bin").write_bytes(b"x" * 512_016)
    assert "512,016 bytes, the catalogue says 512,000" in refused(
        entry, tmp_path / "weights", source=source
    )
    assert list((tmp_path / "weights").iterdir()) == []


# -- refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behave", "sentence"),
    [
        (cut_off, "run the same command again to go on"),
        (cut_off_without_length, "was cut off after 200,000 of 512,000"),
        (wrong_bytes, "has the right length, but other bytes"),
        (too_short_a_promise, "offers 26 bytes, the catalogue says 512,000"),
        (too_long_a_promise, "offers 1,000,000,000,000 bytes"),
        (endless, "offers more than 512,000 bytes"),
        (fail_with(404), r"not there any more (HTTP 404)"),
        (fail_with(503), "was refused (HTTP 503 Service Unavailable)"),
        (redirect_to("https://localhost:9/model.bin"), "only http is trusted here"),
        (redirect_to("file:///etc/passwd"), "was refused (HTTP 302"),
    ],
)
def test_what_a_server_does_wrong_is_said_and_nothing_placed(
    entry: Entry, server: Server, tmp_path: Path, behave: Behave, sentence: str
) -> None:
    server.behave["/model.bin"] = behave
    assert sentence in refused(entry, tmp_path)
    assert_whole(get(entry, tmp_path))  # and the next run makes it good


def test_a_silent_server_is_given_up(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = stall
    assert "127.0.0.1 has gone silent" in refused(entry, tmp_path, timeout=0.3)
    assert (tmp_path / f"{OMZ}.part" / "model.bin").stat().st_size <= CUT


def test_only_https_is_asked_by_default(entry: Entry, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="only https is trusted here"):
        fetch(entry, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_tls_is_not_believed(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    secure = dataclasses.replace(
        entry,
        files=tuple(
            dataclasses.replace(file, urls=(file.urls[0].replace("http", "https"),))
            for file in entry.files
        ),
    )
    with pytest.raises(FetchError, match="No secure connection to 127"):
        fetch(secure, tmp_path)


def test_a_closed_port_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # taken, and not listening
        entry = entry_for(CONTENTS, f"http://127.0.0.1:{free.getsockname()[1]}")
        assert "refuses the connection" in refused(entry, tmp_path)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.gaierror(-2, "Name or service not known"), "cannot be looked up"),
        (ssl.SSLCertVerificationError(1, "self-signed"), "cannot prove who it is"),
        (OSError(101, "Network is unreachable"), "cannot be reached: [Errno 101]"),
        (ConnectionResetError(), "broke off"),
    ],
)
def test_each_failure_of_the_network_has_its_sentence(
    error: OSError, sentence: str
) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "self-signed certificate"
    url = "https://models.example/model.bin"
    said = {explain(error, url), explain(urllib.error.URLError(error), url)}
    assert len(said) == 1
    assert sentence in said.pop()


def test_too_little_disk_is_said_before_anything_is_fetched(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    assert "11 MB of disk are needed, 0 MB are free" in refused(
        entry, tmp_path, free=lambda path: 0
    )
    assert server.asked == []


def test_a_disk_that_fills_up_on_the_way_is_said(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("answers.fetching.downloading.os.fsync", full)
    assert "The disk is full" in refused(entry, tmp_path)


def test_a_folder_that_cannot_be_made_is_said(entry: Entry, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "cannot be written: Not a directory" in refused(
        entry, tmp_path / "file" / "weights"
    )


def test_a_folder_that_is_there_is_not_touched(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    (tmp_path / OMZ).mkdir()
    with pytest.raises(FetchError, match="is there already"):
        get(entry, tmp_path)
    assert server.asked == []


def test_two_runs_do_not_write_one_file(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    second: list[str] = []

    def meanwhile(*_: int) -> None:
        if not second:
            second.append(refused(entry, tmp_path))

    assert_whole(get(entry, tmp_path, report=meanwhile))
    assert "Another fetch_model is at work" in second[0]


# -- the catalogue -----------------------------------------------------------------


def test_the_catalogue_gives_sizes_digests_and_addresses_over_https() -> None:
    files = {file.name: file for file in load_catalogue()[OMZ].files}
    assert {name: file.size for name, file in files.items()} == {
        "vocab.txt": 231_508,
        "model.xml": 1_161_367,
        "model.bin": 41_207_550,
    }
    for entry in load_catalogue().values():
        for file in entry.files:
            assert len(bytes.fromhex(file.sha384)) == 48
            assert file.urls
            assert all(url.startswith("https://") for url in file.urls)


def test_its_vocabulary_is_the_one_of_the_shipped_model() -> None:
    """Which is the one proof that can be had here that the figures are right."""
    shipped = Path(__file__).parent.parent / "answers/weights/minilm-l6-squad-int8"
    content = (shipped / "vocab.txt").read_bytes()
    (file,) = (one for one in load_catalogue()[OMZ].files if one.name == "vocab.txt")
    assert file.size == len(content)
    assert file.sha384 == hashlib.sha384(content).hexdigest()


def test_every_entry_makes_a_reader_json(tmp_path: Path) -> None:
    for entry in load_catalogue().values():
        config = entry.config({file.name: "0" * 64 for file in entry.files})
        config.save(tmp_path)
        assert ReaderConfig.load(tmp_path) == config
        assert json.loads((tmp_path / "reader.json").read_text())["name"] == entry.name
