"""Both engines are timed."""

import json
from pathlib import Path

import pytest

from answers.reader import ReaderConfig
from answers.training import speed


def test_both_engines_are_timed_in_one_run(
    folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--threads", "1", "--turns", "2", "--record"]
    speed.main([*arguments, "--fp32", str(trained)])
    speed.main(arguments)  # with the folder's own weights
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for figures in printed:
        assert figures["tokens"] == 170
        for size in ("batch_1", "batch_8"):
            assert figures[size]["int8_openvino_ms"] > 0
            assert figures[size]["fp32_pytorch_ms"] > 0
    assert ReaderConfig.load(folder).metrics["speed"] == printed[-1]
    assert "windows at once" in (folder / "CARD.md").read_text(encoding="utf-8")
