"""What makes embeddings of a model's states: in OpenVINO's graph, and in PyTorch.

::

    states that layer 0 reads ─┐ each the mean          ┌─ matrix, bias
    states that the head reads ┴ over the tokens ─► (texts, 2 hidden) ─► (texts, WIDTH)

``answers.training.embeddings`` fits the head and puts it into a model folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from answers.reader.arrays import FloatArray, IntArray
from answers.reader.engine import MODEL_FILE, core

from .graph import folded, nodes_of, read_by
from .network import CheckpointError, Network
from .quantise import INPUTS

EMBEDDING: Final = "embedding"  # the role, and the output's name
MATRIX, BIAS = "embedding.matrix", "embedding.bias"  # names of the head's parts
WIDTH: Final = 128  # columns of an embedding


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """(columns of the states, WIDTH) and (WIDTH,)."""

    matrix: FloatArray
    bias: FloatArray

    def __call__(self, states: FloatArray) -> FloatArray:
        """(texts, columns) -> (texts, WIDTH)"""
        embeddings: FloatArray = states @ self.matrix + self.bias
        return embeddings

    def fits(self, network: Network) -> bool:
        return len(self.matrix) == 2 * network.shape.hidden_size


def with_states(model: Any) -> Any:
    """The same model, which gets its states of a text, (texts, columns), for embedding.

    Those that its first layer and its head read, each the mean over the tokens. What
    it put out before goes. Raises CheckpointError for a model that
    ``answers.training.quantise`` did not write.
    """
    from openvino import opset13

    for result in _outputs(model):
        model.remove_result(result)
    nodes = nodes_of(model)
    try:
        read = [read_by(nodes, module) for module in ("layers.0.query", "head")]
    except KeyError as error:
        raise CheckpointError(
            f"no model that answers.training.quantise has written: {error}"
        ) from error
    mask = opset13.convert(model.input("attention_mask").get_node(), "f32")
    columns = opset13.unsqueeze(mask, opset13.constant(2, np.int64))
    tokens = opset13.reduce_sum(mask, opset13.constant(1, np.int64), keep_dims=True)
    means = [
        opset13.divide(
            opset13.reduce_sum(
                opset13.multiply(node, columns), opset13.constant(1, np.int64)
            ),
            tokens,
        )
        for node in read
    ]
    _put_out(model, opset13.concat(means, axis=1))
    return model


def with_head(model: Any, head: Head) -> Any:
    """What ``with_states`` gave, which gets the head behind the states.

    In half the bytes: of what it says nothing is lost that quantised states had.
    """
    from openvino import opset13

    (result,) = _outputs(model)
    states = result.input(0).get_source_output()
    model.remove_result(result)
    states.get_tensor().set_names(set())
    matrix, bias = (
        opset13.convert(opset13.constant(part.astype(np.float16)), "f32", name=name)
        for part, name in ((head.matrix, MATRIX), (head.bias[None, :], BIAS))
    )
    _put_out(model, opset13.add(opset13.matmul(states, matrix, False, False), bias))
    return model


def head_of(folder: Path) -> Head:
    """That of a model folder. Raises CheckpointError where it has none."""
    try:
        nodes = nodes_of(core().read_model(folder / MODEL_FILE))
        return Head(matrix=folded(nodes[MATRIX]), bias=folded(nodes[BIAS])[0])
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"{folder} has no head of ours: {error}") from error


def states_of(network: Network, arrays: Mapping[str, IntArray]) -> FloatArray:
    """What ``with_states`` puts out, from the network itself."""
    device = network.head.weight.device
    ids, mask, kinds = (torch.from_numpy(arrays[role]).to(device) for role in INPUTS)
    with torch.inference_mode():
        first, *_, last = network.states(ids, mask, kinds)
        means = [mean_of(state, mask) for state in (first, last)]
    states: FloatArray = torch.cat(means, dim=1).cpu().numpy()
    return states


def mean_of(state: Tensor, mask: Tensor) -> Tensor:
    """(texts, tokens, hidden) -> (texts, hidden), over the tokens of the mask."""
    return (state * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def _outputs(model: Any) -> list[Any]:
    """Where the model puts embeddings out: one place at most."""
    return [
        result
        for result in model.get_results()
        if EMBEDDING in result.input(0).get_source_output().get_names()
    ]


def _put_out(model: Any, node: Any) -> None:
    from openvino import opset13

    node.output(0).get_tensor().set_names({EMBEDDING})
    model.add_results([opset13.result(node)])
