"""Takes the time of a model folder beside the same weights in PyTorch, in one run.

    python -m answers.training.speed MODEL_FOLDER [--fp32 CHECKPOINT] [--record]

Windows of 170 tokens (a question and a paragraph), alone and eight at a time. The two
take turns, so that what else the machine does falls on both; the median counts. Without
--fp32 the weights of the model folder itself are multiplied out for PyTorch. --record
keeps a result of processors with VNNI (instructions for 8-bit products) and one of
those without: INT8 is faster on the first alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch

from answers.installed import WINDOW, made_up_windows
from answers.reader.arrays import IntArray
from answers.reader.config import ReaderConfig
from answers.reader.engine import Engine, OpenVINOEngine
from answers.reader.tokens import VOCABULARY_FILE, read_vocabulary

from .argtypes import count
from .card import write_card
from .network import require_words
from .outcomes import TorchEngine
from .recover import load_start
from .telling import told

BATCHES: Final = (1, 8)  # windows
TURNS: Final = 20
CPUINFO: Final = Path("/proc/cpuinfo")  # of Linux
VNNI: Final = ("avx512_vnni", "avx_vnni", "amx_int8")


def compare(
    folder: Path, checkpoint: Path | None, *, threads: int, turns: int = TURNS
) -> dict[str, Any]:
    """Milliseconds a window (median), of both, for each size of a batch."""
    torch.set_num_threads(threads)
    config = ReaderConfig.load(folder)
    words = len(read_vocabulary(folder / VOCABULARY_FILE))
    int8 = OpenVINOEngine.load(folder, config, threads=threads, vocabulary_size=words)
    network = load_start(checkpoint or folder)
    require_words(network, folder)
    fp32 = TorchEngine(network)
    tokens = min(WINDOW, config.max_length)
    figures: dict[str, Any] = {"tokens": tokens, "threads": threads}
    for windows in BATCHES:
        arrays = made_up_windows(words, tokens, windows=windows)
        taken = _take_turns([int8, fp32], arrays, turns)
        ours, theirs = (1000 * statistics.median(one) / windows for one in taken)
        figures[f"batch_{windows}"] = {
            "int8_openvino_ms": round(ours, 1),
            "fp32_pytorch_ms": round(theirs, 1),
            "pytorch_over_openvino": round(theirs / ours, 2),
        }
    return figures


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Which kind this one is, as the card says it."""
    if not cpuinfo.exists():
        return "unknown"
    flags = cpuinfo.read_text(encoding="utf-8", errors="replace").split()
    return "with VNNI" if set(VNNI) & set(flags) else "without VNNI"


def _take_turns(
    engines: Sequence[Engine], arrays: Mapping[str, IntArray], turns: int
) -> list[list[float]]:
    """Seconds of each turn, by engine; the first one of each is not counted."""
    taken: list[list[float]] = [[] for _ in engines]
    for turn in range(turns + 1):
        for engine, seconds in zip(engines, taken, strict=True):
            began = time.perf_counter()
            engine.run(arrays)
            if turn:
                seconds.append(time.perf_counter() - began)
    return taken


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder with reader.json")
    parser.add_argument("--fp32", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--threads", type=count, default=torch.get_num_threads())
    parser.add_argument("--turns", type=count, default=TURNS)
    parser.add_argument(
        "--record", action="store_true", help="write the result into the folder"
    )
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    figures = compare(
        given.folder, given.fp32, threads=given.threads, turns=given.turns
    )
    if given.record:
        config = ReaderConfig.load(given.folder)
        known = {**config.metrics.get("speeds", {}), processor(): figures}
        replace(config, metrics={**config.metrics, "speeds": known}).save(given.folder)
        write_card(given.folder)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
