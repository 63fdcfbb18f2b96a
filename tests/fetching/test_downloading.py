"""A model is fetched whole, with its card, and takes the place of an old one."""

import dataclasses
from pathlib import Path

import pytest

from answers.fetching import Entry, FetchError, is_intact
from answers.fetching.card import CARD
from answers.reader import ReaderConfig
from tests.fetched import OMZ
from tests.fetching.downloads import assert_whole, get
from tests.fetching.server import CONTENTS, Server, fail_with, redirect_to, wrong_bytes


def test_a_model_is_fetched_whole_with_reader_json_and_card(
    entry: Entry, tmp_path: Path
) -> None:
    told: list[tuple[int, int, int]] = []
    folder = get(entry, tmp_path, report=lambda *at: told.append(at))

    assert_whole(folder)
    config = ReaderConfig.load(folder)
    config.verify(folder, *CONTENTS)
    assert config.name == folder.name == OMZ
    assert config.inputs["position_ids"] == "position_ids"
    assert (config.max_length, config.max_question_tokens) == (384, 64)
    assert told == sorted(told)
    assert told[-1] == (entry.size, entry.size, 0)
    assert is_intact(entry, tmp_path)


def test_the_card_says_whose_it_is_and_what_nobody_measured(
    entry: Entry, tmp_path: Path
) -> None:
    folder = get(entry, tmp_path)
    text = (folder / CARD).read_text(encoding="utf-8")
    model_hash = ReaderConfig.load(folder).model_hash
    for part in ("Apache-2.0", entry.source, "91.4", "84.4", "Not calibrated"):
        assert part in text
    assert model_hash in text


def test_the_folder_of_weights_is_made(entry: Entry, tmp_path: Path) -> None:
    assert_whole(get(entry, tmp_path / "not" / "there"))


def test_redirects_are_followed(entry: Entry, server: Server, tmp_path: Path) -> None:
    server.behave["/model.bin"] = redirect_to(f"{server.address}/moved/model.bin")
    assert_whole(get(entry, tmp_path))
    assert ("/moved/model.bin", None) in server.asked


def test_a_second_address_stands_in_for_the_first(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    server.behave["/old/vocab.txt"] = fail_with(404)
    files = [
        dataclasses.replace(
            file, urls=(f"{server.address}/old/{file.name}", *file.urls)
        )
        for file in entry.files[:1]
    ]
    entry = dataclasses.replace(entry, files=(*files, *entry.files[1:]))
    assert_whole(get(entry, tmp_path))


def test_force_replaces_what_is_there(entry: Entry, tmp_path: Path) -> None:
    folder = get(entry, tmp_path)
    (folder / "model.bin").write_bytes(b"damaged")
    (folder / "left over").write_bytes(b"")
    assert not is_intact(entry, tmp_path)
    assert_whole(get(entry, tmp_path, force=True))


def test_a_failed_force_leaves_the_old_one_in_place(
    entry: Entry, server: Server, tmp_path: Path
) -> None:
    folder = get(entry, tmp_path)
    server.behave["/model.bin"] = wrong_bytes
    with pytest.raises(FetchError):
        get(entry, tmp_path, force=True)
    assert (folder / "model.bin").read_bytes() == CONTENTS["model.bin"]
    assert is_intact(entry, tmp_path)


def test_a_new_one_that_cannot_take_the_place_leaves_the_old_one_there(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(entry, tmp_path)
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path.name.endswith(".part"):
            raise OSError(5, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(FetchError, match="Input/output error"):
        get(entry, tmp_path, force=True)
    assert is_intact(entry, tmp_path)
