"""What a step says of files that are not as they should be."""

import shutil
import signal
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from answers import training
from answers.training.checkpoints import DEMO
from answers.training.features import SHIPPED
from answers.training.telling import told
from answers.training.writing import written

MODULES = [
    import_module(f"{training.__name__}.{module.name}")
    for module in iter_modules(training.__path__)
]
COMMANDS = {
    module.__name__.rpartition(".")[2]: module.main
    for module in MODULES
    if hasattr(module, "main")
}
MISSING = {
    "average": ["out", "missing"],
    "calibrate": ["missing", str(DEMO)],
    "checkpoints": ["missing", "--out", "out"],
    "distil": ["missing", "out", "--teacher", str(SHIPPED), "--data", str(DEMO)],
    "evaluate": [str(SHIPPED), "missing"],
    "finetune": [str(SHIPPED), "out", "--data", "missing"],
    "generate": ["missing", "out.json", "missing", "--reader", str(SHIPPED)],
    "prepare": ["count", "missing"],
    "pretrain": [str(SHIPPED), "out", "--text", "missing"],
    "quantise": ["missing", "out", "--data", str(DEMO)],
    "recover": ["missing", "out"],
    "speed": ["missing", "--fp32", "missing"],
}


def said_by(command: str, arguments: list[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        COMMANDS[command](arguments)
    assert isinstance(stopped.value.code, str)  # to standard error, status 1
    return stopped.value.code


def test_all_commands_are_asked() -> None:
    assert COMMANDS.keys() == MISSING.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_is_named_in_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = said_by(command, MISSING[command])
    assert "missing" in said
    assert "\n" not in said


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"questions": []}', encoding="utf-8")
    assert "other.json" in said_by("evaluate", [str(SHIPPED), str(other)])


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    assert said_by("prepare", ["count", str(tmp_path)]).startswith(str(tmp_path))


def test_a_full_disk_is_one_line() -> None:
    @told
    def broken(argv: object = None) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(SystemExit, match=r"^No space left on device$"):
        broken([])


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_a_step_after_tidying_up(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    @told
    def stopped(argv: object = None) -> None:
        with written(tmp_path / "file") as part:
            part.write_text("half")
            signal.raise_signal(number)

    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as end:
        stopped([])
    assert end.value.code == status
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("command", ["finetune", "distil", "recover"])
def test_what_a_run_starts_from_is_not_written_over(
    command: str, tmp_path: Path
) -> None:
    start = str(shutil.copytree(SHIPPED, tmp_path / "start"))
    names = {path.name for path in Path(start).iterdir()}
    options = {"distil": ["--teacher", str(SHIPPED)], "recover": []}.get(command, [])
    data = [] if command == "recover" else ["--data", str(DEMO)]
    assert "starts from" in said_by(command, [start, start, *options, *data])
    assert {path.name for path in Path(start).iterdir()} == names


@pytest.mark.parametrize("error", [ValueError("ours"), OSError("of no file")])
def test_what_no_file_causes_keeps_its_traceback(error: Exception) -> None:
    @told
    def broken(argv: object = None) -> None:
        raise error

    with pytest.raises(type(error)):
        broken([])
