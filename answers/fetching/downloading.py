"""One published file over HTTPS, into a file that a second run can go on with.

Standard library only. This is the one place of qaweb that asks anything of another
machine, and it does so for nobody but whoever runs `manage.py fetch_model`.
"""

import errno
import http.client
import os
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from .catalogue import PublishedFile
from .errors import FetchError

HTTPS: Final = frozenset({"https"})
CHUNK: Final = 64 * 1024  # bytes
TIMEOUT: Final = 30.0  # seconds without a single byte
KEPT: Final = "What has arrived is kept: run the same command again to go on."
OFFLINE: Final = (
    "A machine without internet can use --from FOLDER with the files brought there."
)


class _Restart(Exception):
    """The server cannot go on where the partial file ends: from the start, then."""


def download(
    file: PublishedFile,
    target: Path,
    *,
    schemes: Collection[str] = HTTPS,
    timeout: float = TIMEOUT,
    report: Callable[[int], None] = lambda here: None,
) -> None:
    """Make the target this file, going on with what is there of it.

    Tries each address in turn; what has arrived is kept for the next run.
    ``report`` is told how many bytes are there. Raises FetchError, and OSError when
    the target cannot be written.
    """
    failures = []
    for url in file.urls:
        resumed = _size(target) > 0
        try:
            _from(url, file, target, schemes, timeout, report)
            if resumed and not file.is_at(target):
                # The beginning was something else's, as from a proxy's error page.
                target.unlink()
                _from(url, file, target, schemes, timeout, report)
            file.check(target)
            return
        except FetchError as error:
            if _size(target) >= file.size:
                target.unlink()  # these bytes are no beginning to go on with
            failures.append(str(error))
    # Without a network all addresses fail alike: that is said once.
    raise FetchError("\n".join(dict.fromkeys(failures)))


def _from(
    url: str,
    file: PublishedFile,
    target: Path,
    schemes: Collection[str],
    timeout: float,
    report: Callable[[int], None],
) -> None:
    if _size(target) >= file.size:
        if file.is_at(target):
            return
        target.unlink()
    try:
        with _opened(url, _size(target), schemes, timeout) as response:
            _receive(response, url, file, target, report)
    except _Restart:
        target.unlink(missing_ok=True)
        with _opened(url, 0, schemes, timeout) as response:
            _receive(response, url, file, target, report)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never away from the schemes that are allowed."""

    def __init__(self, schemes: Collection[str]) -> None:
        self._schemes = schemes

    def redirect_request(self, *request: Any) -> urllib.request.Request | None:
        _require_scheme(request[-1], self._schemes)
        return super().redirect_request(*request)


def _require_scheme(url: str, schemes: Collection[str]) -> None:
    if urlsplit(url).scheme not in schemes:
        raise FetchError(
            f"{url} is refused: only {', '.join(sorted(schemes))} is trusted here. "
            f"If a proxy redirects you there, ask who runs it. {OFFLINE}"
        )


@contextmanager
def _opened(
    url: str, start: int, schemes: Collection[str], timeout: float
) -> Iterator[http.client.HTTPResponse]:
    """The response to a request for the bytes from `start` on."""
    _require_scheme(url, schemes)
    headers = {"User-Agent": "qaweb", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  checked above
    opener = urllib.request.build_opener(_Redirects(schemes))
    try:
        response = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            raise _Restart from error
        raise FetchError(_status(url, error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(explain(error, url)) from error
    with response:
        yield response


def _receive(
    response: http.client.HTTPResponse,
    url: str,
    file: PublishedFile,
    target: Path,
    report: Callable[[int], None],
) -> None:
    start = _start(response, _size(target))
    _require_length(response, url, start, file)
    here = start
    with target.open("ab" if start else "wb") as out:
        while chunk := _read(response, url):
            here += len(chunk)
            if here > file.size:
                raise FetchError(_wrong_length(url, f"more than {file.size:,}", file))
            out.write(chunk)
            report(here)
        out.flush()
        os.fsync(out.fileno())  # a rename must never outlive the bytes
    if here < file.size:
        raise FetchError(
            f"{url} was cut off after {here:,} of {file.size:,} bytes. {KEPT}"
        )


def _start(response: http.client.HTTPResponse, wanted: int) -> int:
    """Where the bytes of the response begin in the file: 0 if Range was ignored."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    given = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if given is None or int(given[1]) != wanted:
        raise _Restart
    return wanted


def _require_length(
    response: http.client.HTTPResponse, url: str, start: int, file: PublishedFile
) -> None:
    """Refuse at once what cannot become the file, before any byte is written."""
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and start + int(length) != file.size:
        raise FetchError(_wrong_length(url, f"{start + int(length):,}", file))


def _wrong_length(url: str, offered: str, file: PublishedFile) -> str:
    return (
        f"{url} offers {offered} bytes, the catalogue says {file.size:,}: it is not "
        "the file that was measured, perhaps a page of a proxy or another release. "
        f"{OFFLINE}"
    )


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return response.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(explain(error, url)) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def unwritable(error: OSError, path: Path) -> str:
    """Why nothing can be written there, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk is full: {path} could not be written. Make room, or set "
            f"QAWEB_WEIGHTS to a folder on another disk. {KEPT}"
        )
    return (
        f"{path} cannot be written: {error.strerror or error}. Set QAWEB_WEIGHTS to a "
        "folder that this user may write to."
    )


def _status(url: str, error: urllib.error.HTTPError) -> str:
    if error.code in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE):
        return (
            f"{url} is not there any more (HTTP {error.code}). A newer qaweb may know "
            f"where it went. {OFFLINE}"
        )
    return (
        f"{url} was refused (HTTP {error.code} {error.reason}). Try again later. "
        f"{OFFLINE}"
    )


def explain(error: Exception, url: str) -> str:
    """What a failure of the network means, in a sentence with the remedy."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).hostname
    if isinstance(cause, socket.gaierror):
        return (
            f"The name {host} cannot be looked up ({cause.strerror}): is this machine "
            f"connected to the internet? {OFFLINE}"
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"{host} cannot prove who it is ({cause.verify_message}). Is the clock of "
            "this machine right? A proxy that reads along needs its certificate in "
            f"SSL_CERT_FILE. {OFFLINE}"
        )
    if isinstance(cause, ssl.SSLError):
        return f"No secure connection to {host} (TLS: {cause.reason}). {OFFLINE}"
    if isinstance(cause, TimeoutError):
        return f"{host} has gone silent. {KEPT}"
    if isinstance(cause, ConnectionRefusedError):
        return f"{host} refuses the connection. Try again later. {OFFLINE}"
    if isinstance(cause, http.client.HTTPException | ConnectionError):
        return f"The connection to {host} broke off. {KEPT}"
    return f"{host} cannot be reached: {cause}. {OFFLINE}"
