"""A download that was broken off goes on where it was, or begins anew."""

from pathlib import Path

import pytest

from answers.fetching import Entry
from answers.fetching.placing import SPARE
from tests.fetched import OMZ
from tests.fetching.downloads import assert_whole, get, refused
from tests.fetching.server import (
    CONTENTS,
    CUT,
    Behave,
    Server,
    another_part,
    cut_off,
    fail_with,
    ignore_range,
    wrong_bytes,
)


def test_a_broken_download_goes_on_where_it_was(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = cut_off
    assert "cut off after 200,000 of 512,000 bytes" in refused(entry, tmp_path)

    told: list[tuple[int, int, int]] = []
    assert_whole(get(entry, tmp_path, report=lambda *at: told.append(at)))
    asked = [("/model.bin", None), ("/model.bin", f"bytes={CUT}-")]
    assert [one for one in server.asked if one[0] == "/model.bin"] == asked
    before = entry.size - 512_000 + CUT
    assert told[0][0] > before
    assert {at[2] for at in told} == {before}


def test_what_has_arrived_whole_is_not_asked_for_again(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = fail_with(503)
    refused(entry, tmp_path)
    get(entry, tmp_path)
    assert [path for path, _ in server.asked].count("/vocab.txt") == 1


def test_ctrl_c_leaves_what_a_second_run_goes_on_with(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int, before: int) -> None:
        if done > entry.size - 512_000 + CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(entry, tmp_path, report=interrupt)
    assert not (tmp_path / OMZ).exists()
    assert_whole(get(entry, tmp_path))
    assert server.asked[-1][1] is not None


@pytest.mark.parametrize("behave", [ignore_range, another_part, fail_with(416)])
def test_a_server_that_cannot_go_on_is_asked_for_all(
    entry: Entry, server: Server, tmp_path: Path, behave: Behave
) -> None:
    server.behave["/model.bin"] = cut_off
    refused(entry, tmp_path)
    server.behave["/model.bin"] = behave
    assert_whole(get(entry, tmp_path))


def test_a_beginning_of_something_else_is_thrown_away(
    entry: Entry, tmp_path: Path
) -> None:
    part = tmp_path / f"{OMZ}.part"
    part.mkdir()
    (part / "model.bin").write_bytes(b"<html>Please log in</html>")
    (part / "model.xml").write_bytes(b"x" * 10_000)  # longer than the file
    (part / "vocab.txt").write_bytes(b"y" * 12)  # as long
    (part / "of an older catalogue").write_bytes(b"z")
    assert_whole(get(entry, tmp_path))


def test_what_has_arrived_takes_no_more_room(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = cut_off
    refused(entry, tmp_path)
    here = sum(path.stat().st_size for path in (tmp_path / f"{OMZ}.part").iterdir())
    needed = entry.size - here + SPARE
    said = refused(entry, tmp_path, free=lambda path: needed - 1)
    assert "MB of disk are needed" in said
    assert_whole(get(entry, tmp_path, free=lambda path: needed))


def test_wrong_bytes_of_the_right_length_are_not_kept(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/model.bin"] = wrong_bytes
    refused(entry, tmp_path)
    kept = {path.name for path in (tmp_path / f"{OMZ}.part").iterdir()}
    assert kept == CONTENTS.keys() - {"model.bin"}
