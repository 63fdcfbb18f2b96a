"""What a person can put right is told in one line, without a traceback."""

from __future__ import annotations

import functools
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final, Protocol

from answers.reader import ReaderError
from answers.squad import SquadError

from .network import CheckpointError

INTERRUPTED: Final = 130  # as shells report Ctrl-C


class Main(Protocol):
    """What a command's module calls: without arguments, those of the command line."""

    def __call__(self, argv: Sequence[str] | None = None) -> None: ...


def _ended(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def told(main: Main) -> Main:
    """A command whose errors of files end it with status 1 and their own words.

    Files that are missing or cannot be read or written, that are not in SQuAD format,
    folders that hold no checkpoint or no model, and losses that are no number. Ctrl-C
    and SIGTERM give the status that shells give them, after tidying up: worker
    processes that nobody ends may wait for ever. Other errors are ours: they keep
    their traceback.
    """

    @functools.wraps(main)
    def command(argv: Sequence[str] | None = None) -> None:
        before = signal.signal(signal.SIGTERM, _ended)
        try:
            main(argv)
        except (CheckpointError, ReaderError, SquadError, FloatingPointError) as error:
            raise SystemExit(str(error)) from error
        except OSError as error:
            if error.filename is None and error.errno is None:
                raise
            names = [str(name) for name in (error.filename,) if name is not None]
            raise SystemExit(": ".join([*names, str(error.strerror)])) from error
        except KeyboardInterrupt:
            print("\nInterrupted.", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None
        finally:
            signal.signal(signal.SIGTERM, before)

    return command
