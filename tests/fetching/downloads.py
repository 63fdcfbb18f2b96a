"""A model fetched from the server of the tests: whole, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from answers.fetching import Entry, FetchError, fetch
from answers.fetching.card import CARD
from tests.fetched import OMZ
from tests.fetching.server import CONTENTS

HTTP = frozenset({"http"})


def get(entry: Entry, weights: Path, **options: Any) -> Path:
    return fetch(entry, weights, **{"schemes": HTTP, "timeout": 10.0, **options})


def refused(entry: Entry, weights: Path, **options: Any) -> str:
    """The sentence of the error; nothing that looks like a model is left."""
    with pytest.raises(FetchError) as error:
        get(entry, weights, **options)
    assert not (weights / OMZ).exists()
    return str(error.value)


def assert_whole(folder: Path) -> None:
    for name, content in CONTENTS.items():
        assert (folder / name).read_bytes() == content
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*CONTENTS, "reader.json", CARD])
    assert [path.name for path in folder.parent.iterdir()] == [OMZ]
