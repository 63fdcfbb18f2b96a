#!/usr/bin/env python
"""Django's command line for qaweb."""

import os
import sys

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaweb.settings")
    try:
        run()
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def run() -> None:
    """Run the command; a disk or a database that takes nothing is one sentence."""
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        from answers.outages import is_outage

        if not is_outage(error) or "--traceback" in sys.argv:
            raise
        from django.conf import settings

        name = settings.DATABASES["default"]["NAME"]
        sys.exit(f"CommandError: QAWEB_DATABASE={name}: {error}.")


if __name__ == "__main__":
    main()
