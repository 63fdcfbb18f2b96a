"""Files of a run are there whole, whatever ends it."""

from pathlib import Path

import pytest
from safetensors import SafetensorError

from answers.training.writing import written


def broken_off(path: Path, error: BaseException) -> None:
    with written(path) as part:
        part.write_text("half of the n")
        raise error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("PytorchStreamWriter failed\nframe #0"),
        SafetensorError("I/O error: No space left on device"),
        OSError(28, "No space left on device"),
    ],
)
def test_a_full_disk_leaves_the_old_file_and_is_told_with_its_name(
    error: Exception, tmp_path: Path
) -> None:
    path = tmp_path / "state.pt"
    path.write_text("old")
    with pytest.raises(OSError, match=r"space|failed") as told:
        broken_off(path, error)
    assert told.value.filename == str(path)
    assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_a_run_that_is_interrupted_leaves_no_half_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        broken_off(tmp_path / "a", KeyboardInterrupt())
    assert not list(tmp_path.iterdir())


def test_what_was_written_is_there(tmp_path: Path) -> None:
    with written(tmp_path / "a") as part:
        part.write_text("all")
    assert (tmp_path / "a").read_text() == "all"
    assert len(list(tmp_path.iterdir())) == 1


def test_whoever_may_read_other_files_may_read_this_one(tmp_path: Path) -> None:
    """safetensors writes files for their owner alone."""
    (tmp_path / "other").write_text("all")
    killed = tmp_path / "a.part"
    killed.touch(0o600)
    with written(tmp_path / "a") as part:
        part.write_text("all")
        part.chmod(0o600)
    modes = [(tmp_path / name).stat().st_mode for name in ("a", "other")]
    assert modes[0] == modes[1]
