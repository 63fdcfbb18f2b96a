"""Alice hands files over; afterwards the folder of uploads is empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from answers import imports
from answers.imports import Handed, files
from answers.models import Import, Library, User
from tests.imports.handed import Hand


@pytest.fixture(autouse=True)
def no_uploads() -> Iterator[None]:
    """Every test leaves the folder of uploads as it found it: empty."""
    yield
    left = [path.name for path in Path(settings.UPLOADS_DIR).iterdir()]
    for path in Path(settings.UPLOADS_DIR).iterdir():
        path.unlink() if path.is_file() else files.throw_away(int(path.name))
    assert not left, left


@pytest.fixture
def hand(library: Library, alice: User, tmp_path: Path) -> Hand:
    """Hand over files, given as name=content, as Alice does on the page."""

    def over(*given: tuple[str, str | bytes], to: Library = library) -> Import:
        handed = []
        for number, (name, content) in enumerate(given):
            path = tmp_path / f"upload{number}.part"
            data = content.encode() if isinstance(content, str) else content
            path.write_bytes(data)
            handed.append(Handed(name, path, len(data)))
        return imports.start(to, handed, by=alice)

    return over
