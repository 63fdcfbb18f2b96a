"""The command line of a run, whether it is taught by others or not."""

from __future__ import annotations

import argparse
from pathlib import Path

from .argtypes import (
    above_nothing,
    count,
    device,
    explained,
    part,
    run_length,
    seed,
    share,
    weight,
    whole,
)
from .features import LEAST_LENGTH
from .mixture import Source
from .trainer import ASK, FLOAT32, PRECISIONS, READ, TASKS, Options


def add_options(parser: argparse.ArgumentParser, *, data_required: bool = True) -> None:
    """Everything that decides how a run goes, and where."""
    parser.add_argument("checkpoint", type=Path, help="folder to start from")
    parser.add_argument("out", type=Path, help="folder to write, or to resume")
    parser.add_argument(
        "--data",
        type=explained(Source.parse),
        action="append",
        default=None if data_required else [],
        required=data_required,
        metavar="FILE[,weight=W][,limit=N][,negatives=S][,taught=0][,whole=1]",
        help="may be given several times. weight: how often each question is asked in "
        "an epoch; limit: only so many questions; negatives: instead of --negatives; "
        "taught=0: by its labels alone, whatever teachers there are; whole=1: passages "
        "are read whole and alone, and what in the file has no answer is all its "
        "negatives",
    )
    parser.add_argument(
        "--task",
        choices=TASKS,
        default=READ,
        help="ask: to write the questions to their answers (answers.training.generate)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=above_nothing, default=1.0)
    length.add_argument("--minutes", type=above_nothing)
    _add_optimisation(parser)
    _add_windows(parser)
    parser.add_argument("--batch-tokens", type=count, default=4096)
    parser.add_argument("--micro-tokens", type=count, default=1024)
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--device", type=device, default="cpu", help="cpu or cuda")
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=FLOAT32,
        help="bfloat16 is faster on CPUs with AVX512-BF16 or AMX; CUDA always takes it",
    )
    parser.add_argument("--threads", type=count, help="default: all cores")
    parser.add_argument(
        "--workers",
        type=whole,
        default=0,
        help="processes that prepare windows ahead, for a GPU; 0: none but this one",
    )
    parser.add_argument("--save-minutes", type=weight, default=10.0)
    parser.add_argument("--vocabulary", type=Path, help="folder with vocab.txt")


def _add_windows(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dropout", type=part, default=0.1, help="share of a window's features"
    )
    parser.add_argument("--negatives", type=part, default=0.2, help="share of windows")
    parser.add_argument(
        "--rivals",
        type=count,
        default=1,
        help="of these to a question that has any; fewer questions have some then",
    )
    parser.add_argument(
        "--renamed",
        type=share,
        default=0.0,
        help="share of these that ask their own passage about another name",
    )
    parser.add_argument(
        "--shared-norm",
        type=weight,
        default=0.0,
        help="weight of the loss of choosing between them and the right passage",
    )
    parser.add_argument(
        "--crops",
        type=share,
        default=0.0,
        help="share of windows cut to a random part around the answer",
    )
    parser.add_argument(
        "--joined",
        type=share,
        default=0.0,
        help="share of windows that another passage, without the answer, is added to",
    )
    parser.add_argument(
        "--masks", type=part, default=0.0, help="share of words that are hidden"
    )
    parser.add_argument(
        "--mask-runs",
        type=run_length,
        default=0.0,
        help="whole words, so many in a row on average; 0: word pieces by themselves",
    )
    parser.add_argument(
        "--mlm",
        type=weight,
        default=0.0,
        help="weight of the loss of guessing them (masked language modelling)",
    )
    parser.add_argument(
        "--max-length", type=window_length, default=256, help="tokens of a window"
    )


def window_length(text: str) -> int:
    return whole(text, least=LEAST_LENGTH)


def _add_optimisation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--learning-rate", type=weight, default=1e-4)
    parser.add_argument("--warm-up", type=part, default=0.06, help="share of the run")
    parser.add_argument(
        "--end-factor",
        type=share,
        default=0.0,
        help="share of the learning rate that is left at the end",
    )
    parser.add_argument(
        "--swa",
        type=share,
        default=0.0,
        help="share of the run, its last, whose weights are averaged",
    )
    parser.add_argument("--weight-decay", type=weight, default=0.01)
    parser.add_argument("--clip", type=above_nothing, default=1.0, help="gradient norm")


def options_of(given: argparse.Namespace) -> Options:
    """The options of a run from those of the command line. Exits if they clash."""
    if (given.mlm or given.mask_runs) and not given.masks:
        raise SystemExit("--mlm and --mask-runs: with --masks 0 no word is hidden")
    if given.task == ASK and (given.mlm or given.masks or given.shared_norm):
        raise SystemExit("--task ask: --masks, --mlm and --shared-norm are of reading")
    return Options(
        sources=tuple(given.data),
        **{
            name: getattr(given, name)
            for name in Options.__dataclass_fields__
            if name not in {"sources", "teaching"}
        },
    )
