"""8-bit weights whose products no CPU has to cut off.

CPUs without VNNI multiply activations (0 to 255) by weights (-127 to 127) and add the
products of two neighbours in 16 bits, where what is beyond 32,767 is cut off. Half the
range for all weights avoids that, which is NNCF's "overflow fix", and costs a bit.
Neighbours that are large and of one sign are rare: here each row of a matrix gets the
widest range in which no two of its own come to more than ``MOST_OF_TWO``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .graph import TABLES, Floats, Node, input_scale, nodes_of, product, source
from .network import Network

MOST_OF_TWO: Final = 128  # 255 * 128 = 32,640
Weights = npt.NDArray[np.int8]


def without_saturation(model: Any, network: Network) -> None:
    """Round the linear layers of the quantised model anew, from the network's weights.

    Raises KeyError or ValueError where the model was not made of such a network.
    """
    nodes = nodes_of(model)
    for name, tensor in network.state_dict().items():
        module, _, kind = name.rpartition(".")
        if kind != "weight" or tensor.ndim != 2 or module in TABLES:
            continue
        multiplied = product(nodes, module)
        scale = input_scale(multiplied)
        weights = tensor.numpy() if scale is None else tensor.numpy() / scale
        _put(source(multiplied, 1), *rounded(weights))


def rounded(weights: Floats) -> tuple[Weights, Floats]:
    """Whole numbers (outputs, inputs), and the scale of each row (outputs, 1)."""
    scale: Floats = np.maximum(
        _most_of_two(weights) / (MOST_OF_TWO - 1),  # rounding adds a half to each
        np.finfo(np.float32).tiny,  # of a row without weights
    )
    return np.rint(weights / scale).astype(np.int8), scale


def _most_of_two(weights: Floats) -> Floats:
    """The largest sum of two neighbours of one sign, of each row: (outputs, 1).

    Neighbours are the first and second input, the third and fourth, and so on.
    """
    even = np.pad(weights, ((0, 0), (0, weights.shape[1] % 2)))
    pairs = even.reshape(len(weights), -1, 2)
    positive = np.maximum(pairs, 0).sum(axis=2)
    negative = np.maximum(-pairs, 0).sum(axis=2)
    most: Floats = np.maximum(positive, negative).max(axis=1, keepdims=True)
    return most


def _put(scaled: Node, weights: Weights, scale: Floats) -> None:
    """In the place of the whole numbers there, and of the scale that they have."""
    from openvino import opset13

    whole, old_scale = source(source(scaled, 0), 0), source(scaled, 1)
    shapes = list(whole.shape), list(old_scale.shape)
    if shapes != (list(weights.shape), list(scale.shape)):
        raise ValueError(f"{scaled.get_friendly_name()} has the shapes {shapes}")
    for old, new in ((whole, weights), (old_scale, scale)):
        constant = opset13.constant(new, name=old.get_friendly_name())
        for port in old.output(0).get_target_inputs():
            port.replace_source_output(constant.output(0))
