"""How a step ends before its libraries are there."""

import subprocess
import sys
from pathlib import Path

import pytest

from answers.training.starting import told_in_a_line


def said(error: BaseException, capsys: pytest.CaptureFixture[str]) -> str:
    told_in_a_line(type(error), error, error.__traceback__)
    return capsys.readouterr().err


def test_ctrl_c_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(KeyboardInterrupt(), capsys) == "\nInterrupted.\n"


def test_errors_of_ours_keep_their_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = ModuleNotFoundError("No module named 'answers.wrong'", name="answers.wrong")
    assert "ModuleNotFoundError" in said(ours, capsys)


@pytest.mark.parametrize("step", ["finetune", "prepare"])
def test_a_missing_library_is_named_with_the_remedy(step: str, tmp_path: Path) -> None:
    error = 'ModuleNotFoundError("No module named \'torch\'", name="torch")'
    (tmp_path / "torch.py").write_text(f"raise {error}\n")
    done = subprocess.run(
        [sys.executable, "-m", f"answers.training.{step}", "--help"],
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Training needs torch, ")
    assert done.stderr.count("\n") == 1
