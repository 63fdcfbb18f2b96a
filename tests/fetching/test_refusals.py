"""What server, network, disk or person do wrong is said, and nothing is placed."""

import dataclasses
import socket
import ssl
import urllib.error
from pathlib import Path

import pytest

from answers.fetching import Entry, FetchError, fetch
from answers.fetching.downloading import explain
from tests.fetched import OMZ, entry_for
from tests.fetching.downloads import assert_whole, get, refused
from tests.fetching.server import (
    CONTENTS,
    CUT,
    Behave,
    Server,
    cut_off,
    cut_off_without_length,
    endless,
    fail_with,
    redirect_to,
    stall,
    too_long_a_promise,
    too_short_a_promise,
    wrong_bytes,
)

# -- the server --------------------------------------------------------------------


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


# -- the network -------------------------------------------------------------------


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


# -- the disk ----------------------------------------------------------------------


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


def test_a_second_run_leaves_the_first_one_its_folder(
    entry: Entry, tmp_path: Path
) -> None:
    """Which is empty at first."""
    second: list[str] = []

    def meanwhile(part: Path) -> int:
        second.append(refused(entry, tmp_path))
        return 10**12

    assert_whole(get(entry, tmp_path, free=meanwhile))
    assert "Another fetch_model is at work" in second[0]
