"""Exports a PyTorch checkpoint to OpenVINO, quantises it to INT8, writes the folder.

    python -m answers.training.quantise CHECKPOINT OUT --data squad.json

OUT becomes a model folder that the reader loads: model.xml, model.bin, vocab.txt,
reader.json and CARD.md. All linear layers and embeddings are 8 bit. Each row of a
linear layer uses as much of the 8 bits as cannot overflow on CPUs without VNNI, which
add the products of two neighbours in 16 bits (``saturation``).

The threshold and the calibration are neutral afterwards: run
``answers.training.calibrate`` on the folder.
"""

from __future__ import annotations

import argparse
import errno
import json
import random
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from answers.reader.arrays import IntArray
from answers.reader.batches import stack
from answers.reader.config import FILE_NAME, ReaderConfig, file_digest
from answers.reader.engine import core
from answers.reader.tokens import VOCABULARY_FILE, Tokenizer

from .argtypes import count, explained
from .card import write_card
from .features import Encoder, Labelled, base_config, vocabulary_of
from .mixture import Counts, Mixture, Source, totals
from .network import CheckpointError, Network, load_network, require_words
from .recover import read_record
from .saturation import MOST_OF_TWO, without_saturation
from .steps import candidates
from .telling import told
from .trainer import RECORD

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
MODEL_FILES = ("model.bin", "model.xml", VOCABULARY_FILE)
RECORDED = (  # of train.json; the rest is long, or says nothing of the outcome
    *("from", "averaged", "beside", "made_smaller", "layers", "options", "device"),
    *("step", "tokens", "seconds", "loss", "counts"),
)
TITLE_TOKENS = 32  # of a passage's title: enough for most headings and the title
RESCORE_TOKENS = 64  # beside a quote: two or three sentences (TRIED.md, "Rescoring")
COMPARED = 64  # windows on which INT8 is compared with FP32
DEMO = Path("answers/demo/questions.json")  # comes with qaweb

Arrays = dict[str, IntArray]


def export(network: Network) -> Any:
    """The network as an OpenVINO model: any number of windows, any length."""
    import openvino

    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in INPUTS)
    network.eval().requires_grad_(False)  # else the tracer takes weights for inputs
    with warnings.catch_warnings():
        # OpenVINO traces with torch.jit, which PyTorch is about to retire.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = openvino.convert_model(
            network,
            example_input=example,
            input=[(name, [-1, -1], openvino.Type.i64) for name in INPUTS],
        )
    # The tracer leaves numbers behind as further names.
    for port, name in zip(model.inputs, INPUTS, strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(model.outputs, OUTPUTS, strict=True):
        port.get_tensor().set_names({name})
    return model


def quantise_network(network: Network, samples: Sequence[Arrays]) -> Any:
    """The network as an INT8 model, by post-training quantisation on the samples."""
    import nncf

    model = nncf.quantize(
        export(network),
        nncf.Dataset(list(samples)),
        model_type=nncf.ModelType.TRANSFORMER,
        target_device=nncf.TargetDevice.CPU,
        subset_size=len(samples),
        fast_bias_correction=True,
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            overflow_fix=nncf.OverflowFix.DISABLE  # better done below
        ),
    )
    without_saturation(model, network)
    return model


def compare(
    network: Network, model: Any, windows: Sequence[Labelled], arrays: Sequence[Arrays]
) -> dict[str, float]:
    """How far INT8 is from FP32 over the candidates of these windows."""
    compiled = core().compile_model(model, "CPU")
    difference, same = [], 0
    for one, inputs in zip(windows, arrays, strict=True):
        allowed = candidates([one])[0]  # (tokens,)
        ours = _logits(network, inputs)[:, allowed]  # (2, candidates)
        theirs = np.stack([compiled(inputs)[name][0] for name in OUTPUTS])[:, allowed]
        difference.append(np.abs(ours - theirs).mean())
        same += bool((ours.argmax(1) == theirs.argmax(1)).all())
    return {
        "windows": len(windows),
        "mean_logit_difference": round(float(np.mean(difference)), 4),
        "same_best_start_and_end": round(same / len(windows), 4),
    }


def _logits(network: Network, inputs: Arrays) -> np.ndarray[Any, np.dtype[np.float32]]:
    with torch.inference_mode():
        both = network(*(torch.from_numpy(inputs[name]) for name in INPUTS))
    return np.stack([logits[0].numpy() for logits in both])  # (2, tokens)


def quantise(
    checkpoint: Path,
    out: Path,
    sources: Sequence[Source],
    *,
    samples: int = 300,
    seed: int = 0,
) -> ReaderConfig:
    """Writes the model folder `out`, in the place of one that is there.

    Raises CheckpointError, as `load_network` and `require_replaceable` do.
    """
    out = out.resolve()  # "." has no name
    require_replaceable(out)
    words = vocabulary_of(checkpoint)
    tokenizer = Tokenizer.load(words)
    network = load_network(checkpoint).eval()
    require_words(network, words)
    windows, _ = sample_windows(tokenizer, sources, samples + COMPARED, seed)
    arrays = [_arrays(one, tokenizer) for one in windows]
    quantised = quantise_network(network, arrays[COMPARED:])
    compared = compare(network, quantised, windows[:COMPARED], arrays[:COMPARED])

    with folder_for(out) as part:
        save_model(quantised, part / "model.xml")
        shutil.copyfile(words / VOCABULARY_FILE, part / VOCABULARY_FILE)
        config = replace(
            base_config(),
            max_title_tokens=TITLE_TOKENS,
            rescore_tokens=RESCORE_TOKENS,
            name=out.name,
            sha256={name: file_digest(part / name) for name in MODEL_FILES},
            metrics={
                "parameters": sum(p.numel() for p in network.parameters()),
                "megabytes": round(
                    sum((part / name).stat().st_size for name in MODEL_FILES) / 1e6, 1
                ),
                "training": training_record(checkpoint),
                "quantisation": {
                    "samples": len(arrays) - COMPARED,
                    "data": [source.path.name for source in sources],
                    "most_of_two_weights": MOST_OF_TWO,
                    "compared_with_fp32": compared,
                },
            },
        )
        config.save(part)
        write_card(part)
    return config


def save_model(model: Any, path: Path) -> None:
    """Writes the model, its weights beside it. Raises OSError."""
    import openvino

    try:
        openvino.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:  # that the disk is full, in other words
        raise OSError(errno.EIO, "cannot be written", str(path)) from error


def sample_windows(
    tokenizer: Tokenizer, sources: Sequence[Source], number: int, seed: int
) -> tuple[list[Labelled], list[Counts]]:
    """Windows as in training, a fifth of them without an answer.

    At most so many: a small site's reviews give fewer, which will do.
    """
    mixture = Mixture(
        sources, Encoder(tokenizer), base_config(), negatives=0.2, seed=seed
    )
    windows, counts = mixture.epoch(0)
    if len(windows) < (least := min(number, 2 * COMPARED)):
        raise SystemExit(
            f"{least} windows are needed, {COMPARED} of them only to compare; the "
            f"data gives {len(windows)}. Give one more --data file: the model's own "
            f"training data is the best, {DEMO} will do."
        )
    number = min(number, len(windows))
    return random.Random(seed).sample(windows, number), counts


def _arrays(one: Labelled, tokenizer: Tokenizer) -> Arrays:
    arrays = stack(
        [one.window],
        cls_id=tokenizer.cls_id,
        sep_id=tokenizer.sep_id,
        pad_id=tokenizer.pad_id,
    )
    return {name: arrays[name] for name in INPUTS}


def training_record(checkpoint: Path) -> dict[str, Any]:
    """What train.json says, without the long parts; the name alone where none is."""
    path = checkpoint / RECORD
    if not path.exists():
        return {"checkpoint": checkpoint.name}
    return _recorded(read_record(path))


def _recorded(record: dict[str, Any]) -> dict[str, Any]:
    """The parts that matter, of this run and of those that it went on from."""
    kept = {name: record[name] for name in RECORDED if name in record}
    if "counts" in kept:  # of each epoch: a run may have hundreds
        kept["counts"] = totals(kept["counts"])
    if record.get("from_record"):
        kept["from_record"] = _recorded(record["from_record"])
    return kept


def require_replaceable(out: Path) -> None:
    """Raises CheckpointError where something stands that is not a model.

    All that is in the folder goes: a name too few, and those would be others' models.
    """
    if not out.exists() or (out / FILE_NAME).is_file():
        return
    if not out.is_dir() or next(out.iterdir(), None):
        raise CheckpointError(
            f"{out} is there and is no model folder: it would be replaced with all "
            "that is in it. Name another folder."
        )


@contextmanager
def folder_for(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of `out` in the end; of a broken run none."""
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        replace_folder(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def replace_folder(part: Path, out: Path) -> None:
    """Renames part to out, in the place of what is there.

    Readers that load meanwhile find the old folder or the new, for all but a blink.
    A folder cannot be renamed over one that is not empty.
    """
    old = out.with_name(f"{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        part.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.quantise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path, help="model folder; its name is the model's")
    parser.add_argument(
        "--data",
        type=explained(Source.parse),
        action="append",
        required=True,
        metavar="FILE[,weight=W][,limit=N]",
        help="training data to take the quantisation ranges from",
    )
    parser.add_argument("--samples", type=count, default=300, help="windows, at most")
    parser.add_argument("--seed", type=int, default=0)
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    config = quantise(
        given.checkpoint, given.out, given.data, samples=given.samples, seed=given.seed
    )
    print(f"{config.name} {config.model_hash}")
    # What this step found out; the long story of the training is in the card.
    found = {name: one for name, one in config.metrics.items() if name != "training"}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
