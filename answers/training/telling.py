"""What a person can put right is told in one line, without a traceback."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Protocol

from answers.reader import ReaderError
from answers.squad import SquadError

from .network import CheckpointError


class Main(Protocol):
    """What a command's module calls: without arguments, those of the command line."""

    def __call__(self, argv: Sequence[str] | None = None) -> None: ...


def told(main: Main) -> Main:
    """A command whose errors of files end it with status 1 and their own words.

    Files that are missing or cannot be read or written, that are not in SQuAD format,
    and folders that hold no checkpoint or no model. Other errors are ours: they keep
    their traceback.
    """

    @functools.wraps(main)
    def command(argv: Sequence[str] | None = None) -> None:
        try:
            main(argv)
        except (CheckpointError, ReaderError, SquadError) as error:
            raise SystemExit(str(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise SystemExit(f"{error.filename}: {error.strerror}") from error

    return command
