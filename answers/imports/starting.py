"""The rows of a new import."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import translation

from answers.imports.files import Handed, safe_name, take_in, throw_away
from answers.models import Import, ImportFile, Library, User


def start(
    library: Library,
    handed: Sequence[Handed],
    *,
    by: User | None = None,
    from_terminal: bool = False,
) -> Import:
    """Save an import of these files, which waits to be run.

    Uploads are moved to where it keeps them; `from_terminal` says that the files are
    somebody's own and stay where they are. Messages will be in the language of now.
    Raises OSError.
    """
    job: Import | None = None
    try:
        with transaction.atomic():
            job = Import.objects.create(
                library=library,
                started_by=by,
                from_terminal=from_terminal,
                language=translation.get_language() or "",
            )
            ImportFile.objects.bulk_create(
                _row(job, number, file) for number, file in enumerate(handed, 1)
            )
    except BaseException:
        if job is not None and not from_terminal:
            throw_away(job.pk)
        raise
    return job


def _row(job: Import, number: int, handed: Handed) -> ImportFile:
    row = ImportFile(job=job, name=safe_name(handed.name), size=handed.size)
    if handed.path is None:
        row.status = ImportFile.Status.FAILED
        row.message = handed.problem[:500]
        row.read = handed.size
    elif job.from_terminal:
        row.path = str(handed.path.absolute())
    else:
        row.path = take_in(job, number, handed)
    return row
