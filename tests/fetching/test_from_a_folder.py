"""A model is made of files that somebody has brought in a folder."""

from pathlib import Path

import pytest

from answers.fetching import Entry
from tests.fetching.downloads import assert_whole, get, refused
from tests.fetching.server import CONTENTS, Server


@pytest.mark.parametrize("place", range(5))
def test_files_are_found_under_the_publishers_names(
    entry: Entry, server: Server, tmp_path: Path, place: int
) -> None:
    source = tmp_path / "brought" / "here"
    for file in entry.files:
        names = [file.name, *file.also]
        path = source / names[min(place, len(names) - 1)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENTS[file.name])
    assert_whole(get(entry, tmp_path / "weights", source=source))
    assert server.asked == []


def test_files_may_have_been_brought_to_where_they_arrive(
    entry: Entry, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    part = weights / f"{entry.name}.part"
    part.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (part / name).write_bytes(content)
    assert_whole(get(entry, weights, source=part))


def test_a_missing_file_is_named_with_where_it_was_looked_for(
    entry: Entry, tmp_path: Path
) -> None:
    source = tmp_path / "brought"
    source.mkdir()
    (source / "vocab.txt").write_bytes(CONTENTS["vocab.txt"])
    sentence = refused(entry, tmp_path / "weights", source=source)
    assert "does not hold model.xml" in sentence
    assert "FP16-INT8/bert-small-uncased-whole-word-masking-squad-int8-0002.xml" in (
        sentence
    )
    assert "is not a folder" in refused(entry, tmp_path / "w", source=tmp_path / "no")


def test_files_of_another_release_are_refused(entry: Entry, tmp_path: Path) -> None:
    source = tmp_path / "brought"
    source.mkdir()
    for name, content in CONTENTS.items():
        (source / name).write_bytes(content)
    (source / "model.bin").write_bytes(b"x" * 512_000)
    assert "has the right length, but other bytes" in refused(
        entry, tmp_path / "weights", source=source
    )
    (source / "model.bin").write_bytes(b"x" * 512_016)
    assert "512,016 bytes, the catalogue says 512,000" in refused(
        entry, tmp_path / "weights", source=source
    )
    assert list((tmp_path / "weights").iterdir()) == []
