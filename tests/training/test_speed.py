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
    assert ReaderConfig.load(folder).metrics["speeds"] == {
        speed.processor(): printed[-1]
    }
    assert "windows at once" in (folder / "CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ("flags\t\t: sse4_2 avx avx2 fma\n", "without VNNI"),
        ("flags\t\t: avx2 avx512f avx512_vnni\n", "with VNNI"),
        ("flags\t\t: avx2 avx_vnni\n", "with VNNI"),
    ],
)
def test_the_kind_of_processor_is_told(tmp_path: Path, flags: str, kind: str) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("vendor_id\t: AuthenticAMD\n" + flags)
    assert speed.processor(cpuinfo) == kind
    assert speed.processor(tmp_path / "none") == "unknown"


def test_a_result_of_another_kind_of_processor_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("with VNNI", "without VNNI"):
        monkeypatch.setattr(speed, "processor", lambda kind=kind: kind)
        speed.main([str(folder), "--threads", "1", "--turns", "1", "--record"])
    assert set(ReaderConfig.load(folder).metrics["speeds"]) == {
        "with VNNI",
        "without VNNI",
    }
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    assert "| with VNNI | 1 | 1 |" in card
    assert "| without VNNI | 1 | 8 |" in card
