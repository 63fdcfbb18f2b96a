"""Who runs an import; its file also says which of the import's files is being read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from answers import holding
from answers.holding import DEATHS, Held

__all__ = ["DEATHS", "Held", "held", "let_go"]


@contextmanager
def held(job_pk: int) -> Iterator[Held | None]:
    """Take the import, or give None if another process has it."""
    with holding.held(_path(job_pk)) as hold:
        yield hold


def let_go(job_pk: int) -> None:
    """Forget a finished import; called while it is held."""
    _path(job_pk).unlink(missing_ok=True)


def _path(job_pk: int) -> Path:
    return Path(settings.UPLOADS_DIR) / f"{job_pk}.lock"
