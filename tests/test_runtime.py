"""The one Reader of the process, with the real model."""

import threading
from pathlib import Path
from typing import Any

import pytest

from answers import runtime
from answers.reader import Reader

pytestmark = pytest.mark.django_db  # it says what the model is to score with


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    runtime.reset()
    yield
    runtime.reset()


def test_everybody_gets_the_same_reader_however_many_come_at_once() -> None:
    readers: list[Reader] = []
    threads = [
        threading.Thread(target=lambda: readers.append(runtime.get_reader()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(reader) for reader in readers}) == 1


def test_a_model_that_is_not_there_is_named(settings: Any) -> None:
    settings.MODEL = "no-such-model"
    with pytest.raises(runtime.NoReader, match=r"no-such-model.*QAWEB_MODEL"):
        runtime.get_reader()


def test_the_site_starts_without_a_model_and_says_so(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MODEL = "no-such-model"
    runtime.warm_up_or_warn()
    assert "no-such-model" in caplog.text


def test_without_a_cache_folder_the_model_is_read_all_the_same(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MODEL_CACHE = tmp_path / "cache"
    settings.MODEL_CACHE.write_text("no folder")
    assert runtime.get_reader()
    [told] = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert told == (
        f"QAWEB_MODEL_CACHE={settings.MODEL_CACHE}: File exists. Starts take longer."
    )


def test_a_reset_loads_the_model_anew() -> None:
    first = runtime.get_reader()
    runtime.reset()
    assert runtime.get_reader() is not first
