"""Files that commands write: whole, or not at all."""

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from answers.management.terminal import safe


def add_output(parser: CommandParser) -> None:
    """Add the arguments that say where to write."""
    parser.add_argument(
        "--output", required=True, metavar="FILE", help="- for standard output"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the file if it is there"
    )


def write(output: str, pieces: Iterable[bytes], *, force: bool) -> str:
    """Write the file; return its name for a terminal, "" for standard output.

    Raises CommandError for a file that is there already, unless forced, and for one
    that cannot be written.
    """
    if output == "-":
        _write_out(pieces)
        return ""
    target = Path(output)
    name = safe(str(target))
    try:
        if target.is_dir():  # as "" is
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not force:
            raise CommandError(
                f"{name} is there already. Name another file, or replace it with "
                "--force."
            )
        _write_whole(target, pieces)
    except OSError as error:
        raise CommandError(
            f"{name} cannot be written: {error.strerror or error}."
        ) from error
    return name


def _write_out(pieces: Iterable[bytes]) -> None:
    out = sys.stdout.buffer
    try:
        out.writelines(pieces)
        out.flush()
    except OSError as error:
        # What is left in the buffer is written once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        raise CommandError(
            f"Standard output cannot be written: {error.strerror or error}."
        ) from error


def _write_whole(target: Path, pieces: Iterable[bytes]) -> None:
    """Write beside the file first."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.writelines(pieces)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
