"""Files that are handed over to an import, and what came of them."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from django_tasks_db.models import DBTaskResult

from answers import imports
from answers.models import Import

Hand = Callable[..., Import]
PASSAGE = "Passage number {} is on bread, tea and the keeping of bees in cold winters."


def lines(count: int, start: int = 0) -> str:
    """A .jsonl file of this many passages."""
    numbers = range(start, start + count)
    rows = [{"title": f"No. {n}", "text": PASSAGE.format(n)} for n in numbers]
    return "".join(json.dumps(row) + "\n" for row in rows)


def zipped(path: Path, members: dict[str, str | bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data = path.read_bytes()
    path.unlink()
    return data


def outcome(job: Import) -> list[tuple[str, str, int, int]]:
    rows = job.files.order_by("pk")
    return [(row.name, row.status, row.added, row.already) for row in rows]


def finished(job: Import) -> Import:
    assert imports.run(job.pk)
    job.refresh_from_db()
    return job


def queued() -> list[int]:
    """The imports whose tasks wait, by their keys."""
    rows = DBTaskResult.objects.ready().order_by("enqueued_at")
    return [row.args_kwargs["args"][0] for row in rows]
