"""What the log says of requests that were refused."""

import logging


class ShortRefusals(logging.Filter):
    """One line for a request that was refused, as it ought to be.

    Django adds a traceback of fifty lines to each: anybody could fill the disk, and
    faults of ours would be lost among them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        is_fault = record.levelno >= logging.ERROR
        if record.name.startswith("django.security.") or (
            record.name == "django.request" and not is_fault
        ):
            record.exc_info = record.exc_text = None
        return True
