"""The weights of a shipped INT8 model folder as a checkpoint to train further.

    python -m answers.training.recover answers/weights/minilm-l6-squad-int8 OUT

Nobody who installs qaweb has the checkpoint that its model was quantised from; the
model itself is a start all the same. Its 8-bit weights are multiplied out, the scales
that quantisation moved from activations into weights are moved back, and what is left
of the rounding disappears in the first steps of fine-tuning.
``answers.training.finetune`` takes a model folder as it takes a checkpoint, and does
this by itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from answers.reader.config import FILE_NAME
from answers.reader.engine import core

from .features import copy_vocabulary
from .graph import (
    SMOOTHED,
    TABLES,
    Floats,
    Node,
    folded,
    input_scale,
    nodes_of,
    place,
    product,
    source,
)
from .network import (
    WEIGHTS,
    CheckpointError,
    Network,
    Shape,
    load_network,
    save_network,
)
from .telling import told
from .trainer import RECORD
from .writing import write_text

MODEL: Final = "model.xml"


def load_start(folder: Path, *, dropout: float = 0.0) -> Network:
    """The network to go on from: of a checkpoint, or of a model folder of ours.

    Raises CheckpointError.
    """
    if (folder / WEIGHTS).exists() or not (folder / MODEL).exists():
        return load_network(folder, dropout=dropout)
    return recover(folder, dropout=dropout)


def require_another(out: Path, *starts: Path) -> None:
    """Raises CheckpointError if `out` is one of them: it would be written over.

    A model folder, too: what is trained further is no part of what is served.
    """
    for folder in starts:
        if out.resolve() == folder.resolve():
            raise CheckpointError(
                f"{out} is where it starts from: name another to write"
            )
    require_no_model(out)


def require_no_model(out: Path) -> None:
    """Raises CheckpointError for a model folder: a checkpoint does not belong there."""
    if (out / FILE_NAME).exists():
        raise CheckpointError(f"{out} is a model folder: name another to write")


def require_same_start(out: Path, checkpoint: Path) -> None:
    """Raises CheckpointError if the run in `out` began from another folder."""
    begun = (record_of(out) or {}).get("from", checkpoint.name)
    if begun != checkpoint.name:
        raise CheckpointError(
            f"{out} holds a run that began from {begun}, not from {checkpoint.name}: "
            "name another folder to write"
        )


def recover(folder: Path, *, dropout: float = 0.0) -> Network:
    """The network of a model folder that ``answers.training.quantise`` wrote, in FP32.

    Raises CheckpointError for a model that has another structure or other names.
    """
    if not (folder / MODEL).is_file():
        raise CheckpointError(f"{folder / MODEL} is missing")
    try:
        model = core().read_model(folder / MODEL)
    except RuntimeError as error:
        raise CheckpointError(f"{folder / MODEL} cannot be read: {error}") from error
    try:
        return _network(nodes_of(model), dropout)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{folder} is no model that answers.training.quantise has written: {error}"
        ) from error


def _network(nodes: dict[str, Node], dropout: float) -> Network:
    network = Network(_shape(nodes), dropout=dropout)
    state = {
        name: torch.from_numpy(np.array(_weight(nodes, name), dtype=np.float32))
        for name in network.state_dict()
    }
    network.load_state_dict(state)
    return network


def _shape(nodes: dict[str, Node]) -> Shape:
    tables = {part: _table(nodes, part) for part in TABLES}
    layers = 0
    while f"{place(f'layers.{layers}.query')}/aten::linear/MatMul" in nodes:
        layers += 1
    attention = next(
        node
        for node in nodes.values()
        if node.get_type_name() == "ScaledDotProductAttention"
    )
    return Shape(
        vocab_size=tables["words"].shape[0],
        hidden_size=tables["words"].shape[1],
        num_hidden_layers=layers,
        num_attention_heads=attention.input(0).get_partial_shape()[1].get_length(),
        intermediate_size=_matrix(nodes, "layers.0.wide").shape[0],
        max_position_embeddings=tables["positions"].shape[0],
        type_vocab_size=tables["kinds"].shape[0],
    )


def _weight(nodes: dict[str, Node], name: str) -> Floats:
    """The tensor of a name in ``Network.state_dict``."""
    module, _, kind = name.rpartition(".")
    if module in TABLES:
        return _table(nodes, module)
    if module.endswith("norm"):
        return _norm(nodes, module)[0 if kind == "weight" else 1]
    if kind == "bias":
        outputs = _matrix(nodes, module).shape[0]
        return _applied(product(nodes, module), "Add", np.zeros(outputs, np.float32))[0]
    return _matrix(nodes, module)


def _table(nodes: dict[str, Node], module: str) -> Floats:
    return folded(source(nodes[f"{place(module)}/aten::embedding/Gather"], 0))


def _matrix(nodes: dict[str, Node], module: str) -> Floats:
    """(outputs, inputs); with the scale of the inputs, where they were scaled."""
    multiplied = product(nodes, module)
    weights = folded(source(multiplied, 1))
    scale = input_scale(multiplied)
    return weights if scale is None else weights * scale


def _norm(nodes: dict[str, Node], module: str) -> tuple[Floats, Floats]:
    """Weight and bias of a layer norm."""
    middle = nodes[f"{place(module)}/aten::layer_norm/MVN"]
    width = middle.output(0).get_partial_shape()[2].get_length()
    weight, scaled = _applied(middle, "Multiply", np.ones(width, np.float32))
    bias, _ = _applied(scaled, "Add", np.zeros(width, np.float32))
    return weight, bias


def _applied(node: Node, operation: str, neutral: Floats) -> tuple[Floats, Node]:
    """The constant that the operation brings to the node's output, and its result.

    OpenVINO leaves out what changes nothing: then `neutral`, and the node itself.
    """
    for port in node.output(0).get_target_inputs():
        result = port.get_node()
        if result.get_type_name() != operation:
            continue
        constant = source(result, 1 - port.get_index())
        moved = result.get_friendly_name().endswith(SMOOTHED)
        if constant.get_type_name() == "Constant" and not moved:
            return folded(constant).reshape(-1), result
    return neutral, node


def record_of(folder: Path) -> Any:
    """What a checkpoint or a model folder says of its own making; None if nothing.

    Raises CheckpointError.
    """
    if (folder / RECORD).exists():
        return read_record(folder / RECORD)
    if (folder / FILE_NAME).exists():
        return read_record(folder / FILE_NAME).get("metrics", {}).get("training")
    return None


def read_record(path: Path) -> dict[str, Any]:
    """A file of records. Raises CheckpointError for what is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path} is no object")
    return values


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.recover",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder with model.xml")
    parser.add_argument("out", type=Path, help="checkpoint folder to write")
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    require_another(given.out, given.folder)
    save_network(recover(given.folder), given.out)
    copy_vocabulary(given.folder, given.out)
    text = json.dumps(record_of(given.folder) or {}, indent=1) + "\n"
    write_text(given.out / RECORD, text)


if __name__ == "__main__":
    main()
