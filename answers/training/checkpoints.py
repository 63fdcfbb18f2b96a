"""Converts NVIDIA's BERT Dist-4L-288D for SQuAD into an INT8 model folder.

    python -m answers.training.checkpoints FILE.bin --out answers/weights/nvidia-4l

The file is the checkpoint that NVIDIA offers on NGC as "BERT PyTorch checkpoint,
Dist-4L-288D, SQuAD v1.1": 4 layers, 288 hidden, 12 heads, 1152 intermediate, the
vocabulary of bert-base-uncased padded to 30,528 rows. Every tensor is checked by name,
shape, type and for numbers that are none; nothing missing and nothing left over is
accepted. The file is read as tensors alone: no code in it is ever run.

Afterwards `python manage.py models` lists the folder, and QAWEB_MODEL with its name
serves it. Threshold and score are neutral until `answers.training.calibrate` has fitted
them to questions of your own.
"""

from __future__ import annotations

import argparse
import pickle
import re
import shutil
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from answers.reader.config import Calibration, ReaderConfig, file_digest
from answers.reader.tokens import VOCABULARY_FILE, read_vocabulary

from .argtypes import count, explained
from .card import write_card
from .features import SHIPPED
from .mixture import Source
from .network import CheckpointError, Network, Shape, save_network, their_name
from .quantise import quantise, replace_folder, require_replaceable
from .telling import told

DIST_4L_288D: Final = Shape(
    vocab_size=30528,
    hidden_size=288,
    num_hidden_layers=4,
    num_attention_heads=12,
    intermediate_size=1152,
)
PADDING: Final = 6  # rows of the word table above the vocabulary; never looked up
DEMO: Final = Path(__file__).parents[1] / "demo" / "questions.json"
TYPES: Final = (torch.float16, torch.float32)
# Pre-training and classification need it; NVIDIA's own distilled checkpoints for SQuAD
# are saved without.
POOLER: Final = "bert.pooler.dense_act"

ORIGIN: Final = {
    "weights": "A checkpoint with the layout of NVIDIA's BERT Dist-4L-288D for SQuAD "
    "v1.1 (NGC, which says under what terms; its code, DeepLearningExamples, is "
    "Apache-2.0), converted by answers/training/checkpoints.py. For its own NVIDIA "
    "states F1 83.4 on SQuAD v1.1 dev; nothing here proves that the file was that one. "
    "Vocabulary: that of bert-base-uncased, Apache-2.0.",
    "limits": "It was trained on SQuAD v1.1 alone, where every question has an answer: "
    'its null score was never taught to mean "not here".',
}


def read_checkpoint(path: Path, shape: Shape = DIST_4L_288D) -> Network:
    """The network with the checkpoint's weights, in FP32.

    NVIDIA's names differ from transformers' in `intermediate.dense_act` and
    `pooler.dense_act`; layers, layer norms (epsilon 1e-12) and places of activations
    are the same. Its GELU divides by 1.41421 where ours has the root of two: 1e-5 at
    most, and it trains with torch's own, which is ours. The pooler, which spans do not
    use, is checked and dropped.

    Raises CheckpointError, which names every tensor that is wrong.
    """
    found = _unprefixed(_load(path), path)
    network = Network(shape)
    names = {_nvidia_name(ours): ours for ours in network.state_dict()}
    wanted = {
        name: tuple(network.state_dict()[ours].shape) for name, ours in names.items()
    }
    wrong = list(_problems(found, wanted, _pooler(found, shape)))
    if wrong:
        raise CheckpointError(
            "\n".join([f"{path} is not {_described(shape)}:", *wrong])
        )
    network.load_state_dict({ours: found[name].float() for name, ours in names.items()})
    return network.eval()


# What torch.load raises for files that are broken, or something else.
_UNREADABLE: Final = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _load(path: Path) -> dict[str, Any]:
    """The state dict, which may lie under "model" beside an optimiser's state."""
    try:
        with warnings.catch_warnings(action="ignore"):  # advice to PyTorch's makers
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is not there.") from error
    except _UNREADABLE as error:
        raise CheckpointError(f"{path} {_refusal(error)}") from error
    if isinstance(content, Mapping) and isinstance(content.get("model"), Mapping):
        content = content["model"]
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f"{path} holds no state dict.")
    return {str(name): tensor for name, tensor in content.items()}


def _refusal(error: Exception) -> str:
    """In words of ours: PyTorch's advise to run what it has refused to run."""
    if isinstance(error, pickle.UnpicklingError):
        if wanted := re.search(r"GLOBAL (\S+)", str(error)):
            return f"wants to run code ({wanted[1]}) and is refused."
        return "cannot be read: it holds something else than tensors."
    told = str(error).partition("\n")[0].strip()
    return f"cannot be read as a PyTorch checkpoint. ({type(error).__name__}: {told})"


def _unprefixed(found: dict[str, Any], path: Path) -> dict[str, Any]:
    """Without the "module." that training on several devices puts before a name."""
    plain = {name.removeprefix("module."): tensor for name, tensor in found.items()}
    if len(plain) < len(found):
        raise CheckpointError(f'{path} has tensors with and without "module." twice.')
    return plain


def _nvidia_name(ours: str) -> str:
    """'layers.3.wide.bias' -> 'bert.encoder.layer.3.intermediate.dense_act.bias'."""
    theirs = their_name(ours).replace("intermediate.dense.", "intermediate.dense_act.")
    return theirs if theirs.startswith("qa_outputs.") else f"bert.{theirs}"


def _pooler(found: Mapping[str, Any], shape: Shape) -> dict[str, tuple[int, ...]]:
    """What of the pooler must be there: both tensors, or neither."""
    hidden = shape.hidden_size
    both = {f"{POOLER}.weight": (hidden, hidden), f"{POOLER}.bias": (hidden,)}
    return both if both.keys() & found.keys() else {}


def _problems(
    found: Mapping[str, Any],
    wanted: Mapping[str, tuple[int, ...]],
    pooler: Mapping[str, tuple[int, ...]],
) -> Iterator[str]:
    every = {**wanted, **pooler}
    yield from (f"  missing: {name}" for name in every if name not in found)
    yield from (f"  left over: {name}" for name in found if name not in every)
    for name in every.keys() & found.keys():
        tensor = found[name]
        if not isinstance(tensor, Tensor):
            yield f"  {name} is no tensor but a {type(tensor).__name__}"
        elif tuple(tensor.shape) != every[name]:
            yield f"  {name} has the shape {tuple(tensor.shape)}, not {every[name]}"
        elif tensor.dtype not in TYPES:
            yield f"  {name} is {tensor.dtype}, not float16 or float32"
        elif not bool(tensor.isfinite().all()):
            yield f"  {name} holds numbers that are not finite"


def _described(shape: Shape) -> str:
    return (
        f"a BERT for SQuAD with {shape.num_hidden_layers} layers of "
        f"{shape.hidden_size}, as NVIDIA saves it"
    )


def convert(
    path: Path,
    out: Path,
    *,
    name: str | None = None,
    vocabulary: Path = SHIPPED / VOCABULARY_FILE,
    calibration: Sequence[Source] = (Source(DEMO),),
    samples: int = 150,
    seed: int = 0,
) -> ReaderConfig:
    """Writes the model folder ``out`` in one step, in the place of one that is there.

    ``calibration`` are the questions and passages whose windows set the ranges of the
    8-bit numbers; ``samples`` is how many windows. Raises CheckpointError.
    """
    out = out.resolve()
    require_replaceable(out)
    network = read_checkpoint(path)
    _require_vocabulary(vocabulary, network.shape)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".convert-") as work:
        checkpoint = Path(work) / path.stem
        save_network(network, checkpoint)
        shutil.copyfile(vocabulary, checkpoint / VOCABULARY_FILE)
        made = Path(work) / out.name
        config = quantise(checkpoint, made, calibration, samples=samples, seed=seed)
        config = _described_config(config, name or out.name, file_digest(path))
        config.save(made)
        write_card(made)
        replace_folder(made, out)
    return config


def _require_vocabulary(path: Path, shape: Shape) -> None:
    words = len(read_vocabulary(path))
    if words + PADDING != shape.vocab_size:
        raise CheckpointError(
            f"{path} has {words:,} tokens; this checkpoint was made with the "
            f"{shape.vocab_size - PADDING:,} of bert-base-uncased."
        )


def _described_config(config: ReaderConfig, name: str, sha256: str) -> ReaderConfig:
    """Says whose it is. The score stays near one half, since nobody has fitted it."""
    origin = {**ORIGIN, "sha256": sha256}  # of the checkpoint's file
    metrics = {**config.metrics, "origin": origin, "calibrated": False}
    neutral = Calibration(slope=0.01, intercept=0.0)
    # Nor has anybody measured it with titles, or reading twice.
    return replace(
        config,
        name=name,
        metrics=metrics,
        calibration=neutral,
        max_title_tokens=0,
        rescore_tokens=0,
    )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.checkpoints",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file", type=Path, help="the downloaded checkpoint (.bin or .pt)"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="model folder to make"
    )
    parser.add_argument("--name", help="the model's name (default: that of the folder)")
    parser.add_argument(
        "--vocabulary",
        type=Path,
        default=SHIPPED / VOCABULARY_FILE,
        metavar="FILE",
        help="vocab.txt of bert-base-uncased (default: the shipped model's, which is)",
    )
    parser.add_argument(
        "--calibration",
        type=explained(Source.parse),
        action="append",
        metavar="FILE[,limit=N]",
        help="questions in SQuAD format whose texts set the ranges of the 8-bit "
        "numbers (default: the demo questions; take texts like yours if you have them)",
    )
    parser.add_argument("--samples", type=count, default=150, help="windows of them")
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    config = convert(
        given.file,
        given.out,
        name=given.name,
        vocabulary=given.vocabulary,
        calibration=given.calibration or (Source(DEMO),),
        samples=given.samples,
    )
    compared = config.metrics["quantisation"]["compared_with_fp32"]
    print(
        f"{given.out}: {config.name} {config.model_hash}, "
        f"{config.metrics['megabytes']} MB. The pooler is not part of it: answers do "
        "not use it.\n"
        f"INT8 beside FP32 on {compared['windows']} windows: mean difference of a "
        f"logit {compared['mean_logit_difference']}, same best start and end in "
        f"{compared['same_best_start_and_end']:.0%}.\n"
        "Not calibrated: python -m answers.training.calibrate fits threshold and score."
    )


if __name__ == "__main__":
    main()
