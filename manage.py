#!/usr/bin/env python
"""Django's command line for qaweb."""

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
CLOSED_PIPE = 141  # and of one that writes where nobody reads
ENDS = signal.SIGTERM, signal.SIGHUP  # the second: the terminal is gone


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaweb.settings")
    try:
        try:
            run()
        finally:
            print(end="", flush=True)  # at the very end nobody could catch its errors
    except BrokenPipeError:  # whoever listened has heard enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(CLOSED_PIPE)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def run() -> None:
    """Run the command; a disk or a database that takes nothing is one sentence."""
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    for number in ENDS:
        if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` has it ignored
            signal.signal(number, _end)
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        from answers.outages import is_outage

        if not is_outage(error) or "--traceback" in sys.argv:
            raise
        from django.db import connection

        name = connection.settings_dict["NAME"]
        sys.exit(f"CommandError: QAWEB_DATABASE={name}: {error}.")


def _end(number: int, frame: FrameType | None) -> None:
    """End as at Ctrl-C: nothing half-written is left."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
