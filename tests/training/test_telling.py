"""What a step says of files that are not as they should be."""

import json
import shutil
import signal
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from answers import training
from answers.training.checkpoints import DEMO
from answers.training.features import SHIPPED
from answers.training.telling import told
from answers.training.writing import written

from .conftest import TINY

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
    "embeddings": ["missing", "--teacher", str(SHIPPED), "--data", str(DEMO)],
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

    handlers = {
        signal.SIGINT: signal.default_int_handler,  # which no job in the background has
        signal.SIGTERM: signal.getsignal(signal.SIGTERM),
    }
    before = signal.signal(number, handlers[number])
    try:
        with pytest.raises(SystemExit) as end:
            stopped([])
        assert signal.getsignal(number) == handlers[number]
    finally:
        signal.signal(number, before)
    assert end.value.code == status
    assert not list(tmp_path.iterdir())


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


@pytest.mark.parametrize("command", ["finetune", "recover", "average"])
def test_no_checkpoint_is_written_into_a_model_folder(
    command: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    start, out = str(tiny_checkpoint), Path(shutil.copytree(SHIPPED, tmp_path / "out"))
    given = {
        "finetune": [start, str(out), "--data", str(DEMO)],
        "recover": [str(SHIPPED), str(out)],
        "average": [str(out), start],
    }
    assert "is a model folder" in said_by(command, given[command])
    assert {path.name for path in out.iterdir()} == {
        path.name for path in SHIPPED.iterdir()
    }


@pytest.mark.parametrize("error", [ValueError("ours"), OSError("of no file")])
def test_what_no_file_causes_keeps_its_traceback(error: Exception) -> None:
    @told
    def broken(argv: object = None) -> None:
        raise error

    with pytest.raises(type(error)):
        broken([])


BOUNDS = [
    ("finetune", "--epochs", "0"),
    ("finetune", "--epochs", "-1"),
    ("finetune", "--epochs", "nan"),
    ("finetune", "--minutes", "0"),
    ("finetune", "--learning-rate", "-1"),
    ("finetune", "--clip", "0"),
    ("finetune", "--batch-tokens", "0"),
    ("finetune", "--threads", "-1"),
    ("finetune", "--device", "gpu"),
    ("finetune", "--data", "file.json,weight=nan"),
    ("finetune", "--data", "file.json,weight=1e300"),
    ("finetune", "--seed", "9" * 20),
    ("finetune", "--max-length", "40"),
    ("distil", "--share", "2"),
    ("distil", "--temperature", "0"),
    ("distil", "--states", "-1"),
    ("quantise", "--samples", "0"),
    ("calibrate", "--threads", "-1"),
    ("embeddings", "--limit", "0"),
    ("embeddings", "--weight", "-1"),
    ("evaluate", "--threads", "-1"),
    ("evaluate", "--failures", "-1"),
    ("speed", "--turns", "0"),
]


@pytest.mark.parametrize(("command", "option", "value"), BOUNDS)
def test_a_number_out_of_bounds_is_refused_before_anything_is_read(
    command: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        COMMANDS[command]([*MISSING[command], option, value])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert f"argument {option}: " in said
    assert "invalid parse value" not in said


def test_what_is_wrong_with_a_file_and_its_options_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        COMMANDS["finetune"]([str(SHIPPED), "out", "--data", "a.json,share=1"])
    assert "know only weight, limit, negatives" in capsys.readouterr().err


def spoilt(tiny: Path, folder: Path, name: str, content: str) -> str:
    shutil.copytree(tiny, folder)
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", "no"),
        ("config.json", "[]"),
        ("config.json", '{"hidden_size": "x"}'),
        ("config.json", json.dumps({**asdict(TINY), "layer_norm_eps": "1e-12"})),
        ("train.json", "{"),
        ("vocab.txt", "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] * 7000)),
    ],
)
def test_a_checkpoint_with_a_file_that_is_none_is_named(
    name: str, content: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    start = spoilt(tiny_checkpoint, tmp_path / "start", name, content)
    out, data = str(tmp_path / "out"), f"{DEMO},limit=5"
    said = said_by("finetune", [start, out, "--data", data])
    assert f"{start}/{name}" in said
    assert "\n" not in said


def test_the_shortest_windows_are_told_and_can_be_trained_on(
    tiny_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(tiny_checkpoint), str(tmp_path / "out"), "--data", f"{DEMO},limit=5"]
    with pytest.raises(SystemExit):
        COMMANDS["finetune"]([*command, "--max-length", "97"])
    assert "97 is below 98" in capsys.readouterr().err
    COMMANDS["finetune"]([*command, "--max-length", "98"])


@pytest.mark.parametrize("command", ["finetune", "distil", "pretrain"])
def test_the_help_tells_of_all_that_may_be_said_of_a_file(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        COMMANDS[command](["--help"])
    said = capsys.readouterr().out
    for option in ("weight=", "limit=", "negatives=", "taught=0", "whole=1"):
        assert option in said


def test_a_tensor_that_config_json_does_not_fit_is_named(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    values = json.loads((tiny_checkpoint / "config.json").read_text())
    content = json.dumps({**values, "intermediate_size": 128})
    start = spoilt(tiny_checkpoint, tmp_path / "start", "config.json", content)
    said = said_by("finetune", [start, str(tmp_path / "out"), "--data", str(DEMO)])
    assert "intermediate.dense.weight has the shape (64, 32)" in said


def test_windows_longer_than_a_network_reads_are_refused(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    command = [str(tiny_checkpoint), str(tmp_path / "out"), "--data", str(DEMO)]
    assert "512" in said_by("finetune", [*command, "--max-length", "513"])


def test_a_run_is_not_gone_on_with_from_another_start_or_a_damaged_state(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = [str(out), "--data", f"{DEMO},limit=5"]
    COMMANDS["finetune"]([str(tiny_checkpoint), *options])
    other = str(shutil.copytree(tiny_checkpoint, tmp_path / "other"))
    assert "began from" in said_by("finetune", [other, *options])
    (out / "state.pt").write_bytes(b"no")
    assert "state.pt is damaged" in said_by(
        "finetune", [str(tiny_checkpoint), *options]
    )


@pytest.mark.parametrize("wrong", ["train", "dev"])
def test_what_is_split_is_not_written_over(wrong: str, tmp_path: Path) -> None:
    file = shutil.copy(DEMO, tmp_path / "file.json")
    paths = {"train": tmp_path / "train.json", "dev": tmp_path / "dev.json"}
    train, dev = (str(one) for one in {**paths, wrong: file}.values())
    assert "two files more" in said_by("prepare", ["split", str(file), train, dev])
    assert Path(file).read_bytes() == DEMO.read_bytes()


def test_neither_a_text_nor_what_is_read_is_written_over(tmp_path: Path) -> None:
    file, text = shutil.copy(DEMO, tmp_path / "file.json"), tmp_path / "a.txt"
    text.write_text("# Title\nA text.\n", encoding="utf-8")
    assert "is what is read" in said_by("prepare", ["listed", str(file), str(file)])
    given = ["cloze", str(text), str(tmp_path / "b.txt")]  # and OUT forgotten
    assert "holds no questions" in said_by("prepare", given)
    assert "holds no questions" in said_by("prepare", ["records", str(text)])
    assert text.read_text(encoding="utf-8") == "# Title\nA text.\n"
    assert Path(file).read_bytes() == DEMO.read_bytes()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"Too little.\n"])
def test_a_text_that_gives_no_question_is_named_and_nothing_written(
    content: bytes, tmp_path: Path
) -> None:
    text, out = tmp_path / "text.txt", tmp_path / "out"
    text.write_bytes(content)
    assert "text.txt" in said_by("prepare", ["cloze", str(out), str(text)])
    start = [str(SHIPPED), str(out), "--text", str(text)]
    assert "text.txt" in said_by("pretrain", start)
    assert not out.exists()


def test_nothing_is_measured_on_no_question(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"data": []}', encoding="utf-8")
    assert "no question" in said_by("evaluate", [str(SHIPPED), str(empty)])
