"""Nodes of an OpenVINO model that ``answers.training.quantise`` made of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

# Where NNCF moves a scale from activations into weights.
SMOOTHED: Final = "/nncf_smooth_quant"
TABLES: Final = ("words", "positions", "kinds")  # modules that look rows up
Floats = npt.NDArray[np.float32]
Node = Any  # openvino's nodes carry no types

# What a folded constant may be made of, besides constants.
_FOLDED: Final[dict[str, Callable[..., Any]]] = {
    "Convert": lambda value: value.astype(np.float32),
    "Multiply": np.multiply,
    "Subtract": np.subtract,
}


def nodes_of(model: Any) -> dict[str, Node]:
    """The nodes by their names, each after those that it needs."""
    return {node.get_friendly_name(): node for node in model.get_ordered_ops()}


def place(module: str) -> str:
    """The name that the tracer gives a module of the network."""
    return f"__module.{module}"


def product(nodes: dict[str, Node], module: str) -> Node:
    """The product of inputs and weights of a linear layer. Raises KeyError."""
    return nodes[f"{place(module)}/aten::linear/MatMul"]


def input_scale(multiplied: Node) -> Floats | None:
    """By what a product's inputs are multiplied, and its weights divided: (1, inputs).

    None where they are not.
    """
    scaled = _before_rounding(multiplied)
    if not scaled.get_friendly_name().endswith(SMOOTHED):
        return None
    return folded(source(scaled, 1)).reshape(1, -1)


def read_by(nodes: dict[str, Node], module: str) -> Node:
    """What gives a linear layer its inputs, before scale and rounding.

    Raises KeyError.
    """
    scaled = _before_rounding(product(nodes, module))
    if scaled.get_friendly_name().endswith(SMOOTHED):
        return source(scaled, 0)
    return scaled


def _before_rounding(multiplied: Node) -> Node:
    node = source(multiplied, 0)
    return source(node, 0) if node.get_type_name() == "FakeQuantize" else node


def folded(node: Node) -> Floats:
    """The value of a constant, or of what is made of constants. Raises ValueError."""
    if node.get_type_name() == "Constant":
        return np.asarray(node.get_data(), dtype=np.float32)
    fold = _FOLDED.get(node.get_type_name())
    if fold is None:
        raise ValueError(f"{node.get_friendly_name()} is not constant")
    parts = [folded(source(node, number)) for number in range(len(node.inputs()))]
    return np.asarray(fold(*parts), dtype=np.float32)


def source(node: Node, number: int) -> Node:
    """The node that an input of this one comes from."""
    return node.input(number).get_source_output().get_node()
