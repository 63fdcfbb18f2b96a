"""Averages the weights of checkpoints of one descent.

    python -m answers.training.average OUT FIRST,share=0.5 SECOND,share=0.5

A checkpoint and what was fine-tuned from it lie in one basin: their mean often keeps
what the first knew and most of what the second learnt (Wortsman et al. 2022), and may
read better than both (TRIED.md). A model folder counts as the checkpoint that it was
made of. OUT gets the checkpoint and train.json: the record of the last one that has
any, the shares, and the runs of those that the last one does not come from.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from .argtypes import explained
from .features import copy_vocabulary, require_same_words, vocabulary_of
from .network import CheckpointError, save_network
from .recipe import lineage
from .recover import load_start, record_of, require_no_model
from .telling import told
from .trainer import RECORD
from .writing import write_text

Share = tuple[Path, float]
LONG: Final = ("from_record", "history", "counts")  # in the record of a run
AFTERWARDS: Final = ("averaged", "beside")  # a run is the same, averaged or not


def average(shares: Sequence[Share], out: Path) -> None:
    """Writes the weighted mean.

    Raises CheckpointError if shapes or vocabularies differ, or if two folders have one
    name: the record could not tell them apart.
    """
    names = [folder.name for folder, _ in shares]
    if len(set(names)) < len(names):
        raise CheckpointError(f"every folder needs a name of its own: {names}")
    require_no_model(out)
    vocabulary = vocabulary_of(shares[0][0])
    require_same_words(vocabulary, *(folder for folder, _ in shares))
    total = sum(share for _, share in shares)
    networks = [load_start(folder) for folder, _ in shares]
    mean, *others = networks
    if any(other.shape != mean.shape for other in others):
        raise CheckpointError("checkpoints of different shapes have no mean")
    states = [network.state_dict() for network in networks]
    with torch.no_grad():
        for name, tensor in mean.state_dict().items():
            parts = [
                state[name] * (share / total)
                for state, (_, share) in zip(states, shares, strict=True)
            ]
            tensor.copy_(torch.stack(parts).sum(0))
    save_network(mean, out)
    copy_vocabulary(vocabulary, out)
    text = json.dumps(_record(shares, total), indent=1) + "\n"
    write_text(out / RECORD, text)


def _record(shares: Sequence[Share], total: float) -> dict[str, Any]:
    known = {folder.name: r for folder, _ in shares if (r := record_of(folder))}
    record: dict[str, Any] = {}
    if known:
        last = list(known)[-1]
        # A mean of means is another step.
        is_mean = "averaged" in known[last]
        record = {"from": last, "from_record": known[last]} if is_mean else known[last]
    told = [_without(run, *LONG, *AFTERWARDS) for run in lineage(record)]
    beside = {
        name: _without(run, *LONG)
        for name, run in known.items()
        if _without(run, *LONG, *AFTERWARDS) not in told
    }
    parts = {folder.name: round(share / total, 4) for folder, share in shares}
    return {**record, "averaged": parts, **({"beside": beside} if beside else {})}


def _without(record: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in left_out}


def parse(text: str) -> Share:
    """'FOLDER,share=0.3'; without a share it counts 1. Raises ValueError."""
    folder, _, option = text.partition(",")
    name, _, value = option.partition("=")
    if option and name != "share":
        raise ValueError(f"{option!r}: know only share")
    share = float(value) if option else 1.0
    if not 0 < share < math.inf:
        raise ValueError(f"{text!r}: the share must be a number above 0")
    return Path(folder), share


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.average",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "checkpoints", type=explained(parse), nargs="+", metavar="CHECKPOINT[,share=S]"
    )
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    average(given.checkpoints, given.out)


if __name__ == "__main__":
    main()
